#include "srtp/SessionKeys.hpp"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::srtp {

namespace {

// RFC 3711 sections 4.3.1 and 4.3.2: labels of the derived keys. The labels for RTCP follow those for RTP.
enum class Label : std::uint8_t { kEncryption = 0, kAuthentication = 1, kSalt = 2 };
constexpr std::uint8_t kRtcpLabels = 3;

// RFC 3711 section 4.3.3: the key stream of AES in counter mode, starting at (label * 2^48 XOR salt) * 2^16.
// A GCM salt has 96 bits; 16 zero bits are appended to it (RFC 7714 section 11).
void Derive(ByteView masterKey, ByteView masterSalt, std::uint8_t label, MutableBytes out) {
  constexpr std::size_t kLabelPlace = 7;
  std::array<std::uint8_t, 16> counter{};
  std::copy(masterSalt.begin(), masterSalt.end(), counter.begin());
  counter[kLabelPlace] = static_cast<std::uint8_t>(counter[kLabelPlace] ^ label);

  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               EVP_CIPHER_CTX_free);
  RC_ASSERT(cipher != nullptr);
  const auto* mode = masterKey.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  RC_ASSERT(EVP_EncryptInit_ex(cipher.get(), mode, nullptr, masterKey.data(), counter.data()) == 1);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  int written = 0;
  RC_ASSERT(EVP_EncryptUpdate(cipher.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) ==
            1);
}

}  // namespace

SessionKeys::SessionKeys(const MasterKey& master, RtpProtocol protocol) {
  const auto labelOf = [protocol](Label label) {
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(label) +
                                     (protocol == RtpProtocol::kRtcp ? kRtcpLabels : 0));
  };
  const bool gcm = IsGcm(master.Suite());
  const std::size_t saltLength = gcm ? 12 : kMaxSalt;
  keyLength = master.Bytes().size() - saltLength;
  const auto masterKey = master.Bytes().first(keyLength);
  const auto masterSalt = master.Bytes().subspan(keyLength);
  Derive(masterKey, masterSalt, labelOf(Label::kEncryption), MutableBytes(key).first(keyLength));
  Derive(masterKey, masterSalt, labelOf(Label::kSalt), MutableBytes(salt).first(saltLength));
  if (!gcm) Derive(masterKey, masterSalt, labelOf(Label::kAuthentication), authKey);
}

SessionKeys::~SessionKeys() {
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(salt.data(), salt.size());
  OPENSSL_cleanse(authKey.data(), authKey.size());
}

}  // namespace ringcast::srtp
