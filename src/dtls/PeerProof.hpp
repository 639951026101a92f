#pragma once

#include <span>

#include "dtls/Openssl.hpp"
#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// The signature algorithms that OpenSSL offers: exactly those that this module can verify.
extern const char* const kSignatureAlgorithms;

// Returns the peer's own certificate in DER from the body of a Certificate message (RFC 5246 section 7.4.2);
// empty if there is none.
[[nodiscard]] ByteView LeafCertificate(ByteView certificateBody);

// Returns nullptr if the bytes are not one certificate in DER.
[[nodiscard]] openssl::X509Certificate ParseCertificate(ByteView der);

// Returns true if the body of a CertificateVerify message (RFC 5246 section 7.4.8) is a signature of the
// certificate's key over the handshake's messages so far. It proves that the sender has the key and has seen
// our ServerHello.
[[nodiscard]] bool ProvesClient(X509* certificate, ByteView certificateVerify,
                                std::span<const ByteView> transcript);

// Returns true if the body of an ECDHE ServerKeyExchange message (RFC 8422 section 5.4) is signed with the
// certificate's key for the randoms of both hellos. It proves that the sender has the key and has seen our
// ClientHello.
[[nodiscard]] bool ProvesServer(X509* certificate, ByteView serverKeyExchange, ByteView clientHello,
                                ByteView serverHello);

}  // namespace ringcast::dtls
