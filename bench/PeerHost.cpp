#include "bench/PeerHost.hpp"

#include <algorithm>
#include <utility>

#include "bench/BrowserPeer.hpp"
#include "bench/LoadPlan.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::bench {
namespace {

constexpr const char* kServerId = "server";
constexpr const char* kRouterId = "room";

std::string IdOf(std::uint32_t number) { return "transport-" + std::to_string(number); }

}  // namespace

void PeerHost::CountingNotifier::DtlsState(std::string_view /*id*/, dtls::State state,
                                           std::string_view /*remoteCertificate*/) {
  if (state == dtls::State::kConnected) ++connected;
  if (state == dtls::State::kFailed) ++failed;
}

PeerHost::PeerHost(const Options& options, int control, OnMessage onMessage)
    : options_(options), control_(control), onMessage_(std::move(onMessage)), media_({}, notifier_) {}

Status PeerHost::Run() {
  if (auto status = MakeServer(); !status) return status;
  const auto watch = media_.Loop().WatchDescriptor(control_, UV_READABLE, [this](int) { OnControl(); });
  if (!watch) return watch.Failure();
  media_.Loop().Run();
  return status_;
}

Status PeerHost::MakeServer() {
  rtc::ListenInfo udp;
  udp.ip = "127.0.0.1";
  udp.recvBufferSize = options_.receiveBuffer;
  rtc::ListenInfo tcp = udp;
  tcp.protocol = net::TransportProtocol::kTcp;
  tcp.recvBufferSize = 0;
  if (auto status = media_.Worker().CreateWebRtcServer(kServerId, {udp, tcp}); !status) return status;
  const auto dump = media_.Worker().FindWebRtcServer(kServerId)->Dump();
  udpPort_ = dump.udpSockets.front().second;
  tcpPort_ = dump.tcpServers.front().second;
  return media_.Worker().CreateRouter(kRouterId);
}

void PeerHost::Reply(PeerMessage::Kind kind) const {
  PeerMessage message;
  message.kind = kind;
  SendMessage(control_, message);
}

rtc::Transport* PeerHost::Find(std::uint32_t number) { return media_.Worker().FindTransport(IdOf(number)); }

PeerMessage PeerHost::TicketOf(std::uint32_t number) {
  const auto dump = Find(number)->Dump();
  PeerMessage ticket;
  ticket.kind = PeerMessage::Kind::kTicket;
  ticket.number = number;
  ticket.tcp = options_.tcp;
  ticket.port = options_.tcp ? tcpPort_ : udpPort_;
  StoreText(ticket.ufrag, dump.webRtc->iceParameters.usernameFragment);
  StoreText(ticket.password, dump.webRtc->iceParameters.password);
  for (const auto& fingerprint : dump.webRtc->dtlsParameters.fingerprints) {
    if (fingerprint.Algorithm() != dtls::HashAlgorithm::kSha256) continue;
    std::copy(fingerprint.Digest().begin(), fingerprint.Digest().end(), ticket.fingerprint.begin());
  }
  return ticket;
}

void PeerHost::OnControl() {
  const auto message = ReceiveMessage(control_);
  status_ = message ? Handle(*message) : GenericError("the process with the browsers is gone");
  if (!status_) Stop();
}

Status PeerHost::Handle(const PeerMessage& message) {
  switch (message.kind) {
    case PeerMessage::Kind::kHello:
      browsers_ = FingerprintOf(message);
      return OkStatus();
    case PeerMessage::Kind::kOpen:
      return Open(message.number);
    case PeerMessage::Kind::kClose:
      return media_.Worker().FindRouter(kRouterId)->CloseTransport(IdOf(message.number),
                                                                   io::EventLoop::Now());
    default:
      onMessage_(message);
      return OkStatus();
  }
}

Status PeerHost::Open(std::uint32_t number) {
  rtc::WebRtcTransportOptions options;
  options.webRtcServerId = kServerId;
  const auto transport = media_.Worker().FindRouter(kRouterId)->CreateWebRtcTransport(IdOf(number), options);
  if (!transport) return transport.Failure();
  const auto connected =
      (*transport)
          ->Connect({.fingerprints = {*browsers_}, .role = dtls::Role::kClient}, io::EventLoop::Now());
  if (!connected) return connected.Failure();
  if (!SendMessage(control_, TicketOf(number))) return GenericError("the process with the browsers is gone");
  return OkStatus();
}

}  // namespace ringcast::bench
