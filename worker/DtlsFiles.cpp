#include "DtlsFiles.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace ringcast::worker {
namespace {

// A certificate chain has a few kilobytes. A longer file (/dev/zero, for example) is not one.
constexpr std::size_t kMaxFileSize = std::size_t{1024} * 1024;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }  // NOLINT(cert-err33-c): it was only read
};

std::string Named(const char* option, const std::string& path) {
  return std::string(option) + " \"" + path + "\"";
}

Result<std::string> ReadFile(const char* option, const std::string& path) {
  const auto unreadable = [&] {
    return TypeError(Named(option, path) + " cannot be read: " + std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return unreadable();
  std::string text;
  std::array<char, 4096> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), size);
    if (text.size() > kMaxFileSize)
      return TypeError(Named(option, path) + " is longer than " + std::to_string(kMaxFileSize) + " bytes");
  }
  if (std::ferror(file.get()) != 0) return unreadable();
  return text;
}

}  // namespace

Result<dtls::Context> LoadDtlsFiles(const std::string& certificateFile, const std::string& privateKeyFile) {
  const auto certificateText = ReadFile("dtlsCertificateFile", certificateFile);
  if (!certificateText) return certificateText.Failure();
  const auto keyText = ReadFile("dtlsPrivateKeyFile", privateKeyFile);
  if (!keyText) return keyText.Failure();

  const auto wrong = [&](const Error& error) {
    return TypeError(Named("dtlsCertificateFile", certificateFile) + " with " +
                     Named("dtlsPrivateKeyFile", privateKeyFile) + ": " + error.reason);
  };
  const auto certificate = dtls::Certificate::FromPem(*certificateText, *keyText);
  if (!certificate) return wrong(certificate.Failure());
  auto context = dtls::Context::Create(*certificate);
  if (!context) return wrong(context.Failure());
  return context;
}

}  // namespace ringcast::worker
