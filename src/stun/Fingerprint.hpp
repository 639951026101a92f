#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::stun {

// Returns the value of a FINGERPRINT that follows `message`. The length in the message's header must already
// include it (RFC 8489 section 14.7).
[[nodiscard]] std::uint32_t FingerprintOf(ByteView message);

}  // namespace ringcast::stun
