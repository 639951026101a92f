#include <array>

#include "ringcast/base/Assert.hpp"
#include "srtp/Openssl.hpp"
#include "srtp/PacketCipher.hpp"

namespace ringcast::srtp {

namespace {

class GcmCipher final : public PacketCipher {
 public:
  GcmCipher(CryptoSuite suite, const SessionKeys& keys)
      : keys_(keys), cipher_(openssl::MakeCipher(suite, keys, true)) {}

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    for (const auto& job : jobs) {
      std::uint8_t* const payload = job.packet + job.headerSize;
      openssl::SetNonce(cipher_.get(), NonceOf(job, keys_));
      openssl::Update(cipher_.get(), nullptr, {job.packet, job.headerSize});
      openssl::Update(cipher_.get(), payload, job.payload);
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
  openssl::Cipher cipher_;
};

class CounterCipher final : public PacketCipher {
 public:
  CounterCipher(CryptoSuite suite, const SessionKeys& keys)
      : keys_(keys),
        tagSize_(RtpOverhead(suite)),
        cipher_(openssl::MakeCipher(suite, keys, true)),
        mac_(openssl::MakeMac(keys)) {}

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    for (const auto& job : jobs) {
      std::uint8_t* const payload = job.packet + job.headerSize;
      openssl::SetNonce(cipher_.get(), CounterOf(job, keys_));
      openssl::Update(cipher_.get(), payload, job.payload);
      // RFC 3711 section 4.2: the tag covers the packet and the rollover counter.
      std::array<std::uint8_t, 4> rollovers;
      StoreU32(rollovers.data(), RolloversOf(job));
      const std::array<ByteView, 2> parts{ByteView(job.packet, job.headerSize + job.payload.size()),
                                          rollovers};
      openssl::Authenticate(mac_.get(), parts, {payload + job.payload.size(), tagSize_});
    }
    return true;
  }

 private:
  SessionKeys keys_;
  std::size_t tagSize_;
  openssl::Cipher cipher_;
  openssl::MacContext mac_;
};

}  // namespace

std::unique_ptr<PacketCipher> MakeOpensslCipher(CryptoSuite suite, const SessionKeys& keys) {
  if (IsGcm(suite)) return std::make_unique<GcmCipher>(suite, keys);
  return std::make_unique<CounterCipher>(suite, keys);
}

}  // namespace ringcast::srtp
