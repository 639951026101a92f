#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/ConnectOptions.hpp"

namespace ringcast::bench {

// The parts of the measurement, as kBegin and kEnd number them. Cycles come before many at once: these leave
// memory behind that is free and would hide a leak.
enum class ConnectPart : std::uint32_t { kSetUps, kWarmUp, kCycles, kAtOnce };
inline constexpr std::size_t kConnectParts = 4;

// Cycles before the measured ones: caches and free lists have their size then.
inline constexpr std::size_t kWarmUpCycles = 500;
// Cycles at a time: so that neither process waits for the other.
inline constexpr std::size_t kParallelCycles = 8;

// What the browsers found out, in memory shared with the worker.
struct ConnectResult {
  struct Part {
    std::uint64_t connected = 0;
    std::uint64_t failed = 0;
    std::uint64_t micros = 0;  // all of it
  };
  std::array<Part, kConnectParts> parts{};
  // Microseconds from the first STUN request of each, in the order in which they came to their end.
  std::array<std::uint32_t, ConnectOptions::kMaxTransports> setUps{};
  std::array<std::uint32_t, ConnectOptions::kMaxAtOnce> atOnce{};
  std::array<char, 256> firstFailure{};  // of a transport
  std::array<char, 256> fault{};         // why the browsers' process ended, if it did not come to its end

  [[nodiscard]] Part& Of(ConnectPart part) { return parts[static_cast<std::size_t>(part)]; }
  [[nodiscard]] const Part& Of(ConnectPart part) const { return parts[static_cast<std::size_t>(part)]; }
};

}  // namespace ringcast::bench
