#include "dtls/X509Text.hpp"

#include <array>

#include <openssl/pem.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::dtls {

namespace {

const EVP_MD* DigestOf(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha1:
      return EVP_sha1();
    case HashAlgorithm::kSha224:
      return EVP_sha224();
    case HashAlgorithm::kSha256:
      return EVP_sha256();
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      break;
  }
  return EVP_sha512();
}

}  // namespace

Fingerprint FingerprintOf(ByteView der, HashAlgorithm algorithm) {
  std::array<std::uint8_t, kMaxDigestSize> digest;
  unsigned size = 0;
  RC_ASSERT(EVP_Digest(der.data(), der.size(), digest.data(), &size, DigestOf(algorithm), nullptr) == 1);
  return {algorithm, ByteView(digest).first(size)};
}

Fingerprint FingerprintOf(const X509* certificate, HashAlgorithm algorithm) {
  std::array<std::uint8_t, kMaxDigestSize> digest;
  unsigned size = 0;
  RC_ASSERT(X509_digest(certificate, DigestOf(algorithm), digest.data(), &size) == 1);
  return {algorithm, ByteView(digest).first(size)};
}

std::string PemOf(const X509* certificate) {
  const openssl::Bio memory(BIO_new(BIO_s_mem()));
  RC_ASSERT(memory != nullptr);
  RC_ASSERT(PEM_write_bio_X509(memory.get(), certificate) == 1);
  std::string pem(BIO_ctrl_pending(memory.get()), '\0');
  RC_ASSERT(BIO_read(memory.get(), pem.data(), static_cast<int>(pem.size())) == static_cast<int>(pem.size()));
  return pem;
}

}  // namespace ringcast::dtls
