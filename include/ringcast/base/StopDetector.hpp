#pragma once

#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast {

// Detects that the process did not run for a while: SIGSTOP, a paused virtual machine, or an iteration of the
// event loop that took far too long. Timers that judge a peer's silence must not fire then before the sockets
// have been read.
class StopDetector {
 public:
  // Later than this a timer never fires in a worker that is merely busy: a turn of its loop takes
  // milliseconds.
  static constexpr Duration kLate = Seconds(1);

  // The loop is about to wait for events.
  void OnWait(Instant now) { lastWait_ = now; }

  // Called before timers fire; `deadline`: the earliest of them. Returns the time since the loop last waited
  // if the process was stopped. Returns nullopt when called again after the loop waited once more.
  [[nodiscard]] std::optional<Duration> OnTimer(Instant deadline, Instant now) const {
    if (!lastWait_ || now - deadline < kLate || now - *lastWait_ < kLate) return std::nullopt;
    return now - *lastWait_;
  }

 private:
  std::optional<Instant> lastWait_;
};

}  // namespace ringcast
