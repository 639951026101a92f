#pragma once

#include <string>

#include "dtls/Openssl.hpp"
#include "ringcast/dtls/Fingerprint.hpp"

namespace ringcast::dtls {

[[nodiscard]] Fingerprint FingerprintOf(ByteView der, HashAlgorithm algorithm);
[[nodiscard]] Fingerprint FingerprintOf(const X509* certificate, HashAlgorithm algorithm);
[[nodiscard]] std::string PemOf(const X509* certificate);

}  // namespace ringcast::dtls
