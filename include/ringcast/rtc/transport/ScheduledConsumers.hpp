#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/Consumer.hpp"

namespace ringcast::rtc {

// The consumers of one transport that have packets to forward: audio and video apart, because they are
// forwarded at different times when there is much to do.
class ScheduledConsumers {
 public:
  struct Entry {
    Consumer* consumer = nullptr;
    std::span<const RoutedPacket> packets;  // of its producer; they stay until the consumer forwarded them
  };

  // Returns true if no consumer of this kind of media was scheduled before.
  bool Add(Consumer& consumer, std::span<const RoutedPacket> packets) {
    auto& queue = consumer.Kind() == MediaKind::kAudio ? audio_ : video_;
    queue.push_back({&consumer, packets});
    return queue.size() == 1;
  }
  void Remove(const Consumer& consumer) {
    for (auto* queue : {&audio_, &video_})
      std::erase_if(*queue, [&](const Entry& entry) { return entry.consumer == &consumer; });
  }

  // In the order of scheduling. The caller clears the queue after forwarding; it keeps its memory.
  [[nodiscard]] std::vector<Entry>& Audio() { return audio_; }
  [[nodiscard]] std::vector<Entry>& Video() { return video_; }

 private:
  std::vector<Entry> audio_;
  std::vector<Entry> video_;
};

}  // namespace ringcast::rtc
