#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ringcast/srtp/RtpEncryptor.hpp"
#include "srtp/Nonce.hpp"

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

inline GcmNonce NonceOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  return NonceOf(SsrcOf(job), static_cast<std::uint64_t>(job.sequenceNumber), keys);
}
inline CounterBlock CounterOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  return CounterOf(SsrcOf(job), static_cast<std::uint64_t>(job.sequenceNumber), keys);
}

}  // namespace ringcast::srtp
