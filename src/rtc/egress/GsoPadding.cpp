#include "ringcast/rtc/egress/GsoPadding.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtc {

void PlanGsoPadding(std::span<const std::uint32_t> sizes, std::uint32_t most,
                    std::span<std::uint8_t> padding) {
  RC_ASSERT(sizes.size() == padding.size() && most <= UINT8_MAX);
  for (std::size_t first = 0; first < sizes.size();) {
    std::uint32_t smallest = sizes[first];
    std::uint32_t largest = sizes[first];
    std::size_t last = first + 1;
    for (; last < sizes.size(); ++last) {
      const auto lower = std::min(smallest, sizes[last]);
      const auto upper = std::max(largest, sizes[last]);
      if (upper - lower > most) break;
      smallest = lower;
      largest = upper;
    }
    for (; first < last; ++first) padding[first] = static_cast<std::uint8_t>(largest - sizes[first]);
  }
}

}  // namespace ringcast::rtc
