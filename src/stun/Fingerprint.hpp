#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::stun {

// The value of FINGERPRINT behind `message`, whose header counts it already (RFC 8489 section 14.7).
[[nodiscard]] std::uint32_t FingerprintOf(ByteView message);

}  // namespace ringcast::stun
