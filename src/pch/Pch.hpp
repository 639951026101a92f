// No include guard: GCC warns of `#pragma once` in a header that it precompiles.
// Only headers of the standard library that most files include anyway. Each file still includes what it uses:
// the lint build has no precompiled header.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
