#pragma once

#include <algorithm>
#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast::sctp {

// The retransmission timeout by measured round trip times (RFC 9260 section 6.3.1).
class RetransmissionTimeout {
 public:
  static constexpr Duration kInitial = Milliseconds(500);
  // Twice the longest delay of an acknowledgement (200 ms). A lost tail is found earlier, by a probe.
  static constexpr Duration kLeast = Milliseconds(400);
  static constexpr Duration kMost = Seconds(60);

  void Measure(Duration roundTrip) {
    if (!smoothed_) {
      smoothed_ = roundTrip;
      variation_ = roundTrip / 2;
    } else {
      const Duration error = *smoothed_ > roundTrip ? *smoothed_ - roundTrip : roundTrip - *smoothed_;
      variation_ += (error - variation_) / 4;
      *smoothed_ += (roundTrip - *smoothed_) / 8;
    }
    OnProgress();
  }
  // New data was acknowledged: the path works, so the doubling ends. RFC 9260 waits for the next measurement
  // instead, which with heavy loss takes minutes, because retransmitted data gives none; TCP implementations
  // do the same.
  void OnProgress() {
    current_ = smoothed_ ? std::clamp(*smoothed_ + 4 * variation_, kLeast, kMost) : kInitial;
  }
  // Doubles the timeout after it has expired.
  void BackOff() { current_ = std::min(current_ * 2, kMost); }

  [[nodiscard]] Duration Current() const { return current_; }
  [[nodiscard]] std::optional<Duration> RoundTrip() const { return smoothed_; }

 private:
  std::optional<Duration> smoothed_;
  Duration variation_{};
  Duration current_ = kInitial;
};

}  // namespace ringcast::sctp
