#pragma once

#include "bench/ConnectOptions.hpp"
#include "bench/ConnectReport.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures how WebRTC transports of this process are set up, with browsers in a process of its own that speak
// STUN and DTLS to one WebRtcServer. Blocks for as long as it takes.
[[nodiscard]] Result<ConnectReport> RunConnect(const ConnectOptions& options);

}  // namespace ringcast::bench
