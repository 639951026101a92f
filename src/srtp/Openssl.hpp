#pragma once

#include <memory>
#include <span>

#include <openssl/evp.h>

#include "ringcast/base/Bytes.hpp"
#include "srtp/SessionKeys.hpp"

// OpenSSL's objects as values. Its calls fail for lack of memory or for our own mistakes: both end the
// process.
namespace ringcast::srtp::openssl {

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC, EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX, EVP_MAC_CTX_free>>;

// With the suite's mode and the key schedule; a packet only sets its nonce or counter.
[[nodiscard]] Cipher MakeCipher(CryptoSuite suite, const SessionKeys& keys, bool encrypt);
// HMAC-SHA1 under the authentication key.
[[nodiscard]] MacContext MakeMac(const SessionKeys& keys);

void SetNonce(EVP_CIPHER_CTX* cipher, ByteView nonce);
void Update(EVP_CIPHER_CTX* cipher, std::uint8_t* out, ByteView in);  // `out` nullptr: authenticated alone

// The first bytes of the HMAC of the parts, one behind the other, as many as `out` has (at most 20).
void Authenticate(EVP_MAC_CTX* mac, std::span<const ByteView> parts, MutableBytes out);

}  // namespace ringcast::srtp::openssl
