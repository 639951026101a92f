#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// What the strangers send.
enum class FloodKind : std::uint8_t {
  kNone,     // nothing: the baseline
  kGarbage,  // random bytes
  kStun,     // binding requests for a transport of the call, with a wrong password
  kHello,    // ClientHellos in two datagrams, from addresses that ICE has not validated
};
inline constexpr FloodKind kFloodKinds[] = {FloodKind::kNone, FloodKind::kGarbage, FloodKind::kStun,
                                            FloodKind::kHello};
[[nodiscard]] std::string_view Name(FloodKind kind);

// Parameters of `ringcast-bench flood`.
struct FloodOptions {
  static constexpr std::uint32_t kMaxRate = 1'000'000;

  FloodKind kind = FloodKind::kGarbage;
  std::uint32_t rate = 50'000;  // datagrams/s of all strangers together
  std::uint32_t seconds = 5;
  std::uint32_t receiveBuffer = 0;  // of the server's socket, in bytes; 0: the worker's default
  bool json = false;
};

// Parses the arguments after "flood". The error contains the argument and its value.
[[nodiscard]] Result<FloodOptions> ParseFloodOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
