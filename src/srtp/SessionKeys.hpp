#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

[[nodiscard]] constexpr bool IsGcm(CryptoSuite suite) {
  return suite == CryptoSuite::kAeadAes256Gcm || suite == CryptoSuite::kAeadAes128Gcm;
}

enum class RtpProtocol : std::uint8_t { kRtp, kRtcp };

// Session keys (RFC 3711 section 4.3, RFC 7714 section 11), zeroed by the destructor.
struct SessionKeys {
  static constexpr std::size_t kMaxKey = 32;
  static constexpr std::size_t kMaxSalt = 14;
  static constexpr std::size_t kAuthKey = 20;

  explicit SessionKeys(const MasterKey& master, RtpProtocol protocol = RtpProtocol::kRtp);
  SessionKeys(const SessionKeys&) = default;
  SessionKeys(SessionKeys&&) = default;
  SessionKeys& operator=(const SessionKeys&) = default;
  SessionKeys& operator=(SessionKeys&&) = default;
  ~SessionKeys();

  std::array<std::uint8_t, kMaxKey> key{};
  std::array<std::uint8_t, kMaxSalt> salt{};     // GCM uses the first 12
  std::array<std::uint8_t, kAuthKey> authKey{};  // AES-CM only
  std::size_t keyLength = 0;
};

}  // namespace ringcast::srtp
