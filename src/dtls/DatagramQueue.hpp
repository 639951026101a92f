#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// Byte strings in order, in memory that is used again.
class DatagramQueue {
 public:
  // False: `limit` wait already.
  bool Push(ByteView datagram, std::size_t limit);
  // The same, but behind the last one in the same datagram, if together they are no longer than `size`.
  bool Append(ByteView records, std::size_t size, std::size_t limit);
  // Valid until the next Push, Append or Clear.
  [[nodiscard]] std::optional<ByteView> Pop();
  void Clear();

  [[nodiscard]] std::size_t Waiting() const { return sizes_.size() - popped_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint16_t> sizes_;
  std::size_t popped_ = 0;  // of sizes_
  std::size_t begin_ = 0;   // of the next one, in bytes_
};

}  // namespace ringcast::dtls
