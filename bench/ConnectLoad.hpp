#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/Browsers.hpp"
#include "bench/ConnectOptions.hpp"
#include "bench/ConnectPlan.hpp"

namespace ringcast::bench {

// The browsers' process of `ringcast-bench connect`, from its certificate to its result.
Status RunConnectLoad(const ConnectOptions& options, ConnectResult& result, int control);

}  // namespace ringcast::bench
