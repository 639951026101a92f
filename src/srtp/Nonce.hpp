#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "srtp/SessionKeys.hpp"

namespace ringcast::srtp {

// The key stream of a packet is determined by its ssrc and its 48-bit index. For RTP the index is the
// rollover counter and the sequence number (RFC 3711 section 3.3.1), for RTCP the SRTCP index (section 3.4).

using GcmNonce = std::array<std::uint8_t, 12>;
// RFC 7714 sections 8.1 and 9.1: 16 zero bits, ssrc and index, XORed with the salt.
inline GcmNonce NonceOf(std::uint32_t ssrc, std::uint64_t index, const SessionKeys& keys) {
  GcmNonce nonce{};
  StoreU32(nonce.data() + 2, ssrc);
  StoreU32(nonce.data() + 6, static_cast<std::uint32_t>(index >> 16));
  StoreU16(nonce.data() + 10, static_cast<std::uint16_t>(index));
  for (std::size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<std::uint8_t>(nonce[i] ^ keys.salt[i]);
  return nonce;
}

using CounterBlock = std::array<std::uint8_t, 16>;
// RFC 3711 section 4.1.1: salt * 2^16 XOR ssrc * 2^64 XOR index * 2^16. The low 16 bits are the block
// counter.
inline CounterBlock CounterOf(std::uint32_t ssrc, std::uint64_t index, const SessionKeys& keys) {
  CounterBlock counter{};
  StoreU32(counter.data() + 4, ssrc);
  StoreU32(counter.data() + 8, static_cast<std::uint32_t>(index >> 16));
  StoreU16(counter.data() + 12, static_cast<std::uint16_t>(index));
  for (std::size_t i = 0; i < SessionKeys::kMaxSalt; ++i)
    counter[i] = static_cast<std::uint8_t>(counter[i] ^ keys.salt[i]);
  return counter;
}

}  // namespace ringcast::srtp
