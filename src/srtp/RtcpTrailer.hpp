#pragma once

#include <cstddef>
#include <cstdint>

#include "srtp/SessionKeys.hpp"

namespace ringcast::srtp {

// The trailer of an SRTCP packet: the E flag with the index, and a tag. With AES-CM the index is first (RFC
// 3711 section 3.4), with GCM the tag (RFC 7714 section 9.2).
struct RtcpTrailer {
  static constexpr std::uint32_t kEncrypted = 0x80000000;
  static constexpr std::uint32_t kMaxIndex = 0x7fffffff;
  static constexpr std::size_t kIndexSize = 4;

  // `textEnd`: offset of the end of the encrypted part.
  RtcpTrailer(CryptoSuite suite, std::size_t textEnd)
      : tagSize(RtcpOverhead(suite) - kIndexSize),
        index(IsGcm(suite) ? textEnd + tagSize : textEnd),
        tag(IsGcm(suite) ? textEnd : textEnd + kIndexSize) {}

  std::size_t tagSize;
  std::size_t index;  // offset in the packet
  std::size_t tag;    // offset in the packet
};

}  // namespace ringcast::srtp
