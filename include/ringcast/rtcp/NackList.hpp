#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Sequence numbers as the items of a NACK: one number, and a bit each for the 16 after it (RFC 4585 section
// 6.2.1).

struct PackedNack {
  std::size_t items = 0;    // written
  std::size_t numbers = 0;  // that they took; the rest is for the next message
};
// `numbers`: unwrapped, in order, none twice.
[[nodiscard]] PackedNack PackNack(std::span<const std::int64_t> numbers,
                                  std::span<CompoundWriter::NackItem> out);

// The other way, number by number, as on the wire. A datagram of them has 17 for each 4 bytes.
class NackNumbers {
 public:
  explicit NackNumbers(const Nack& nack) : nack_(nack) {}
  [[nodiscard]] std::optional<std::uint16_t> Next();

 private:
  Nack nack_;
  std::size_t item_ = 0;
  std::uint32_t left_ = 0;  // of the current item: bit n for its number plus n
  bool begun_ = false;
};

}  // namespace ringcast::rtcp
