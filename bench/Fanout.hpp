#pragma once

#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures this process as the worker, with the load in a process of its own. Blocks for the configured time
// plus about two seconds.
[[nodiscard]] Result<FanoutReport> RunFanout(const FanoutOptions& options);

}  // namespace ringcast::bench
