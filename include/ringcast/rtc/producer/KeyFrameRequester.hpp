#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtc {

// The key-frame requests of a worker to the senders of its producers.
struct KeyFrameRequestCounts {
  std::uint64_t sent = 0;
  std::uint64_t suppressed = 0;  // answered by a request that was sent shortly before, or by one that is due
};

// Limits the key-frame requests for one stream to one per `delay`. Requests in between are answered by one
// more at its end, unless a key frame arrives first.
class KeyFrameRequester {
 public:
  // Minimum delay, also if the controller sets none: a sender needs about this long to answer, and a second
  // request within that time makes it send two key frames.
  static constexpr Duration kMinDelay = Milliseconds(250);

  explicit KeyFrameRequester(Duration delay) : delay_(delay < kMinDelay ? kMinDelay : delay) {}

  // Returns true if the request is to be sent now.
  [[nodiscard]] bool OnRequest(Instant now) {
    if (openUntil_ && now < *openUntil_) {
      pending_ = true;
      return false;
    }
    openUntil_ = now + delay_;
    pending_ = false;
    return true;
  }

  void OnKeyFrame() { pending_ = false; }

  [[nodiscard]] std::optional<Instant> NextTimeout() const { return pending_ ? openUntil_ : std::nullopt; }

  // Returns true if the deferred request is to be sent now.
  [[nodiscard]] bool OnTimeout(Instant now) {
    if (!pending_ || now < *openUntil_) return false;
    openUntil_.reset();
    return OnRequest(now);
  }

 private:
  Duration delay_;
  std::optional<Instant> openUntil_;
  bool pending_ = false;
};

}  // namespace ringcast::rtc
