#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringcast::srtp {

// The ssrcs that a session keeps state for. When the table is full, the least recently used ssrc is evicted.
class StreamTable {
 public:
  explicit StreamTable(std::size_t capacity) : capacity_(capacity) {}

  // Records a packet of `ssrc`. If the ssrc is new and the table is full, evicts the least recently used ssrc
  // and returns it; the caller then drops its state.
  [[nodiscard]] std::optional<std::uint32_t> Touch(std::uint32_t ssrc);

  [[nodiscard]] std::size_t Size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t ssrc = 0;
    std::uint64_t lastUse = 0;  // value of `uses_` at its last packet
  };

  std::optional<std::uint32_t> MakeRoom();

  std::size_t capacity_;
  std::vector<Entry> entries_;  // sorted by ssrc: looked up for each packet, modified only for a new stream
  std::uint64_t uses_ = 0;
};

}  // namespace ringcast::srtp
