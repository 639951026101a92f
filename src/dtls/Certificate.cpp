#include "ringcast/dtls/Certificate.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <openssl/pem.h>

#include "dtls/Openssl.hpp"
#include "dtls/X509Text.hpp"

namespace ringcast::dtls {

namespace {

using openssl::Bio;
using openssl::Key;
using openssl::X509Certificate;

constexpr Duration kDay = Seconds(24 * 3600);
// Longer than a worker runs. Peers need not check it, since no authority signed the certificate.
constexpr Duration kValidity = 3650 * kDay;

// RFC 5280 section 4.1.2.2: positive, at most 20 octets.
using SerialNumber = std::array<std::uint8_t, 16>;

void SetSerialNumber(X509* certificate, Random& random) {
  SerialNumber bytes;
  random.Fill(bytes);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7F) | 0x40);
  const std::unique_ptr<BIGNUM, openssl::Freed<BIGNUM, BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  RC_ASSERT(number != nullptr);
  RC_ASSERT(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

// W3C WebRTC, generateCertificate: the certificate must not contain information that identifies its owner,
// and its names should be random. Subject and issuer are the same.
void SetName(X509* certificate, Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.Fill(bytes);
  std::string text;
  for (const auto byte : bytes) {
    text += static_cast<char>('a' + (byte >> 4));
    text += static_cast<char>('a' + (byte & 15));
  }
  const std::unique_ptr<X509_NAME, openssl::Freed<X509_NAME, X509_NAME_free>> name(X509_NAME_new());
  const std::vector<unsigned char> value(text.begin(), text.end());
  RC_ASSERT(X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_ASC, value.data(),
                                       static_cast<int>(value.size()), -1, 0) == 1);
  RC_ASSERT(X509_set_subject_name(certificate, name.get()) == 1);
  RC_ASSERT(X509_set_issuer_name(certificate, name.get()) == 1);
}

void SetTime(ASN1_TIME* field, Duration unixTime) {
  RC_ASSERT(ASN1_TIME_set(field, std::chrono::duration_cast<std::chrono::seconds>(unixTime).count()) !=
            nullptr);
}

// Without this, an encrypted key makes OpenSSL ask for a passphrase on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

Bio Memory(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

Certificate::Certificate(std::shared_ptr<x509_st> certificate, std::shared_ptr<evp_pkey_st> privateKey)
    : certificate_(std::move(certificate)), privateKey_(std::move(privateKey)) {}

Certificate Certificate::Generate(Random& random, Duration unixTime) {
  const openssl::CleanErrors errors;
  Key key(EVP_EC_gen("P-256"));
  X509Certificate certificate(X509_new());
  RC_ASSERT(key != nullptr && certificate != nullptr);
  RC_ASSERT(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  SetSerialNumber(certificate.get(), random);
  SetName(certificate.get(), random);
  SetTime(X509_getm_notBefore(certificate.get()), unixTime - kDay);
  SetTime(X509_getm_notAfter(certificate.get()), unixTime + kValidity);
  RC_ASSERT(X509_set_pubkey(certificate.get(), key.get()) == 1);
  RC_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return {std::move(certificate), std::move(key)};
}

Result<Certificate> Certificate::FromPem(std::string_view certificate, std::string_view privateKey) {
  const openssl::CleanErrors errors;
  const Bio certificateText = Memory(certificate);
  X509Certificate x509(PEM_read_bio_X509(certificateText.get(), nullptr, NoPassphrase, nullptr));
  if (x509 == nullptr) return TypeError("the DTLS certificate is no certificate in PEM format");
  const Bio keyText = Memory(privateKey);
  Key key(PEM_read_bio_PrivateKey(keyText.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return TypeError("the DTLS key is no private key without a passphrase in PEM format");
  if (X509_check_private_key(x509.get(), key.get()) != 1) {
    return TypeError("the DTLS key is not the key of the DTLS certificate");
  }
  return Certificate(std::move(x509), std::move(key));
}

Fingerprint Certificate::FingerprintBy(HashAlgorithm algorithm) const {
  return FingerprintOf(certificate_.get(), algorithm);
}

std::string Certificate::Pem() const { return PemOf(certificate_.get()); }

}  // namespace ringcast::dtls
