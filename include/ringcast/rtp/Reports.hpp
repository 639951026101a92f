#pragma once

#include <algorithm>
#include <cstdint>

#include "ringcast/base/Types.hpp"

namespace ringcast::rtp {

// The contents of reports about a stream (RFC 3550 section 6.4.1), produced by the stream statistics and
// carried by RTCP.
struct ReportBlock {
  Ssrc ssrc{};
  std::uint8_t fractionLost = 0;    // in 1/256, since the last report
  std::int32_t cumulativeLost = 0;  // 24 bits on the wire, signed
  std::uint32_t highestSequence = 0;
  std::uint32_t jitter = 0;  // timestamp units
  std::uint32_t lastSenderReport = 0;
  std::uint32_t delaySinceLastSenderReport = 0;  // 1/65536 s
};

// The number of packets that a source sent in an interval, and the number of them that were lost.
struct LossCount {
  std::int64_t expected = 0;
  std::int64_t lost = 0;

  LossCount& operator+=(const LossCount& other) {
    expected += other.expected;
    lost += other.lost;
    return *this;
  }
};

struct SenderInfo {
  NtpTime ntp{};
  std::uint32_t rtpTimestamp = 0;  // for the instant `ntp`
  std::uint32_t packetCount = 0;
  std::uint32_t octetCount = 0;  // payload only
};

// Delays and round trip times in reports are in units of 1/65536 s: the middle 32 bits of an NTP timestamp.

// Converts a duration to these units; clamped to 18 hours.
[[nodiscard]] constexpr std::uint32_t InCompactNtpUnits(Duration duration) {
  constexpr Duration kLongest = Seconds(65'535);
  const Duration clamped = std::clamp(duration, Duration::zero(), kLongest);
  return static_cast<std::uint32_t>(ToMicroseconds(clamped) * 65'536 / 1'000'000);
}

// Returns the round trip time: A - LSR - DLSR (RFC 3550 section 6.4.1), or A - LRR - DLRR (RFC 3611 section
// 4.5). `now` is the arrival time of the report. Rounding on both sides can make a short round trip negative;
// it is then returned as 0.
[[nodiscard]] constexpr Duration RoundTrip(std::uint32_t now, std::uint32_t last, std::uint32_t delay) {
  const std::int64_t units = std::max(static_cast<std::int32_t>(now - last - delay), 0);
  return Microseconds(units * 1'000'000 / 65'536);
}

}  // namespace ringcast::rtp
