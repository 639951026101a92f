#include "bench/Latencies.hpp"

#include <algorithm>
#include <cmath>

namespace ringcast::bench {

LatencyFigures FiguresOf(std::vector<LatencySample> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.nanoseconds < b.nanoseconds; });
  std::uint64_t packets = 0;
  for (const auto& sample : samples) packets += sample.packets;

  // Called with rising shares, so that the samples are scanned once.
  auto place = samples.begin();
  std::uint64_t before = 0;  // packets of the samples before `place`
  const auto at = [&](double share) -> std::uint64_t {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(packets)));
    while (place + 1 != samples.end() && before + place->packets < rank) before += place++->packets;
    return place->nanoseconds;
  };
  LatencyFigures figures;
  figures.median = at(0.5);
  figures.p99 = at(0.99);
  figures.p999 = at(0.999);
  figures.max = samples.back().nanoseconds;
  return figures;
}

}  // namespace ringcast::bench
