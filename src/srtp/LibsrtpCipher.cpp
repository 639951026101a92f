#include <cstring>
#include <utility>

#include "srtp/PacketCipher.hpp"

namespace ringcast::srtp {

namespace {

class LibsrtpCipher final : public PacketCipher {
 public:
  explicit LibsrtpCipher(Outbound outbound) : outbound_(std::move(outbound)) {}

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    for (const auto& job : jobs) {
      if (!job.payload.empty())
        std::memcpy(job.packet + job.headerSize, job.payload.data(), job.payload.size());
      const std::size_t size = job.headerSize + job.payload.size();
      if (!outbound_.ProtectRtp({job.packet, size + RtpOverhead(outbound_.Suite())}, size)) return false;
    }
    return true;
  }

 private:
  Outbound outbound_;
};

}  // namespace

bool HasLibsrtp() { return true; }

std::unique_ptr<PacketCipher> MakeLibsrtpCipher(const MasterKey& key) {
  auto outbound = Outbound::Create(key);
  if (!outbound) return nullptr;
  return std::make_unique<LibsrtpCipher>(std::move(*outbound));
}

}  // namespace ringcast::srtp
