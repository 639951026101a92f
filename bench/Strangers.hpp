#pragma once

#include "bench/FloodOptions.hpp"
#include "bench/FloodPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Those who flood in `ringcast-bench flood`, from many ports as if from forged addresses. They wait for the
// ticket of a transport of the call, whose ufrag they know by then, send to its port at their rate and count
// what comes back.
Status RunStrangers(const FloodOptions& options, FloodResult& result, int control);

}  // namespace ringcast::bench
