#pragma once

#include <array>
#include <cstdint>

#include "bench/Latencies.hpp"

namespace ringcast::bench {

// The call's two transports, as kOpen and kTicket number them.
inline constexpr std::uint32_t kPublisher = 0;
inline constexpr std::uint32_t kViewer = 1;
// As kBegin and kEnd number them.
enum class FloodPart : std::uint32_t {
  kCall,   // begins when both are connected: their streams are to be made
  kFlood,  // the measured time
};

// What the call's and the strangers' processes found out, in memory shared with the worker.
struct FloodResult {
  // The call, in the measured time.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t lateBursts = 0;  // sent more than 5 ms after their time: the load itself was too slow
  LatencyFigures latency;
  // The strangers.
  std::uint64_t floodSent = 0;
  std::uint64_t floodMicros = 0;
  std::uint64_t floodSize = 0;  // bytes of the smallest of their datagrams
  std::uint64_t answers = 0;
  std::uint64_t largestAnswer = 0;  // bytes
  // Why a process ended that did not come to its end.
  std::array<char, 256> fault{};
};

}  // namespace ringcast::bench
