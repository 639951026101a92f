#pragma once

#include "bench/FloodOptions.hpp"
#include "bench/FloodReport.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures what a call of this process suffers while strangers flood the port that it shares with them.
// Blocks for the wanted time, and about two seconds.
[[nodiscard]] Result<FloodReport> RunFlood(const FloodOptions& options);

}  // namespace ringcast::bench
