#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "DtlsFiles.hpp"

using ringcast::worker::CheckDtlsFiles;

namespace {

// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ringcast-dtls-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string File(const std::string& name) const { return (path_ / name).string(); }

  template <typename Write>
  std::string Make(const std::string& name, Write write) const {
    std::FILE* const file = std::fopen(File(name).c_str(), "w");
    REQUIRE(file != nullptr);
    write(file);
    std::fclose(file);
    return File(name);
  }

 private:
  std::filesystem::path path_;
};

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key MakeKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

std::string MakeCertificateFile(const Folder& folder, const std::string& name, EVP_PKEY* key) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  REQUIRE(X509_set_pubkey(certificate.get(), key) == 1);
  REQUIRE(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return folder.Make(name, [&](std::FILE* file) { PEM_write_X509(file, certificate.get()); });
}

std::string MakeKeyFile(const Folder& folder, const std::string& name, EVP_PKEY* key) {
  return folder.Make(name, [&](std::FILE* file) {
    PEM_write_PKCS8PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace

TEST_CASE("a certificate and its key are accepted", "[worker][dtls]") {
  const Folder folder;
  const auto key = MakeKey();
  CHECK(CheckDtlsFiles(MakeCertificateFile(folder, "cert.pem", key.get()),
                       MakeKeyFile(folder, "key.pem", key.get())));
}

TEST_CASE("a file that is missing, holds something else or belongs to another is refused by its name",
          "[worker][dtls]") {
  const Folder folder;
  const auto key = MakeKey();
  const auto otherKey = MakeKey();
  const auto certificateFile = MakeCertificateFile(folder, "cert.pem", key.get());
  const auto keyFile = MakeKeyFile(folder, "key.pem", key.get());
  const auto garbage =
      folder.Make("garbage.pem", [](std::FILE* file) { std::fputs("this is no certificate\n", file); });
  const auto empty = folder.Make("empty.pem", [](std::FILE*) {});
  const auto encrypted = folder.Make("encrypted.pem", [&key](std::FILE* file) {
    PEM_write_PKCS8PrivateKey(file, key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
  });
  struct Row {
    std::string certificate;
    std::string key;
    std::string says;
  };
  const Row rows[] = {
      {folder.File("nothing.pem"), keyFile, "nothing.pem\" cannot be read"},
      {certificateFile, folder.File("nothing.pem"), "nothing.pem\" cannot be read"},
      {garbage, keyFile, "garbage.pem\" holds no certificate"},
      {certificateFile, garbage, "garbage.pem\" holds no private key"},
      {empty, keyFile, "empty.pem\" holds no certificate"},
      {keyFile, keyFile, "key.pem\" holds no certificate"},
      {certificateFile, certificateFile, "cert.pem\" holds no private key"},
      {certificateFile, encrypted, "encrypted.pem\" holds no private key without a passphrase"},
      {certificateFile, MakeKeyFile(folder, "other.pem", otherKey.get()), "other.pem\" is not the key of"},
  };
  for (const auto& row : rows) {
    const auto status = CheckDtlsFiles(row.certificate, row.key);
    REQUIRE_FALSE(status);
    CHECK(status.Failure().kind == ringcast::ErrorKind::kTypeError);
    CHECK_THAT(status.Failure().reason, Catch::Contains(row.says));
  }
}
