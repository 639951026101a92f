#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// Parameters of `ringcast-bench connect`.
struct ConnectOptions {
  static constexpr std::size_t kMaxTransports = 10'000;
  // A listening TCP socket of the worker accepts 2,048 connections.
  static constexpr std::size_t kMaxAtOnce = 2'000;
  static constexpr std::size_t kMaxCycles = 1'000'000;

  std::size_t transports = 20;  // set up one after another, each timed; 0: skip this part
  std::size_t atOnce = 500;     // set up at the same moment; 0: skip this part
  std::size_t cycles = 20'000;  // created, connected and closed; 0: skip this part
  // KiB by which memory may grow in all cycles: 26 bytes per cycle with the defaults.
  std::uint32_t tolerance = 512;
  bool tcp = false;
  bool json = false;
};

// Parses the arguments after "connect". The error contains the argument and its value.
[[nodiscard]] Result<ConnectOptions> ParseConnectOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
