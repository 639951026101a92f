#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::rtcp {

// Conversion between sequence numbers and the items of a NACK: a packet id, and a bitmask of the 16 sequence
// numbers that follow it (RFC 4585 section 6.2.1).

struct PackedNack {
  std::size_t items = 0;  // number of items written
  // number of sequence numbers that the items cover; the others go into the next message
  std::size_t numbers = 0;
};
// Packs `numbers` (unwrapped, sorted, without duplicates) into `out`.
[[nodiscard]] PackedNack PackNack(std::span<const std::int64_t> numbers,
                                  std::span<CompoundWriter::NackItem> out);

// Iterates over the sequence numbers of a NACK, 16 bits each as on the wire. Every 4 bytes of a NACK hold up
// to 17 sequence numbers.
class NackNumbers {
 public:
  explicit NackNumbers(const Nack& nack) : nack_(nack) {}
  [[nodiscard]] std::optional<std::uint16_t> Next();

 private:
  Nack nack_;
  std::size_t item_ = 0;
  std::uint32_t left_ = 0;  // sequence numbers of the current item still to return; bit n: packet id + n
  bool begun_ = false;
};

}  // namespace ringcast::rtcp
