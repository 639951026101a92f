#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/ConnectOptions.hpp"

namespace ringcast::bench {

// The parts of the measurement, as numbered in kBegin and kEnd. The cycles precede kAtOnce, which leaves free
// memory behind that would hide a leak.
enum class ConnectPart : std::uint32_t { kSetUps, kWarmUp, kCycles, kAtOnce };
inline constexpr std::size_t kConnectParts = 4;

// Cycles before the measured ones, until caches and free lists have reached their final size.
inline constexpr std::size_t kWarmUpCycles = 500;
// Parallel cycles, so that neither process waits for the other.
inline constexpr std::size_t kParallelCycles = 8;

// The browsers' results, in memory shared with the worker.
struct ConnectResult {
  struct Part {
    std::uint64_t connected = 0;
    std::uint64_t failed = 0;
    std::uint64_t micros = 0;  // duration of the whole part
  };
  std::array<Part, kConnectParts> parts{};
  // Microseconds from the first STUN request of each browser to the end of its handshake, in the order of
  // completion.
  std::array<std::uint32_t, ConnectOptions::kMaxTransports> setUps{};
  std::array<std::uint32_t, ConnectOptions::kMaxAtOnce> atOnce{};
  std::array<char, 256> firstFailure{};  // cause of the first transport's failure
  std::array<char, 256> fault{};         // why the browsers' process ended early

  [[nodiscard]] Part& Of(ConnectPart part) { return parts[static_cast<std::size_t>(part)]; }
  [[nodiscard]] const Part& Of(ConnectPart part) const { return parts[static_cast<std::size_t>(part)]; }
};

}  // namespace ringcast::bench
