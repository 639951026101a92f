#pragma once

#include "bench/FloodOptions.hpp"
#include "bench/FloodPlan.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// The flooding senders of `ringcast-bench flood`, with many ports to imitate forged addresses. They wait for
// the ticket of a transport of the call, and thus know its ufrag, send to its port at the configured rate and
// count the responses.
Status RunStrangers(const FloodOptions& options, FloodResult& result, int control);

}  // namespace ringcast::bench
