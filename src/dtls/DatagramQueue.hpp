#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// A queue of byte strings that reuses its memory.
class DatagramQueue {
 public:
  // Returns false if `limit` datagrams are already queued.
  bool Push(ByteView datagram, std::size_t limit);
  // Like Push, but appends to the last datagram if the result is no longer than `size`.
  bool Append(ByteView records, std::size_t size, std::size_t limit);
  // Returns the next datagram, or nullopt if there is none; it is valid until the next Push, Append or Clear.
  [[nodiscard]] std::optional<ByteView> Pop();
  void Clear();

  [[nodiscard]] std::size_t Waiting() const { return sizes_.size() - popped_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint16_t> sizes_;
  std::size_t popped_ = 0;  // entries of sizes_
  std::size_t begin_ = 0;   // offset of the next datagram in bytes_
};

}  // namespace ringcast::dtls
