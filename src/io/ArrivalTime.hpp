#pragma once

#include "ringcast/base/Time.hpp"

namespace ringcast::io {

// When a datagram arrived: the kernel stamped it by the wall clock as it came in, and it waited since. A
// stamp of the future, or of long ago, tells that the wall clock was set meanwhile.
[[nodiscard]] inline Instant ArrivalTime(Duration stampUnixTime, Duration unixTimeNow, Instant now) {
  // A second of waiting in a socket is more than its buffer holds of any stream.
  constexpr Duration kLongestWait = Seconds(1);
  const auto waited = unixTimeNow - stampUnixTime;
  return waited < Duration::zero() || waited > kLongestWait ? now : now - waited;
}

}  // namespace ringcast::io
