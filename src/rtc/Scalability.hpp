#pragma once

#include <cstdint>
#include <string_view>

#include "ringcast/base/Types.hpp"

namespace ringcast::rtc {

struct Layers {
  std::uint8_t spatial = 1;
  std::uint8_t temporal = 1;
};

// The layer counts of a W3C scalability mode ("L3T2_KEY", "S2T3"): one of each where the text is none.
[[nodiscard]] Layers ParseScalabilityMode(std::string_view mode);

}  // namespace ringcast::rtc
