#pragma once

#include <optional>
#include <utility>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// Detects whether a stream is active, that is, whether its packets continue to arrive.
class ActivityMonitor {
 public:
  // A stream without packets for this long is inactive: even a muted microphone sends packets of silence, and
  // a camera in the dark sends frames. With discontinuous transmission (RFC 7587 section 3.1.3, RFC 3389),
  // packets of silence are rare, so the limit is longer.
  static constexpr Duration kLimit = Milliseconds(1500);
  static constexpr Duration kLimitWithDtx = Seconds(5);
  // Deadlines are rounded up to multiples of this, so that one wake-up serves many streams.
  static constexpr Duration kGrid = Milliseconds(100);

  explicit ActivityMonitor(bool dtx) : limit_(dtx ? kLimitWithDtx : kLimit) {}

  [[nodiscard]] bool Active() const { return active_; }

  // Returns true if the stream has become active. The caller then reads NextTimeout().
  [[nodiscard]] bool OnPacket(Instant now) {
    lastPacket_ = now;
    return !std::exchange(active_, true);
  }
  // Call when the source ends the stream (BYE). Returns true if the stream has become inactive.
  [[nodiscard]] bool End() { return std::exchange(active_, false); }
  // Restarts the limit after a time in which no packets were processed.
  void Restart(Instant now) { lastPacket_ = now; }

  // Returns the time of the next OnTimeout() call. Each packet moves it to a later time; the caller need not
  // update its timer then, because an early call does nothing.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    if (!active_) return std::nullopt;
    const auto deadline = (lastPacket_ + limit_).time_since_epoch();
    return Instant((deadline + kGrid - Duration(1)) / kGrid * kGrid);
  }
  // Returns true if the stream has become inactive.
  [[nodiscard]] bool OnTimeout(Instant now) {
    if (!active_ || now < *NextTimeout()) return false;
    active_ = false;
    return true;
  }

 private:
  Duration limit_;
  bool active_ = false;
  Instant lastPacket_{};
};

}  // namespace ringcast::rtp
