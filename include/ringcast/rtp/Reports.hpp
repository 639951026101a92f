#pragma once

#include <cstdint>

#include "ringcast/base/Types.hpp"

namespace ringcast::rtp {

// What reports say of a stream (RFC 3550 section 6.4.1): made by the streams, carried by RTCP.
struct ReportBlock {
  Ssrc ssrc{};
  std::uint8_t fractionLost = 0;    // of 256, since the last report
  std::int32_t cumulativeLost = 0;  // 24 bits on the wire, signed
  std::uint32_t highestSequence = 0;
  std::uint32_t jitter = 0;  // timestamp units
  std::uint32_t lastSenderReport = 0;
  std::uint32_t delaySinceLastSenderReport = 0;  // 1/65536 s
};

// Packets that a source sent in some time, and those of them that did not come.
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
  std::uint32_t rtpTimestamp = 0;  // of the instant `ntp`
  std::uint32_t packetCount = 0;
  std::uint32_t octetCount = 0;  // payload only
};

}  // namespace ringcast::rtp
