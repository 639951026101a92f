#pragma once

#include "bench/FanoutOptions.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

namespace ringcast::bench {

// Creates the room that the options describe, as a controller would: one plain transport for each
// participant, connected to the load's sockets in the plan. Stores the ports and keys that the load needs in
// the plan.
Status CreateFanoutRoom(rtc::Worker& worker, const FanoutOptions& options, LoadPlan& plan, Random& random,
                        Instant now);

}  // namespace ringcast::bench
