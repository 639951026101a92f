#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// RFC 5764 section 4.1.2, RFC 7714 section 14.2; named and ordered like the SRTP suites that they lead to,
// the preferred first.
enum class SrtpProfile : std::uint8_t {
  kAeadAes256Gcm,
  kAeadAes128Gcm,
  kAesCm128HmacSha1_80,
  kAesCm128HmacSha1_32
};
inline constexpr std::array kSrtpProfiles{SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAeadAes128Gcm,
                                          SrtpProfile::kAesCm128HmacSha1_80,
                                          SrtpProfile::kAesCm128HmacSha1_32};

[[nodiscard]] std::string_view Name(SrtpProfile profile);  // "AEAD_AES_256_GCM" ...
[[nodiscard]] std::size_t MasterKeySize(SrtpProfile profile);
[[nodiscard]] std::size_t MasterSaltSize(SrtpProfile profile);
// The largest sum of key and salt sizes.
inline constexpr std::size_t kMaxMasterSize = 32 + 12;

// Master key followed by master salt, of one direction. Kept in place and wiped.
class SrtpMasterKey {
 public:
  SrtpMasterKey(SrtpProfile profile, ByteView key, ByteView salt);
  SrtpMasterKey(const SrtpMasterKey&) = default;
  SrtpMasterKey(SrtpMasterKey&&) noexcept = default;
  SrtpMasterKey& operator=(const SrtpMasterKey&) = default;
  SrtpMasterKey& operator=(SrtpMasterKey&&) noexcept = default;
  ~SrtpMasterKey();

  [[nodiscard]] ByteView Bytes() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxMasterSize> bytes_{};
  std::size_t size_ = 0;
};

// What the handshake agreed on (RFC 5764 section 4.2).
struct SrtpKeys {
  SrtpProfile profile;
  SrtpMasterKey local;   // protects what we send
  SrtpMasterKey remote;  // what the peer sends
};

}  // namespace ringcast::dtls
