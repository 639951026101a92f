#include <algorithm>
#include <array>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "ringcast/base/Assert.hpp"
#include "srtp/PacketCipher.hpp"

namespace ringcast::srtp {

namespace {

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC, EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX, EVP_MAC_CTX_free>>;

// The key schedule is made once, here; a packet only sets its nonce. OpenSSL's calls fail for lack of memory
// or for our own mistakes.
Cipher WithKey(const EVP_CIPHER* mode, const SessionKeys& keys) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  RC_ASSERT(cipher != nullptr);
  RC_ASSERT(EVP_EncryptInit_ex(cipher.get(), mode, nullptr, keys.key.data(), nullptr) == 1);
  return cipher;
}

void Encrypt(EVP_CIPHER_CTX* cipher, std::uint8_t* out, ByteView in) {
  int written = 0;
  RC_ASSERT(EVP_EncryptUpdate(cipher, out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

class GcmCipher final : public PacketCipher {
 public:
  explicit GcmCipher(const SessionKeys& keys)
      : keys_(keys), cipher_(WithKey(keys.keyLength == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), keys)) {}

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    for (const auto& job : jobs) {
      const auto nonce = NonceOf(job, keys_);
      std::uint8_t* const payload = job.packet + job.headerSize;
      RC_ASSERT(EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, nonce.data()) == 1);
      Encrypt(cipher_.get(), nullptr, {job.packet, job.headerSize});  // authenticated alone
      if (!job.payload.empty()) Encrypt(cipher_.get(), payload, job.payload);
      std::uint8_t* const tag = payload + job.payload.size();
      int written = 0;
      RC_ASSERT(EVP_EncryptFinal_ex(cipher_.get(), tag, &written) == 1);
      RC_ASSERT(EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
    }
    return true;
  }

 private:
  static constexpr int kTagSize = 16;

  SessionKeys keys_;
  Cipher cipher_;
};

class CounterCipher final : public PacketCipher {
 public:
  CounterCipher(const SessionKeys& keys, std::size_t tagSize)
      : keys_(keys), tagSize_(tagSize), cipher_(WithKey(EVP_aes_128_ctr(), keys)) {
    const Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    RC_ASSERT(hmac != nullptr);
    mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    RC_ASSERT(mac_ != nullptr);
    std::array<char, 5> digest{"SHA1"};
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                OSSL_PARAM_construct_end()};
    RC_ASSERT(EVP_MAC_init(mac_.get(), keys.authKey.data(), keys.authKey.size(), parameters.data()) == 1);
  }

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    for (const auto& job : jobs) {
      const auto counter = CounterOf(job, keys_);
      std::uint8_t* const payload = job.packet + job.headerSize;
      RC_ASSERT(EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, counter.data()) == 1);
      if (!job.payload.empty()) Encrypt(cipher_.get(), payload, job.payload);
      Authenticate(job, payload + job.payload.size());
    }
    return true;
  }

 private:
  // RFC 3711 section 4.2: over the packet and the rollover counter.
  void Authenticate(const RtpEncryptor::Job& job, std::uint8_t* tag) {
    std::array<std::uint8_t, 4> rollovers;
    StoreU32(rollovers.data(), RolloversOf(job));
    std::array<std::uint8_t, 20> digest;
    std::size_t size = 0;
    RC_ASSERT(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1);  // the same key again
    RC_ASSERT(EVP_MAC_update(mac_.get(), job.packet, job.headerSize + job.payload.size()) == 1);
    RC_ASSERT(EVP_MAC_update(mac_.get(), rollovers.data(), rollovers.size()) == 1);
    RC_ASSERT(EVP_MAC_final(mac_.get(), digest.data(), &size, digest.size()) == 1);
    std::copy_n(digest.begin(), tagSize_, tag);
  }

  SessionKeys keys_;
  std::size_t tagSize_;
  Cipher cipher_;
  MacContext mac_;
};

}  // namespace

std::unique_ptr<PacketCipher> MakeOpensslCipher(CryptoSuite suite, const SessionKeys& keys) {
  if (IsGcm(suite)) return std::make_unique<GcmCipher>(keys);
  return std::make_unique<CounterCipher>(keys, RtpOverhead(suite));
}

}  // namespace ringcast::srtp
