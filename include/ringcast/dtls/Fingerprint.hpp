#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Result.hpp"

namespace ringcast::dtls {

// In the order of the channel's schema.
enum class HashAlgorithm : std::uint8_t { kSha1, kSha224, kSha256, kSha384, kSha512 };
inline constexpr std::array kHashAlgorithms{HashAlgorithm::kSha1, HashAlgorithm::kSha224,
                                            HashAlgorithm::kSha256, HashAlgorithm::kSha384,
                                            HashAlgorithm::kSha512};

[[nodiscard]] std::string_view Name(HashAlgorithm algorithm);  // "sha-1" ... (RFC 8122 section 5)
[[nodiscard]] std::optional<HashAlgorithm> ParseHashAlgorithm(std::string_view name);
[[nodiscard]] std::size_t DigestSize(HashAlgorithm algorithm);
inline constexpr std::size_t kMaxDigestSize = 64;

// The digest of a certificate in DER, which signalling carries and DTLS is checked against (RFC 8122
// section 5).
class Fingerprint {
 public:
  // `digest` has the algorithm's size.
  Fingerprint(HashAlgorithm algorithm, ByteView digest);
  // TypeError: not pairs of hexadecimal digits with colons between them, or not as many as the algorithm has.
  // RFC 8122 writes them in upper case; either is read.
  [[nodiscard]] static Result<Fingerprint> Parse(HashAlgorithm algorithm, std::string_view text);

  [[nodiscard]] HashAlgorithm Algorithm() const { return algorithm_; }
  [[nodiscard]] ByteView Digest() const { return ByteView(digest_).first(DigestSize(algorithm_)); }
  [[nodiscard]] std::string Text() const;  // upper case, with colons

  // In a time that does not tell where they differ.
  friend bool operator==(const Fingerprint& a, const Fingerprint& b);

 private:
  HashAlgorithm algorithm_;
  std::array<std::uint8_t, kMaxDigestSize> digest_{};
};

}  // namespace ringcast::dtls
