#include "ringcast/srtp/Srtp.hpp"
#include "srtp/Session.hpp"

namespace ringcast::srtp {

namespace {

bool Fits(ByteView buffer, std::size_t size, std::size_t headerSize, std::size_t overhead) {
  return size >= headerSize && size <= buffer.size() && buffer.size() - size >= overhead;
}

std::optional<std::size_t> Size(srtp_err_status_t status, int length) {
  if (status != srtp_err_status_ok) return std::nullopt;
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
  if (!Fits(buffer, size, kRtpHeaderSize, RtpOverhead(Suite()))) return std::nullopt;
  int length = static_cast<int>(size);
  return Size(srtp_protect(session_->library.Handle(), buffer.data(), &length), length);
}

std::optional<std::size_t> Outbound::ProtectRtcp(MutableBytes buffer, std::size_t size) {
  if (!Fits(buffer, size, kRtcpHeaderSize, RtcpOverhead(Suite()))) return std::nullopt;
  int length = static_cast<int>(size);
  return Size(srtp_protect_rtcp(session_->library.Handle(), buffer.data(), &length), length);
}

}  // namespace ringcast::srtp
