#pragma once

#include <cstdint>
#include <vector>

namespace ringcast::bench {

// The latency of one inspected packet, in nanoseconds, and the number of packets that it represents.
struct LatencySample {
  std::uint32_t nanoseconds = 0;
  std::uint32_t packets = 1;
};

// Quantiles in nanoseconds; 0 if there were no packets.
struct LatencyFigures {
  std::uint64_t median = 0;
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t max = 0;
};

// Weights each sample by its number of packets, because audio and video are inspected at different intervals.
[[nodiscard]] LatencyFigures FiguresOf(std::vector<LatencySample> samples);

}  // namespace ringcast::bench
