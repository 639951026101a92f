#include "ringcast/rtc/worker/WorkerReport.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtc {

std::vector<NamedCount> AllDrops(const WorkerReport& report) {
  auto counts = report.ingress.drops;
  for (auto& drop : NonZero(report.media.drops)) {
    const auto same = std::find_if(counts.begin(), counts.end(),
                                   [&drop](const NamedCount& count) { return count.name == drop.name; });
    if (same == counts.end()) {
      counts.push_back(std::move(drop));
    } else {
      same->value += drop.value;
    }
  }
  return counts;
}

}  // namespace ringcast::rtc
