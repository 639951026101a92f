#include "ringcast/srtp/RtpEncryptor.hpp"

#include <array>
#include <string>
#include <utility>

#include "srtp/PacketCipher.hpp"

namespace ringcast::srtp {

namespace {

constexpr std::array<std::string_view, 4> kEngineNames{"auto", "ipsec-mb", "openssl", "libsrtp2"};

std::unique_ptr<PacketCipher> Make(Engine engine, const MasterKey& key) {
  switch (engine) {
    case Engine::kAuto:
      return nullptr;
    case Engine::kIpsecMb:
      return MakeIpsecMbCipher(key.Suite(), SessionKeys(key));
    case Engine::kOpenssl:
      return MakeOpensslCipher(key.Suite(), SessionKeys(key));
    case Engine::kLibsrtp2:
      return MakeLibsrtpCipher(key);
  }
  return nullptr;
}

}  // namespace

std::string_view Name(Engine engine) { return kEngineNames[static_cast<std::size_t>(engine)]; }

std::optional<Engine> ParseEngine(std::string_view name) {
  for (const auto engine : kEngines) {
    if (Name(engine) == name) return engine;
  }
  return std::nullopt;
}

bool IsBuiltIn(Engine engine) {
  switch (engine) {
    case Engine::kAuto:
    case Engine::kOpenssl:
      return true;
    case Engine::kIpsecMb:
      return HasIpsecMb();
    case Engine::kLibsrtp2:
      return HasLibsrtp();
  }
  return false;
}

Result<RtpEncryptor> RtpEncryptor::Create(const MasterKey& key, Engine engine) {
  if (engine == Engine::kAuto) {
    auto fast = Create(key, Engine::kIpsecMb);
    return fast ? std::move(fast) : Create(key, Engine::kOpenssl);
  }
  auto cipher = Make(engine, key);
  if (cipher == nullptr) {
    return GenericError("this build or this processor has no SRTP by " + std::string(Name(engine)));
  }
  return RtpEncryptor(key.Suite(), engine, std::move(cipher));
}

RtpEncryptor::RtpEncryptor(CryptoSuite suite, Engine engine, std::unique_ptr<PacketCipher> cipher)
    : suite_(suite), engine_(engine), cipher_(std::move(cipher)) {}
RtpEncryptor::RtpEncryptor(RtpEncryptor&&) noexcept = default;
RtpEncryptor& RtpEncryptor::operator=(RtpEncryptor&&) noexcept = default;
RtpEncryptor::~RtpEncryptor() = default;

void RtpEncryptor::Prefetch() const {
  // Prefetches the round keys and the first of the hash keys. The others follow sequentially, so the hardware
  // prefetcher loads them. If an engine stores its keys elsewhere, this prefetch is useless but harmless.
  constexpr std::size_t kLines = 8;
  const auto* const keys = reinterpret_cast<const char*>(cipher_.get());
  for (std::size_t i = 0; i < kLines; ++i) __builtin_prefetch(keys + i * 64);
}

bool RtpEncryptor::Protect(std::span<const Job> jobs) { return cipher_->Protect(jobs); }

}  // namespace ringcast::srtp
