#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Fingerprint.hpp"

struct x509_st;
struct evp_pkey_st;

namespace ringcast::dtls {

// A self-signed certificate with its private key. Peers identify it by its fingerprint alone (RFC 8827
// section 6.5), so its subject name has no meaning. A copy shares certificate and key.
class Certificate {
 public:
  // Self-signed ECDSA on P-256 (RFC 8827 section 6.5), with random serial number and name, valid from
  // yesterday on: clocks differ. `unixTime`: now, since 1970-01-01.
  [[nodiscard]] static Certificate Generate(Random& random, Duration unixTime);

  // From the contents of PEM files; of a chain, the first. TypeError: no certificate, no private key (one
  // with a passphrase is none), or one that belongs to another certificate.
  [[nodiscard]] static Result<Certificate> FromPem(std::string_view certificate, std::string_view privateKey);

  [[nodiscard]] Fingerprint FingerprintBy(HashAlgorithm algorithm) const;
  [[nodiscard]] std::string Pem() const;  // without the key

  // For Context.
  [[nodiscard]] x509_st* Handle() const { return certificate_.get(); }
  [[nodiscard]] evp_pkey_st* PrivateKey() const { return privateKey_.get(); }

 private:
  Certificate(std::shared_ptr<x509_st> certificate, std::shared_ptr<evp_pkey_st> privateKey);

  std::shared_ptr<x509_st> certificate_;
  std::shared_ptr<evp_pkey_st> privateKey_;
};

}  // namespace ringcast::dtls
