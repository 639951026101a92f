#include <cstring>
#include <utility>

#include "srtp/Headers.hpp"
#include "srtp/InboundSession.hpp"
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

class LibsrtpInbound final : public InboundSession {
 public:
  explicit LibsrtpInbound(LibrarySession&& opened) : library_(std::move(opened)) {}

  // The library does not check that header and trailer are present, so shorter packets are rejected first.
  Inbound::Outcome UnprotectRtp(MutableBytes packet) override {
    if (packet.size() < kRtpHeaderSize + RtpOverhead(library_.Suite())) return {0, Failure::kMalformed};
    int length = static_cast<int>(packet.size());
    const auto status = srtp_unprotect(library_.Handle(), packet.data(), &length);
    return Conclude(status, length, packet.data() + kRtpSsrcOffset);
  }
  Inbound::Outcome UnprotectRtcp(MutableBytes packet) override {
    if (packet.size() < kRtcpHeaderSize + RtcpOverhead(library_.Suite())) return {0, Failure::kMalformed};
    int length = static_cast<int>(packet.size());
    const auto status = srtp_unprotect_rtcp(library_.Handle(), packet.data(), &length);
    return Conclude(status, length, packet.data() + kRtcpSsrcOffset);
  }

 private:
  Inbound::Outcome Conclude(srtp_err_status_t status, int length, const std::uint8_t* ssrc) {
    if (status != srtp_err_status_ok) return {0, Judge(status)};
    std::uint32_t wireSsrc = 0;  // in network byte order, as the library requires
    std::memcpy(&wireSsrc, ssrc, sizeof(wireSsrc));
    if (const auto dropped = streams_.Touch(wireSsrc)) srtp_remove_stream(library_.Handle(), *dropped);
    return {static_cast<std::size_t>(length), std::nullopt};
  }

  LibrarySession library_;
  StreamTable streams_{kMaxInboundStreams};
};

}  // namespace

Result<std::unique_ptr<InboundSession>> MakeLibsrtpInbound(const MasterKey& key) {
  auto library = LibrarySession::Create(key, Direction::kInbound);
  if (!library) return library.Failure();
  return std::unique_ptr<InboundSession>(std::make_unique<LibsrtpInbound>(std::move(*library)));
}

}  // namespace ringcast::srtp
