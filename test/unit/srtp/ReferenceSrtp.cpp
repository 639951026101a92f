#include "unit/srtp/ReferenceSrtp.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace ringcast::srtp::reference {

namespace {

constexpr std::size_t kGcmTag = 16;
constexpr std::size_t kRtcpHeader = 8;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

bool IsGcm(CryptoSuite suite) {
  return suite == CryptoSuite::kAeadAes256Gcm || suite == CryptoSuite::kAeadAes128Gcm;
}

void Append(Octets& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Octets U32(std::uint32_t value) {
  Octets bytes(4);
  StoreU32(bytes.data(), value);
  return bytes;
}

std::size_t RtpHeaderSize(ByteView packet) {
  std::size_t size = 12 + std::size_t{packet[0] & 0x0FU} * 4;
  if ((packet[0] & 0x10) != 0) size += 4 + std::size_t{LoadU16(packet.data() + size + 2)} * 4;
  return size;
}

// Returns the ciphertext followed by the tag (RFC 5116 section 5.1).
Octets SealGcm(ByteView key, ByteView iv, ByteView associated, ByteView plain) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  RC_ASSERT(EVP_EncryptInit_ex(cipher.get(), key.size() == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(),
                               nullptr, key.data(), iv.data()) == 1);
  int size = 0;
  RC_ASSERT(EVP_EncryptUpdate(cipher.get(), nullptr, &size, associated.data(),
                              static_cast<int>(associated.size())) == 1);
  Octets out(plain.size() + kGcmTag);
  RC_ASSERT(
      EVP_EncryptUpdate(cipher.get(), out.data(), &size, plain.data(), static_cast<int>(plain.size())) == 1);
  RC_ASSERT(EVP_EncryptFinal_ex(cipher.get(), out.data() + plain.size(), &size) == 1);
  RC_ASSERT(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kGcmTag, out.data() + plain.size()) == 1);
  return out;
}

// RFC 7714 section 8.1: 00 00, ssrc, rollover counter, sequence number; section 9.1: 00 00, ssrc, 00 00, 0
// and index.
Octets GcmIv(ByteView salt, std::uint32_t ssrc, std::uint64_t index) {
  Octets iv(12);
  StoreU32(iv.data() + 2, ssrc);
  StoreU16(iv.data() + 6, static_cast<std::uint16_t>(index >> 32));
  StoreU32(iv.data() + 8, static_cast<std::uint32_t>(index));
  for (std::size_t i = 0; i < iv.size(); ++i) iv[i] = static_cast<std::uint8_t>(iv[i] ^ salt[i]);
  return iv;
}

// RFC 3711 section 4.1.1: (salt * 2^16) xor (ssrc * 2^64) xor (index * 2^16).
Octets CounterIv(ByteView salt, std::uint32_t ssrc, std::uint64_t index) {
  Octets iv(16);
  StoreU32(iv.data() + 4, ssrc);
  StoreU16(iv.data() + 8, static_cast<std::uint16_t>(index >> 32));
  StoreU32(iv.data() + 10, static_cast<std::uint32_t>(index));
  for (std::size_t i = 0; i < salt.size(); ++i) iv[i] = static_cast<std::uint8_t>(iv[i] ^ salt[i]);
  return iv;
}

Octets EncryptCounter(const SessionKeys& keys, std::uint32_t ssrc, std::uint64_t index, ByteView plain) {
  auto out = KeyStream(keys.cipherKey, CounterIv(keys.salt, ssrc, index), plain.size());
  std::transform(out.begin(), out.end(), plain.begin(), out.begin(),
                 [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
  return out;
}

Octets Tag(ByteView key, ByteView message, std::size_t size) {
  Octets tag(20);
  unsigned int length = 0;
  RC_ASSERT(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
                 tag.data(), &length) != nullptr);
  tag.resize(size);
  return tag;
}

}  // namespace

Octets KeyStream(ByteView key, ByteView iv, std::size_t size) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  RC_ASSERT(EVP_EncryptInit_ex(cipher.get(), key.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(),
                               nullptr, key.data(), iv.data()) == 1);
  Octets stream(size);
  int written = 0;
  RC_ASSERT(EVP_EncryptUpdate(cipher.get(), stream.data(), &written, stream.data(), static_cast<int>(size)) ==
            1);
  return stream;
}

SessionKeys Derive(const MasterKey& master, RtpProtocol protocol) {
  const bool gcm = IsGcm(master.Suite());
  const std::size_t saltLength = gcm ? 12 : 14;
  const std::size_t keyLength = master.Bytes().size() - saltLength;
  const auto key = master.Bytes().first(keyLength);
  const auto salt = master.Bytes().last(saltLength);
  // x = label * 2^48 xor the salt as 112 bits (a GCM salt is padded with 16 zero bits at its end); the
  // keystream starts at x * 2^16. The key derivation rate is 0.
  const auto derive = [&](unsigned label, std::size_t size) {
    std::array<std::uint8_t, 16> iv{};
    std::copy(salt.begin(), salt.end(), iv.begin());
    iv[7] = static_cast<std::uint8_t>(iv[7] ^ label);
    return KeyStream(key, iv, size);
  };
  const unsigned first = protocol == RtpProtocol::kRtp ? 0 : 3;  // labels of section 4.3.1
  return {derive(first, keyLength), derive(first + 2, saltLength), gcm ? Octets{} : derive(first + 1, 20)};
}

Octets ProtectRtp(CryptoSuite suite, const SessionKeys& keys, ByteView packet, std::uint32_t rollovers) {
  const auto header = packet.first(RtpHeaderSize(packet));
  const auto payload = packet.subspan(header.size());
  const auto ssrc = LoadU32(packet.data() + 8);
  const std::uint64_t index = (std::uint64_t{rollovers} << 16) | LoadU16(packet.data() + 2);
  Octets out(header.begin(), header.end());
  if (IsGcm(suite)) {
    Append(out, SealGcm(keys.cipherKey, GcmIv(keys.salt, ssrc, index), header, payload));
    return out;
  }
  Append(out, EncryptCounter(keys, ssrc, index, payload));
  Octets authenticated = out;
  Append(authenticated, U32(rollovers));
  Append(out, Tag(keys.authKey, authenticated, suite == CryptoSuite::kAesCm128HmacSha1_32 ? 4 : 10));
  return out;
}

Octets ProtectRtcp(CryptoSuite suite, const SessionKeys& keys, ByteView packet, std::uint32_t index) {
  const auto header = packet.first(kRtcpHeader);
  const auto body = packet.subspan(kRtcpHeader);
  const auto ssrc = LoadU32(packet.data() + 4);
  const auto trailer = U32(0x80000000U | index);  // E flag set
  Octets out(header.begin(), header.end());
  if (IsGcm(suite)) {
    Octets associated = out;
    Append(associated, trailer);
    Append(out, SealGcm(keys.cipherKey, GcmIv(keys.salt, ssrc, index), associated, body));
    Append(out, trailer);
    return out;
  }
  Append(out, EncryptCounter(keys, ssrc, index, body));
  Append(out, trailer);
  Append(out, Tag(keys.authKey, out, 10));
  return out;
}

}  // namespace ringcast::srtp::reference
