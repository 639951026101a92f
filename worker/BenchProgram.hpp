#pragma once

#include <span>

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// Replaces this process with the program ringcast-bench, which receives `arguments`; its exit status becomes
// that of this process. Prefers the one in the folder of this program to those on PATH. Returns only on
// failure.
[[nodiscard]] Error ExecuteBench(std::span<char* const> arguments);

}  // namespace ringcast::worker
