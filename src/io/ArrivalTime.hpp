#pragma once

#include "ringcast/base/Time.hpp"

namespace ringcast::io {

// Returns when a datagram arrived, from the kernel's wall-clock timestamp. A timestamp in the future or in
// the distant past indicates that the wall clock was set in between; `now` is returned in that case.
[[nodiscard]] inline Instant ArrivalTime(Duration stampUnixTime, Duration unixTimeNow, Instant now) {
  // A socket's receive buffer holds less than a second of any stream.
  constexpr Duration kLongestWait = Seconds(1);
  const auto waited = unixTimeNow - stampUnixTime;
  return waited < Duration::zero() || waited > kLongestWait ? now : now - waited;
}

}  // namespace ringcast::io
