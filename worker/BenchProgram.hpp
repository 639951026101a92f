#pragma once

#include <span>

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// Replaces this process by the program ringcast-bench, which gets `arguments` and whose exit status becomes
// that of this process. The one in the folder of this program comes before those on PATH. Returns only on
// failure.
[[nodiscard]] Error ExecuteBench(std::span<char* const> arguments);

}  // namespace ringcast::worker
