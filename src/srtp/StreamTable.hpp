#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringcast::srtp {

// Which ssrcs a session keeps state for, in the order in which they were last heard.
class StreamTable {
 public:
  explicit StreamTable(std::size_t capacity) : capacity_(capacity) {}

  // Notes a packet of `ssrc`. A new one in a full table takes the place of the one that was silent for
  // longest, which is returned: its state is to be dropped.
  [[nodiscard]] std::optional<std::uint32_t> Touch(std::uint32_t ssrc);

  [[nodiscard]] std::size_t Size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t ssrc = 0;
    std::uint64_t lastUse = 0;  // count of packets until then
  };

  std::optional<std::uint32_t> MakeRoom();

  std::size_t capacity_;
  std::vector<Entry> entries_;  // sorted by ssrc: looked up for each packet, changed for each new stream
  std::uint64_t uses_ = 0;
};

}  // namespace ringcast::srtp
