#pragma once

#include <optional>
#include <utility>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// Whether packets of a stream keep coming.
class ActivityMonitor {
 public:
  // Even a muted microphone sends packets of silence, and a camera in the dark frames: what sends nothing for
  // so long has stopped. With discontinuous transmission (RFC 7587 section 3.1.3, RFC 3389) silence is sent
  // now and then only.
  static constexpr Duration kLimit = Milliseconds(1500);
  static constexpr Duration kLimitWithDtx = Seconds(5);
  // Deadlines are multiples of this, so that one wake-up serves many streams.
  static constexpr Duration kGrid = Milliseconds(100);

  explicit ActivityMonitor(bool dtx) : limit_(dtx ? kLimitWithDtx : kLimit) {}

  [[nodiscard]] bool Active() const { return active_; }

  // True: the stream has become active, which calls for a look at NextTimeout().
  [[nodiscard]] bool OnPacket(Instant now) {
    lastPacket_ = now;
    return !std::exchange(active_, true);
  }
  // The source said good-bye. True: the stream has become inactive.
  [[nodiscard]] bool End() { return std::exchange(active_, false); }
  // Nobody listened for a while: the limit counts from now on.
  void Restart(Instant now) { lastPacket_ = now; }

  // Packets move it, and need not be told to anybody: it is only ever too early.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    if (!active_) return std::nullopt;
    const auto deadline = (lastPacket_ + limit_).time_since_epoch();
    return Instant((deadline + kGrid - Duration(1)) / kGrid * kGrid);
  }
  // True: the stream has become inactive.
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
