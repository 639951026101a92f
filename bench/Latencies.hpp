#pragma once

#include <cstdint>
#include <vector>

namespace ringcast::bench {

// How long one inspected packet took, in nanoseconds, and how many packets it stands for.
struct LatencySample {
  std::uint32_t nanoseconds = 0;
  std::uint32_t packets = 1;
};

// Nanoseconds that such a share of the packets do not exceed; 0: there were none.
struct LatencyFigures {
  std::uint64_t median = 0;
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t max = 0;
};

// Kinds of media are inspected in steps of their own, so that a sample counts as often as its step says.
[[nodiscard]] LatencyFigures FiguresOf(std::vector<LatencySample> samples);

}  // namespace ringcast::bench
