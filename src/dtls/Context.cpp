#include "ringcast/dtls/Context.hpp"

#include <string>

#include "dtls/Association.hpp"
#include "dtls/HandshakeMessage.hpp"
#include "dtls/Openssl.hpp"
#include "dtls/PeerProof.hpp"

namespace ringcast::dtls {

namespace {

// Only cipher suites with forward secrecy and AEAD (RFC 8827 section 6.5: MUST favor the former, SHOULD favor
// the latter). ECDSA for the certificates of browsers and our own, RSA for certificates that an operator
// supplies.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";

// At least 112 bits of security: no SHA-1 signatures, no RSA keys below 2,048 bits. Set explicitly,
// regardless of the system's default.
constexpr int kSecurityLevel = 2;

// Each association has an OpenSSL write buffer of the size of the longest record that it may send.
constexpr long kMaxSendFragment = 2048;
static_assert(kMaxSendFragment >= static_cast<long>(kMaxMessage) &&
              kMaxSendFragment >= static_cast<long>(kMaxHandshakeDatagram));

// Returns OpenSSL's name of the profile (RFC 5764 section 4.1.2).
std::string_view OpensslName(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAeadAes256Gcm:
      return "SRTP_AEAD_AES_256_GCM";
    case SrtpProfile::kAeadAes128Gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case SrtpProfile::kAesCm128HmacSha1_80:
      return "SRTP_AES128_CM_SHA1_80";
    case SrtpProfile::kAesCm128HmacSha1_32:
      return "SRTP_AES128_CM_SHA1_32";
  }
  return {};
}

}  // namespace

Context::Context(const Certificate& certificate, std::shared_ptr<ssl_ctx_st> context)
    : certificate_(certificate), context_(std::move(context)) {}

Result<Context> Context::Create(const Certificate& certificate, std::span<const SrtpProfile> profiles) {
  const openssl::CleanErrors errors;
  openssl::SslContext owned(SSL_CTX_new(DTLS_method()));
  RC_ASSERT(owned != nullptr);
  SSL_CTX* const context = owned.get();

  SSL_CTX_set_security_level(context, kSecurityLevel);
  RC_ASSERT(SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1);
  RC_ASSERT(SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1);
  RC_ASSERT(SSL_CTX_set_cipher_list(context, kCiphers) == 1);
  RC_ASSERT(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  // NO_QUERY_MTU: the MTU is set explicitly instead of being queried from a socket.
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);  // reads whole datagrams and takes the records from them
  SSL_CTX_set_max_cert_list(context, static_cast<long>(kMaxMessageBody));
  RC_ASSERT(SSL_CTX_set1_sigalgs_list(context, kSignatureAlgorithms) == 1);
  RC_ASSERT(SSL_CTX_set_max_send_fragment(context, kMaxSendFragment) == 1);

  std::string names;
  for (const auto profile : profiles) {
    if (!names.empty()) names += ':';
    names += OpensslName(profile);
  }
  RC_ASSERT(SSL_CTX_set_tlsext_use_srtp(context, names.c_str()) == 0);  // this function returns 0 on success
  InstallVerification(context);

  if (SSL_CTX_use_certificate(context, certificate.Handle()) != 1 ||
      SSL_CTX_use_PrivateKey(context, certificate.PrivateKey()) != 1) {
    return TypeError("the DTLS certificate cannot be used: " +
                     std::string(openssl::ReasonOf(ERR_peek_last_error())));
  }
  return Context(certificate, std::move(owned));
}

}  // namespace ringcast::dtls
