#pragma once

#include "bench/FloodOptions.hpp"
#include "bench/FloodReport.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures how a call of this process is affected while strangers flood the port that it shares with them.
// Blocks for the configured time plus about two seconds.
[[nodiscard]] Result<FloodReport> RunFlood(const FloodOptions& options);

}  // namespace ringcast::bench
