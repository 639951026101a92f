#include "DtlsFiles.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <openssl/pem.h>
#include <openssl/x509.h>

namespace ringcast::worker {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }  // NOLINT(cert-err33-c): it was only read
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Closer>;

// An encrypted key must not make the worker ask for its passphrase on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

Result<std::shared_ptr<std::FILE>> Open(const std::string& path, const std::string& option) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return TypeError(option + " \"" + path + "\" cannot be read: " + std::strerror(errno));
  return std::shared_ptr<std::FILE>(file, Closer());
}

Error Holds(const std::string& option, const std::string& path, const char* what) {
  return TypeError(option + " \"" + path + "\" holds no " + what + " in PEM format");
}

}  // namespace

Status CheckDtlsFiles(const std::string& certificateFile, const std::string& privateKeyFile) {
  const auto certificateStream = Open(certificateFile, "dtlsCertificateFile");
  if (!certificateStream) return certificateStream.Failure();
  const auto keyStream = Open(privateKeyFile, "dtlsPrivateKeyFile");
  if (!keyStream) return keyStream.Failure();

  const Owned<X509> certificate(PEM_read_X509(certificateStream->get(), nullptr, NoPassphrase, nullptr));
  if (!certificate) return Holds("dtlsCertificateFile", certificateFile, "certificate");
  const Owned<EVP_PKEY> key(PEM_read_PrivateKey(keyStream->get(), nullptr, NoPassphrase, nullptr));
  if (!key) return Holds("dtlsPrivateKeyFile", privateKeyFile, "private key without a passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return TypeError("dtlsPrivateKeyFile \"" + privateKeyFile +
                     "\" is not the key of dtlsCertificateFile \"" + certificateFile + "\"");
  }
  return OkStatus();
}

}  // namespace ringcast::worker
