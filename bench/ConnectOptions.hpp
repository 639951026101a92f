#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// What `ringcast-bench connect` is to measure.
struct ConnectOptions {
  static constexpr std::size_t kMaxTransports = 10'000;
  // A listening TCP socket of the worker's keeps 2,048 connections.
  static constexpr std::size_t kMaxAtOnce = 2'000;
  static constexpr std::size_t kMaxCycles = 1'000'000;

  std::size_t transports = 20;  // set up one after another, each timed; 0: none
  std::size_t atOnce = 500;     // begin at the same moment; 0: none
  std::size_t cycles = 20'000;  // created, connected and closed; 0: none
  // What memory may grow by in all cycles, KiB: 26 bytes a cycle of the default.
  std::uint32_t tolerance = 512;
  bool tcp = false;
  bool json = false;
};

// `arguments` behind "connect". The failure names the argument and its value.
[[nodiscard]] Result<ConnectOptions> ParseConnectOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
