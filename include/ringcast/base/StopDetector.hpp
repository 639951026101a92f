#pragma once

#include <optional>

#include "ringcast/base/Time.hpp"

namespace ringcast {

// Detects that the process did not run for a while: SIGSTOP, a paused virtual machine, or an iteration of the
// event loop that took far too long. Timers that detect a silent peer must not fire in this case before the
// sockets have been read.
class StopDetector {
 public:
  // A timer that fires later than this indicates a stop: a loop iteration of a busy worker takes
  // milliseconds.
  static constexpr Duration kLate = Seconds(1);

  // Call when the loop is about to wait for events.
  void OnWait(Instant now) { lastWait_ = now; }

  // Call before timers fire, with the earliest `deadline` of them. Returns the time since the loop last
  // waited if the process was stopped, else nullopt; also nullopt when called again after the loop has waited
  // once more.
  [[nodiscard]] std::optional<Duration> OnTimer(Instant deadline, Instant now) const {
    if (!lastWait_ || now - deadline < kLate || now - *lastWait_ < kLate) return std::nullopt;
    return now - *lastWait_;
  }

 private:
  std::optional<Instant> lastWait_;
};

}  // namespace ringcast
