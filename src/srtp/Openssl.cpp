#include "srtp/Openssl.hpp"

#include <algorithm>
#include <array>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::srtp::openssl {

namespace {

const EVP_CIPHER* ModeOf(CryptoSuite suite) {
  switch (suite) {
    case CryptoSuite::kAeadAes256Gcm:
      return EVP_aes_256_gcm();
    case CryptoSuite::kAeadAes128Gcm:
      return EVP_aes_128_gcm();
    case CryptoSuite::kAesCm128HmacSha1_80:
    case CryptoSuite::kAesCm128HmacSha1_32:
      break;
  }
  return EVP_aes_128_ctr();
}

}  // namespace

Cipher MakeCipher(CryptoSuite suite, const SessionKeys& keys, bool encrypt) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  RC_ASSERT(cipher != nullptr);
  RC_ASSERT(EVP_CipherInit_ex(cipher.get(), ModeOf(suite), nullptr, keys.key.data(), nullptr,
                              encrypt ? 1 : 0) == 1);
  return cipher;
}

MacContext MakeMac(const SessionKeys& keys) {
  const Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  RC_ASSERT(hmac != nullptr);
  MacContext mac(EVP_MAC_CTX_new(hmac.get()));
  RC_ASSERT(mac != nullptr);
  std::array<char, 5> digest{"SHA1"};
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                              OSSL_PARAM_construct_end()};
  RC_ASSERT(EVP_MAC_init(mac.get(), keys.authKey.data(), keys.authKey.size(), parameters.data()) == 1);
  return mac;
}

void SetNonce(EVP_CIPHER_CTX* cipher, ByteView nonce) {
  RC_ASSERT(EVP_CipherInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data(), -1) == 1);
}

void Update(EVP_CIPHER_CTX* cipher, std::uint8_t* out, ByteView in) {
  if (in.empty()) return;  // for OpenSSL a null pointer has another meaning
  int written = 0;
  RC_ASSERT(EVP_CipherUpdate(cipher, out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

void Authenticate(EVP_MAC_CTX* mac, std::span<const ByteView> parts, MutableBytes out) {
  std::array<std::uint8_t, 20> digest;
  std::size_t size = 0;
  RC_ASSERT(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1);  // keeps the key
  for (const auto part : parts) RC_ASSERT(EVP_MAC_update(mac, part.data(), part.size()) == 1);
  RC_ASSERT(EVP_MAC_final(mac, digest.data(), &size, digest.size()) == 1);
  RC_ASSERT(out.size() <= size);
  std::copy_n(digest.begin(), out.size(), out.begin());
}

}  // namespace ringcast::srtp::openssl
