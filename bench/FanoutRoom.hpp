#pragma once

#include "bench/FanoutOptions.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

namespace ringcast::bench {

// Makes the room that the options describe, as a controller would: one plain transport for each participant,
// connected to the sockets of the load that the plan names. What the load needs to know is stored in the
// plan.
Status CreateFanoutRoom(rtc::Worker& worker, const FanoutOptions& options, LoadPlan& plan, Random& random,
                        Instant now);

}  // namespace ringcast::bench
