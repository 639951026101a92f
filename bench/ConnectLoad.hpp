#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/Browsers.hpp"
#include "bench/ConnectOptions.hpp"
#include "bench/ConnectPlan.hpp"

namespace ringcast::bench {

// Runs the browsers' process of `ringcast-bench connect`, from generating its certificate to storing its
// result.
Status RunConnectLoad(const ConnectOptions& options, ConnectResult& result, int control);

}  // namespace ringcast::bench
