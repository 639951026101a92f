#pragma once

#include "bench/ConnectOptions.hpp"
#include "bench/ConnectReport.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures how WebRTC transports of this process are set up, with browsers in a process of their own that
// send STUN and DTLS to one WebRtcServer. Blocks until the measurement is complete.
[[nodiscard]] Result<ConnectReport> RunConnect(const ConnectOptions& options);

}  // namespace ringcast::bench
