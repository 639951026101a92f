#include "ringcast/dtls/Fingerprint.hpp"

#include <algorithm>

#include <openssl/crypto.h>

namespace ringcast::dtls {

namespace {

std::optional<std::uint8_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

std::string_view Name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha1:
      return "sha-1";
    case HashAlgorithm::kSha224:
      return "sha-224";
    case HashAlgorithm::kSha256:
      return "sha-256";
    case HashAlgorithm::kSha384:
      return "sha-384";
    case HashAlgorithm::kSha512:
      return "sha-512";
  }
  return {};
}

std::optional<HashAlgorithm> ParseHashAlgorithm(std::string_view name) {
  for (const auto algorithm : kHashAlgorithms) {
    if (Name(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

std::size_t DigestSize(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha1:
      return 20;
    case HashAlgorithm::kSha224:
      return 28;
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      break;
  }
  return 64;
}

Fingerprint::Fingerprint(HashAlgorithm algorithm, ByteView digest) : algorithm_(algorithm) {
  RC_ASSERT(digest.size() == DigestSize(algorithm));
  std::copy(digest.begin(), digest.end(), digest_.begin());
}

Result<Fingerprint> Fingerprint::Parse(HashAlgorithm algorithm, std::string_view text) {
  const std::size_t size = DigestSize(algorithm);
  const auto wrong = [&] {
    return TypeError("fingerprint \"" + std::string(text) + "\" is not " + std::to_string(size) +
                     " pairs of hexadecimal digits with colons between them, as " +
                     std::string(Name(algorithm)) + " has");
  };
  if (text.size() != 3 * size - 1) return wrong();
  std::array<std::uint8_t, kMaxDigestSize> digest;
  for (std::size_t i = 0; i < size; ++i) {
    const auto high = HexDigit(text[3 * i]);
    const auto low = HexDigit(text[3 * i + 1]);
    if (!high || !low || (i + 1 < size && text[3 * i + 2] != ':')) return wrong();
    digest[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return Fingerprint(algorithm, ByteView(digest).first(size));
}

std::string Fingerprint::Text() const {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(3 * Digest().size());
  for (const auto byte : Digest()) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool operator==(const Fingerprint& a, const Fingerprint& b) {
  return a.algorithm_ == b.algorithm_ &&
         CRYPTO_memcmp(a.digest_.data(), b.digest_.data(), a.digest_.size()) == 0;
}

}  // namespace ringcast::dtls
