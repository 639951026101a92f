#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ringcast/srtp/RtpEncryptor.hpp"
#include "srtp/SessionKeys.hpp"

namespace ringcast::srtp {

// One engine with one session's keys.
class PacketCipher {
 public:
  PacketCipher() = default;
  virtual ~PacketCipher() = default;
  PacketCipher(const PacketCipher&) = delete;
  PacketCipher& operator=(const PacketCipher&) = delete;

  [[nodiscard]] virtual bool Protect(std::span<const RtpEncryptor::Job> jobs) = 0;
};

// nullptr: not in this build, or not on this processor.
[[nodiscard]] std::unique_ptr<PacketCipher> MakeIpsecMbCipher(CryptoSuite suite, const SessionKeys& keys);
[[nodiscard]] std::unique_ptr<PacketCipher> MakeOpensslCipher(CryptoSuite suite, const SessionKeys& keys);
[[nodiscard]] std::unique_ptr<PacketCipher> MakeLibsrtpCipher(const MasterKey& key);

inline std::uint32_t SsrcOf(const RtpEncryptor::Job& job) { return LoadU32(job.packet + 8); }

// RFC 3711 section 3.3.1: the packet index is the rollover counter and the sequence number, 48 bits.
inline std::uint32_t RolloversOf(const RtpEncryptor::Job& job) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(job.sequenceNumber) >> 16);
}

using GcmNonce = std::array<std::uint8_t, 12>;
// RFC 7714 section 8.1: 16 zero bits, ssrc, rollover counter, sequence number, exclusive-or the salt.
inline GcmNonce NonceOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  GcmNonce nonce{};
  StoreU32(nonce.data() + 2, SsrcOf(job));
  StoreU32(nonce.data() + 6, RolloversOf(job));
  StoreU16(nonce.data() + 10, static_cast<std::uint16_t>(job.sequenceNumber));
  for (std::size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<std::uint8_t>(nonce[i] ^ keys.salt[i]);
  return nonce;
}

using CounterBlock = std::array<std::uint8_t, 16>;
// RFC 3711 section 4.1.1: salt * 2^16, ssrc * 2^64 and index * 2^16, exclusive-or; the low 16 bits count
// blocks.
inline CounterBlock CounterOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  CounterBlock counter{};
  StoreU32(counter.data() + 4, SsrcOf(job));
  StoreU32(counter.data() + 8, RolloversOf(job));
  StoreU16(counter.data() + 12, static_cast<std::uint16_t>(job.sequenceNumber));
  for (std::size_t i = 0; i < SessionKeys::kMaxSalt; ++i)
    counter[i] = static_cast<std::uint8_t>(counter[i] ^ keys.salt[i]);
  return counter;
}

}  // namespace ringcast::srtp
