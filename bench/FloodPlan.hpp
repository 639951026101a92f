#pragma once

#include <array>
#include <cstdint>

#include "bench/Latencies.hpp"

namespace ringcast::bench {

// The call's two transports, as numbered in kOpen and kTicket.
inline constexpr std::uint32_t kPublisher = 0;
inline constexpr std::uint32_t kViewer = 1;
// The parts of the measurement, as numbered in kBegin and kEnd.
enum class FloodPart : std::uint32_t {
  kCall,   // begins when both are connected: the worker creates their streams
  kFlood,  // the measured period
};

// The results of the call's and the strangers' processes, in memory shared with the worker.
struct FloodResult {
  // The call during the measured period.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t lateBursts = 0;  // bursts sent more than 5 ms late: the load itself was too slow
  LatencyFigures latency;
  // The strangers.
  std::uint64_t floodSent = 0;
  std::uint64_t floodMicros = 0;
  std::uint64_t floodSize = 0;  // bytes of their smallest datagram
  std::uint64_t answers = 0;
  std::uint64_t largestAnswer = 0;  // bytes
  // Why a process ended early.
  std::array<char, 256> fault{};
};

}  // namespace ringcast::bench
