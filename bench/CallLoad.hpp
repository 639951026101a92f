#pragma once

#include "bench/FloodOptions.hpp"
#include "bench/FloodPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// The call of `ringcast-bench flood`: a browser that publishes 50 audio and 100 video packets/s, and one that
// receives them.
Status RunCallLoad(const FloodOptions& options, FloodResult& result, int control);

}  // namespace ringcast::bench
