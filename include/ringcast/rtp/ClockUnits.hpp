#pragma once

#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// Converts a duration to units of an RTP clock, modulo 2^32 like RTP timestamps. It converts the whole
// seconds, as unsigned numbers, and the fraction separately, so no uptime and no clock rate causes an
// overflow.
[[nodiscard]] inline std::uint32_t ToClockUnits(Duration duration, std::uint32_t clockRate) {
  const std::int64_t micros = ToMicroseconds(duration);
  const std::uint64_t whole = static_cast<std::uint64_t>(micros / 1'000'000) * clockRate;
  const std::int64_t rest = micros % 1'000'000 * static_cast<std::int64_t>(clockRate) / 1'000'000;
  return static_cast<std::uint32_t>(whole + static_cast<std::uint64_t>(rest));
}

}  // namespace ringcast::rtp
