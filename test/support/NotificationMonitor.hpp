#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Time.hpp"
#include "support/RecordingNotifier.hpp"

namespace ringcast::test {

// Checks the rate of notifications of values that participants can change at will: scores, layers,
// orientation, addresses and ICE states.
class NotificationMonitor {
 public:
  // Per object and value (rtc::NotificationLimiter).
  static constexpr double kPerSecond = 5;
  // The notifications of a second between two calls of Observe(), and the first one.
  static constexpr double kBurst = 7;

  // Counts the notifications since the last call.
  void Observe(RecordingNotifier& notifier, Instant now) {
    Take("producer score", notifier.producerScores, now);
    Take("consumer score", notifier.consumerScores, now);
    Take("orientation", notifier.videoOrientations, now);
    Take("layers", notifier.consumerLayers, now);
    Take("ICE tuple", notifier.iceTuples, now);
    Take("ICE state", notifier.iceStates, now);
  }

 private:
  struct Bucket {
    double tokens = kBurst;
    Instant last{};
  };

  template <typename Events>
  void Take(const char* event, Events& events, Instant now) {
    for (const auto& entry : events) {
      auto& bucket = buckets_[event + (" " + entry.first)];
      const auto seconds = static_cast<double>(ToMicroseconds(now - bucket.last)) / 1e6;
      bucket.tokens = std::min(kBurst, bucket.tokens + seconds * kPerSecond);
      bucket.last = now;
      RC_ASSERT(bucket.tokens >= 1);  // otherwise the controller is notified too often
      bucket.tokens -= 1;
    }
    events.clear();
  }

  std::map<std::string, Bucket> buckets_;
};

}  // namespace ringcast::test
