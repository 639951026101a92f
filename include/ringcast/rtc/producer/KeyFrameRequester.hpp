#pragma once

#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtc {

// Turns a storm of requests for a key frame of one stream into one: at most one in `delay`, and one more at
// its end if somebody asked meanwhile and no key frame came.
class KeyFrameRequester {
 public:
  // Even where the controller asks for no delay: a sender needs about this long to answer, and asking again
  // sooner only makes it send two key frames.
  static constexpr Duration kMinDelay = Milliseconds(250);

  explicit KeyFrameRequester(Duration delay) : delay_(delay < kMinDelay ? kMinDelay : delay) {}

  // True: send the request now.
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

  // True: send the deferred request now.
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
