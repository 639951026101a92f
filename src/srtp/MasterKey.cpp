#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

namespace {

struct SuiteFacts {
  std::string_view name;
  std::size_t keyLength;
  std::size_t saltLength;
  std::size_t rtpTag;
  std::size_t rtcpTag;
};

// RFC 7714 section 14.2 (GCM), RFC 5764 section 4.1.2 (AES-CM). With the 32-bit suite, RTCP keeps its 80-bit
// tag.
constexpr std::array<SuiteFacts, 4> kSuites{{
    {"AEAD_AES_256_GCM", 32, 12, 16, 16},
    {"AEAD_AES_128_GCM", 16, 12, 16, 16},
    {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10},
    {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10},
}};

// The E flag and the 31-bit index at the end of each SRTCP packet (RFC 3711 section 3.4).
constexpr std::size_t kRtcpIndex = 4;

const SuiteFacts& Facts(CryptoSuite suite) {
  const auto index = static_cast<std::size_t>(suite);
  RC_ASSERT(index < kSuites.size());
  return kSuites[index];
}

// Returns the number of bytes that base64 text encodes, or nullopt if it is not valid (RFC 4648 section 4):
// whole groups, padding at the end only. EVP_DecodeBlock would accept white space, and '=' at any position.
std::optional<std::size_t> Base64Length(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const auto digits = text.substr(0, text.size() - padding);
  if (digits.find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;
  return text.size() / 4 * 3 - padding;
}

Error WrongLength(CryptoSuite suite, std::size_t bytes) {
  return TypeError("SRTP key and salt for " + std::string(Name(suite)) + " must have " +
                   std::to_string(MasterLength(suite)) + " bytes together, not " + std::to_string(bytes));
}

}  // namespace

std::string_view Name(CryptoSuite suite) { return Facts(suite).name; }

std::optional<CryptoSuite> ParseCryptoSuite(std::string_view name) {
  for (std::size_t i = 0; i < kSuites.size(); ++i) {
    if (kSuites[i].name == name) return static_cast<CryptoSuite>(i);
  }
  return std::nullopt;
}

std::size_t MasterLength(CryptoSuite suite) { return Facts(suite).keyLength + Facts(suite).saltLength; }
std::size_t RtpOverhead(CryptoSuite suite) { return Facts(suite).rtpTag; }
std::size_t RtcpOverhead(CryptoSuite suite) { return Facts(suite).rtcpTag + kRtcpIndex; }

Result<MasterKey> MasterKey::FromBytes(CryptoSuite suite, ByteView bytes) {
  if (bytes.size() != MasterLength(suite)) return WrongLength(suite, bytes.size());
  MasterKey key(suite);
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

Result<MasterKey> MasterKey::FromBase64(CryptoSuite suite, std::string_view base64) {
  // The text is a secret, so the error messages do not contain it.
  const auto given = Base64Length(base64);
  if (!given)
    return TypeError("the SRTP key is not base64 (" + std::to_string(base64.size()) + " characters)");
  if (*given != MasterLength(suite)) return WrongLength(suite, *given);
  MasterKey key(suite);
  const int decoded =
      EVP_DecodeBlock(key.bytes_.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                      static_cast<int>(base64.size()));
  RC_ASSERT(decoded >= static_cast<int>(*given) && decoded <= static_cast<int>(kCapacity));
  return key;
}

MasterKey MasterKey::Generate(CryptoSuite suite, Random& random) {
  MasterKey key(suite);
  random.Fill(MutableBytes(key.bytes_).first(MasterLength(suite)));
  return key;
}

MasterKey::~MasterKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::string MasterKey::Base64() const {
  const auto bytes = Bytes();
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock appends a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace ringcast::srtp
