#pragma once

#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "bench/LoadProcess.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// The least that any worker must do, measured under the same load: receive in batches, decrypt, encrypt for
// each consumer, send in runs. It keeps packets as they came: no rewriting, no statistics, no histories, no
// streams.
[[nodiscard]] Result<FanoutReport> RunFloor(const FanoutOptions& options, LoadProcess& load);

}  // namespace ringcast::bench
