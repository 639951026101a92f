#include <optional>
#include <utility>

#include "ringcast/srtp/RtcpEncryptor.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"
#include "srtp/Headers.hpp"

namespace ringcast::srtp {

// For a build without libsrtp2: the worker's encryptors, called packet by packet and in place.
struct Outbound::Session {
  Session(const MasterKey& key, RtpEncryptor&& encryptor) : rtp(std::move(encryptor)), rtcp(key) {}

  // Returns the index of the packet, or nullopt if it is too old. A used index belongs to a retransmission of
  // the identical packet.
  [[nodiscard]] std::optional<PacketIndex> ClaimOrRepeat(std::uint32_t ssrc, std::uint16_t sequenceNumber) {
    const auto next = rtp.NextIndex(ssrc);
    const auto index = GuessIndex(next ? *next - 1 : -1, sequenceNumber);
    if (const auto claimed = rtp.Claim(ssrc, index)) return claimed;
    return rtp.ClaimRepeat(ssrc, index);
  }

  RtpEncryptor rtp;
  RtcpEncryptor rtcp;
};

Result<Outbound> Outbound::Create(const MasterKey& key) {
  auto encryptor = RtpEncryptor::Create(key, Engine::kOpenssl);
  if (!encryptor) return encryptor.Failure();
  return Outbound(std::make_unique<Session>(key, std::move(*encryptor)));
}

Outbound::Outbound(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Outbound::Outbound(Outbound&&) noexcept = default;
Outbound& Outbound::operator=(Outbound&&) noexcept = default;
Outbound::~Outbound() = default;

CryptoSuite Outbound::Suite() const { return session_->rtp.Suite(); }

std::optional<std::size_t> Outbound::ProtectRtp(MutableBytes buffer, std::size_t size) {
  if (!HasRoom(buffer, size, kRtpHeaderSize, RtpOverhead(Suite()))) return std::nullopt;
  const auto packet = buffer.first(size);
  const auto headerSize = RtpHeaderSize(packet);
  if (!headerSize) return std::nullopt;
  const auto index =
      session_->ClaimOrRepeat(LoadU32(&packet[kRtpSsrcOffset]), LoadU16(&packet[kRtpSequenceNumberOffset]));
  if (!index) return std::nullopt;
  const RtpEncryptor::Job job{.packet = buffer.data(),
                              .headerSize = *headerSize,
                              .payload = packet.subspan(*headerSize),
                              .index = *index};
  if (!session_->rtp.Protect({&job, 1})) return std::nullopt;
  return size + RtpOverhead(Suite());
}

std::optional<std::size_t> Outbound::ProtectRtcp(MutableBytes buffer, std::size_t size) {
  return session_->rtcp.Protect(buffer, size);
}

}  // namespace ringcast::srtp
