#include "ringcast/dtls/SrtpKeys.hpp"

#include <algorithm>

#include <openssl/crypto.h>

namespace ringcast::dtls {

std::string_view Name(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAeadAes256Gcm:
      return "AEAD_AES_256_GCM";
    case SrtpProfile::kAeadAes128Gcm:
      return "AEAD_AES_128_GCM";
    case SrtpProfile::kAesCm128HmacSha1_80:
      return "AES_CM_128_HMAC_SHA1_80";
    case SrtpProfile::kAesCm128HmacSha1_32:
      return "AES_CM_128_HMAC_SHA1_32";
  }
  return {};
}

std::size_t MasterKeySize(SrtpProfile profile) { return profile == SrtpProfile::kAeadAes256Gcm ? 32 : 16; }

std::size_t MasterSaltSize(SrtpProfile profile) {
  const bool gcm = profile == SrtpProfile::kAeadAes256Gcm || profile == SrtpProfile::kAeadAes128Gcm;
  return gcm ? 12 : 14;
}

SrtpMasterKey::SrtpMasterKey(SrtpProfile profile, ByteView key, ByteView salt)
    : size_(key.size() + salt.size()) {
  RC_ASSERT(key.size() == MasterKeySize(profile) && salt.size() == MasterSaltSize(profile));
  const auto end = std::copy(key.begin(), key.end(), bytes_.begin());
  std::copy(salt.begin(), salt.end(), end);
}

SrtpMasterKey::~SrtpMasterKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

}  // namespace ringcast::dtls
