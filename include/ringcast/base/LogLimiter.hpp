#pragma once

#include <cstdint>
#include <utility>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TokenBucket.hpp"

namespace ringcast::log {

// Limits the lines of the log, so that no flood of events fills an operator's disk or delays the channel to
// the controller.
class Limiter {
 public:
  // On average. A busy worker with all tags has more events; their counters are in the worker's report.
  static constexpr std::int64_t kLinesPerSecond = 10;
  // Lines at once: a room of ten participants that joins, with ICE, DTLS, producers and consumers.
  static constexpr std::int64_t kBurst = 200;

  // Returns true if a line may be written now. Otherwise the line is suppressed, and counted.
  [[nodiscard]] bool Admit(Instant now) {
    if (lines_.Take(now)) return true;
    ++suppressed_;
    ++unreported_;
    return false;
  }
  // Returns how many suppressed lines are to be reported in a line now; 0 if there are none, or if that line
  // would exceed the limit as well. Call when a line is admitted.
  [[nodiscard]] std::uint64_t TakeUnreported(Instant now) {
    return unreported_ > 0 && lines_.Take(now) ? std::exchange(unreported_, 0) : 0;
  }
  [[nodiscard]] std::uint64_t Suppressed() const { return suppressed_; }

 private:
  TokenBucket lines_{kLinesPerSecond, kBurst};
  std::uint64_t suppressed_ = 0;
  std::uint64_t unreported_ = 0;
};

}  // namespace ringcast::log
