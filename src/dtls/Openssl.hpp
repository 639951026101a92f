#pragma once

#include <memory>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace ringcast::dtls::openssl {

template <typename T, auto kFree>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
inline void FreeBio(BIO* bio) { BIO_free(bio); }

using Ssl = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;
using SslContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO, FreeBio>>;
using BioMethod = std::unique_ptr<BIO_METHOD, Freed<BIO_METHOD, BIO_meth_free>>;
using X509Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

// Clears OpenSSL's error queue before and after a call. The queue belongs to the thread, and SSL_get_error
// reads it, so that an error left by another association or module would be attributed to the next call. Use
// it around every call that may fail.
class CleanErrors {
 public:
  CleanErrors() { ERR_clear_error(); }
  ~CleanErrors() { ERR_clear_error(); }
  CleanErrors(const CleanErrors&) = delete;
  CleanErrors& operator=(const CleanErrors&) = delete;
};

// Returns OpenSSL's text for an error of its queue, or an empty string if there is none.
inline std::string_view ReasonOf(unsigned long error) {
  const char* const reason = ERR_reason_error_string(error);
  return reason == nullptr ? std::string_view() : std::string_view(reason);
}

}  // namespace ringcast::dtls::openssl
