#include <cstring>

#include "ringcast/srtp/Srtp.hpp"
#include "srtp/Session.hpp"
#include "srtp/StreamTable.hpp"

namespace ringcast::srtp {

namespace {

Failure Judge(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
      return Failure::kReplay;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
      return Failure::kAuthentication;
    default:
      return Failure::kMalformed;
  }
}

}  // namespace

struct Inbound::Session {
  explicit Session(LibrarySession&& opened) : library(std::move(opened)) {}

  Outcome Conclude(srtp_err_status_t status, int length, const std::uint8_t* ssrc) {
    if (status != srtp_err_status_ok) return {0, Judge(status)};
    std::uint32_t wireSsrc = 0;  // in network byte order, as the library wants it
    std::memcpy(&wireSsrc, ssrc, sizeof(wireSsrc));
    if (const auto dropped = streams.Touch(wireSsrc)) srtp_remove_stream(library.Handle(), *dropped);
    return {static_cast<std::size_t>(length), std::nullopt};
  }

  LibrarySession library;
  StreamTable streams{kMaxInboundStreams};
};

Result<Inbound> Inbound::Create(const MasterKey& key) {
  auto library = LibrarySession::Create(key, Direction::kInbound);
  if (!library) return library.Failure();
  return Inbound(std::make_unique<Session>(std::move(*library)));
}

Inbound::Inbound(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Inbound::Inbound(Inbound&&) noexcept = default;
Inbound& Inbound::operator=(Inbound&&) noexcept = default;
Inbound::~Inbound() = default;

// The library trusts that header and trailer are there, so it is not asked about less.
Inbound::Outcome Inbound::UnprotectRtp(MutableBytes packet) {
  if (packet.size() < kRtpHeaderSize + RtpOverhead(session_->library.Suite()))
    return {0, Failure::kMalformed};
  int length = static_cast<int>(packet.size());
  const auto status = srtp_unprotect(session_->library.Handle(), packet.data(), &length);
  return session_->Conclude(status, length, packet.data() + kRtpSsrcOffset);
}

Inbound::Outcome Inbound::UnprotectRtcp(MutableBytes packet) {
  if (packet.size() < kRtcpHeaderSize + RtcpOverhead(session_->library.Suite()))
    return {0, Failure::kMalformed};
  int length = static_cast<int>(packet.size());
  const auto status = srtp_unprotect_rtcp(session_->library.Handle(), packet.data(), &length);
  return session_->Conclude(status, length, packet.data() + kRtcpSsrcOffset);
}

}  // namespace ringcast::srtp
