#pragma once

#include <cstddef>

namespace ringcast::srtp {

// RFC 3550 sections 5.1 and 6.1: what every packet begins with, up to its ssrc.
inline constexpr std::size_t kRtpHeaderSize = 12;
inline constexpr std::size_t kRtpSsrcOffset = 8;
inline constexpr std::size_t kRtcpHeaderSize = 8;
inline constexpr std::size_t kRtcpSsrcOffset = 4;

}  // namespace ringcast::srtp
