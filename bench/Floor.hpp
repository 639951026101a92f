#pragma once

#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "bench/LoadProcess.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Measures, under the same load, the minimum of work that any worker must do: receive in batches, decrypt,
// encrypt for each consumer, send in GSO batches. It forwards packets unchanged: no rewriting, no statistics,
// no retransmission buffers, no stream state.
[[nodiscard]] Result<FanoutReport> RunFloor(const FanoutOptions& options, LoadProcess& load);

}  // namespace ringcast::bench
