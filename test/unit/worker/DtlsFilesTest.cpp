#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "DtlsFiles.hpp"

using ringcast::worker::LoadDtlsFiles;

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

TEST_CASE("DtlsFilesTest: loads the certificate that peers see", "[worker][dtls]") {
  const Folder folder;
  const auto key = MakeKey();
  const auto certificateFile = MakeCertificateFile(folder, "cert.pem", key.get());
  const auto context = LoadDtlsFiles(certificateFile, MakeKeyFile(folder, "key.pem", key.get()));
  REQUIRE(context);
  std::ifstream file(certificateFile);
  const std::string pem(std::istreambuf_iterator<char>(file), {});
  CHECK(context->Own().Pem() == pem);
}

TEST_CASE("DtlsFilesTest: rejects missing, wrong and mismatched files by name", "[worker][dtls]") {
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
  const auto weakKey = Key(EVP_RSA_gen(1024), EVP_PKEY_free);
  const auto endless = folder.Make("endless.pem", [](std::FILE* file) {
    for (int i = 0; i < 1100; ++i) std::fputs(std::string(1024, '\n').c_str(), file);
  });
  struct Row {
    std::string certificate;
    std::string key;
    std::string file;  // by these names the reason blames it
    std::string says;
  };
  const Row rows[] = {
      {folder.File("nothing.pem"), keyFile, "nothing.pem", "cannot be read: No such file"},
      {certificateFile, folder.File("nothing.pem"), "nothing.pem", "cannot be read: No such file"},
      {folder.File("."), keyFile, "dtlsCertificateFile", "cannot be read: Is a directory"},
      {endless, keyFile, "endless.pem", "longer than 1048576 bytes"},
      {garbage, keyFile, "garbage.pem", "is no certificate in PEM format"},
      {certificateFile, garbage, "garbage.pem", "is no private key"},
      {empty, keyFile, "empty.pem", "is no certificate"},
      {keyFile, keyFile, "key.pem", "is no certificate"},
      {certificateFile, certificateFile, "cert.pem", "is no private key"},
      {certificateFile, encrypted, "encrypted.pem", "is no private key without a passphrase"},
      {certificateFile, MakeKeyFile(folder, "other.pem", otherKey.get()), "other.pem", "is not the key of"},
      {MakeCertificateFile(folder, "weak.pem", weakKey.get()),
       MakeKeyFile(folder, "weakkey.pem", weakKey.get()), "weak.pem", "cannot be used"},
  };
  for (const auto& row : rows) {
    const auto context = LoadDtlsFiles(row.certificate, row.key);
    REQUIRE_FALSE(context);
    CHECK(context.Failure().kind == ringcast::ErrorKind::kTypeError);
    CHECK_THAT(context.Failure().reason, Catch::Contains(row.says));
    CHECK_THAT(context.Failure().reason, Catch::Contains(row.file));
  }
}
