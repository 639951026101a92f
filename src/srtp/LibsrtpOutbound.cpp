#include "ringcast/srtp/Srtp.hpp"
#include "srtp/Headers.hpp"
#include "srtp/Session.hpp"

namespace ringcast::srtp {

namespace {

using Protector = srtp_err_status_t (*)(srtp_t, void*, int*);

std::optional<std::size_t> Protect(Protector protector, srtp_t session, MutableBytes buffer,
                                   std::size_t size) {
  int length = static_cast<int>(size);
  if (protector(session, buffer.data(), &length) != srtp_err_status_ok) return std::nullopt;
  return static_cast<std::size_t>(length);
}

}  // namespace

struct Outbound::Session {
  explicit Session(LibrarySession&& opened) : library(std::move(opened)) {}

  LibrarySession library;
};

Result<Outbound> Outbound::Create(const MasterKey& key) {
  auto library = LibrarySession::Create(key, Direction::kOutbound);
  if (!library) return library.Failure();
  return Outbound(std::make_unique<Session>(std::move(*library)));
}

Outbound::Outbound(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Outbound::Outbound(Outbound&&) noexcept = default;
Outbound& Outbound::operator=(Outbound&&) noexcept = default;
Outbound::~Outbound() = default;

CryptoSuite Outbound::Suite() const { return session_->library.Suite(); }

std::optional<std::size_t> Outbound::ProtectRtp(MutableBytes buffer, std::size_t size) {
  if (!HasRoom(buffer, size, kRtpHeaderSize, RtpOverhead(Suite()))) return std::nullopt;
  return Protect(srtp_protect, session_->library.Handle(), buffer, size);
}

std::optional<std::size_t> Outbound::ProtectRtcp(MutableBytes buffer, std::size_t size) {
  if (!HasRoom(buffer, size, kRtcpHeaderSize, RtcpOverhead(Suite()))) return std::nullopt;
  return Protect(srtp_protect_rtcp, session_->library.Handle(), buffer, size);
}

}  // namespace ringcast::srtp
