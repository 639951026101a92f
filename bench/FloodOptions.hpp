#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ringcast/base/Result.hpp"

namespace ringcast::bench {

// What strangers send.
enum class FloodKind : std::uint8_t {
  kNone,     // nothing: to compare with
  kGarbage,  // random bytes
  kStun,     // binding requests for a transport of the call, with a wrong password
  kHello,    // ClientHellos in two datagrams, from where ICE has validated nobody
};
inline constexpr FloodKind kFloodKinds[] = {FloodKind::kNone, FloodKind::kGarbage, FloodKind::kStun,
                                            FloodKind::kHello};
[[nodiscard]] std::string_view Name(FloodKind kind);

// What `ringcast-bench flood` is to measure.
struct FloodOptions {
  static constexpr std::uint32_t kMaxRate = 1'000'000;

  FloodKind kind = FloodKind::kGarbage;
  std::uint32_t rate = 50'000;  // datagrams/s of all strangers
  std::uint32_t seconds = 5;
  std::uint32_t receiveBuffer = 0;  // bytes, of the server's socket; 0: as the worker chooses
  bool json = false;
};

// `arguments` behind "flood". The failure names the argument and its value.
[[nodiscard]] Result<FloodOptions> ParseFloodOptions(std::span<const std::string_view> arguments);

}  // namespace ringcast::bench
