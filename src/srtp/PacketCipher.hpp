#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ringcast/srtp/RtpEncryptor.hpp"
#include "srtp/Nonce.hpp"

namespace ringcast::srtp {

// One engine with the keys of one session.
class PacketCipher {
 public:
  PacketCipher() = default;
  virtual ~PacketCipher() = default;
  PacketCipher(const PacketCipher&) = delete;
  PacketCipher& operator=(const PacketCipher&) = delete;

  [[nodiscard]] virtual bool Protect(std::span<const RtpEncryptor::Job> jobs) = 0;
};

// Each returns nullptr if this build or this processor does not support the engine.
[[nodiscard]] std::unique_ptr<PacketCipher> MakeIpsecMbCipher(CryptoSuite suite, const SessionKeys& keys);
[[nodiscard]] std::unique_ptr<PacketCipher> MakeOpensslCipher(CryptoSuite suite, const SessionKeys& keys);
[[nodiscard]] std::unique_ptr<PacketCipher> MakeLibsrtpCipher(const MasterKey& key);
// Each returns false if this build does not include the engine.
[[nodiscard]] bool HasIpsecMb();
[[nodiscard]] bool HasLibsrtp();

// Returns the rollover counter: the packet index without the sequence number (RFC 3711 section 3.3.1).
inline std::uint32_t RolloversOf(const RtpEncryptor::Job& job) {
  return static_cast<std::uint32_t>(job.index.Value() >> 16);
}

inline GcmNonce NonceOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  return NonceOf(job.index.Ssrc(), job.index.Value(), keys);
}
inline CounterBlock CounterOf(const RtpEncryptor::Job& job, const SessionKeys& keys) {
  return CounterOf(job.index.Ssrc(), job.index.Value(), keys);
}

}  // namespace ringcast::srtp
