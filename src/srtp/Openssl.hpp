#pragma once

#include <memory>
#include <span>

#include <openssl/evp.h>

#include "ringcast/base/Bytes.hpp"
#include "srtp/SessionKeys.hpp"

// OpenSSL objects as values. Their functions fail only when out of memory or because of a bug in this code;
// both abort the process.
namespace ringcast::srtp::openssl {

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC, EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX, EVP_MAC_CTX_free>>;

// Returns a context with the suite's mode and the key schedule. For each packet only the nonce or counter is
// set.
[[nodiscard]] Cipher MakeCipher(CryptoSuite suite, const SessionKeys& keys, bool encrypt);
// Returns a context for HMAC-SHA1 with the authentication key.
[[nodiscard]] MacContext MakeMac(const SessionKeys& keys);

void SetNonce(EVP_CIPHER_CTX* cipher, ByteView nonce);
// with `out` nullptr, `in` is additional authenticated data
void Update(EVP_CIPHER_CTX* cipher, std::uint8_t* out, ByteView in);

// Writes the first bytes of the HMAC over the concatenated parts into `out`, which holds 20 bytes at most.
void Authenticate(EVP_MAC_CTX* mac, std::span<const ByteView> parts, MutableBytes out);

}  // namespace ringcast::srtp::openssl
