#pragma once

#include <cstdint>

#include "ringcast/base/StrongInteger.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Units.hpp"

namespace ringcast {

using Ssrc = StrongInteger<struct SsrcTag, std::uint32_t>;               // RFC 3550 section 3
using PayloadType = StrongInteger<struct PayloadTypeTag, std::uint8_t>;  // 7 bits, RFC 3550 section 5.1

enum class MediaKind : std::uint8_t { kAudio, kVideo };

}  // namespace ringcast
