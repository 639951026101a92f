#pragma once

#include <array>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast {

using SipHashKey = std::array<std::uint8_t, 16>;
using SipHashTag = std::array<std::uint8_t, 16>;

// Returns the 128-bit SipHash-2-4 of the bytes ("SipHash: a fast short-input PRF", J.-P. Aumasson, D. J.
// Bernstein, 2012, with the 128-bit output of the authors): a message authentication code for short inputs.
[[nodiscard]] SipHashTag SipHash(const SipHashKey& key, ByteView bytes);

}  // namespace ringcast
