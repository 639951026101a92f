#include "ringcast/rtc/transport/PlainTransport.hpp"

#include <utility>

#include "ringcast/net/Demux.hpp"

namespace ringcast::rtc {

using net::DropReason;

namespace {

constexpr srtp::CryptoSuite kDefaultSuite =
    srtp::CryptoSuite::kAesCm128HmacSha1_80;  // mandatory in RFC 5764 and RFC 4568

}  // namespace

Result<std::unique_ptr<PlainTransport>> PlainTransport::Create(WorkerContext& context, Router& router,
                                                               const std::string& id,
                                                               const PlainTransportOptions& options) {
  std::unique_ptr<PlainTransport> transport(new PlainTransport(context, router, id, options));
  if (auto status = transport->Open(options); !status) return status.Failure();
  return {std::move(transport)};
}

PlainTransport::PlainTransport(WorkerContext& context, Router& router, const std::string& id,
                               const PlainTransportOptions& options)
    : DatagramTransport(context, router, id, options.base, SctpLink::Carrier::kUdp),
      rtcpMux_(options.rtcpMux),
      comedia_(options.comedia) {}

Status PlainTransport::Open(const PlainTransportOptions& options) {
  const auto& environment = context_.environment;
  if (auto status = rtp_.Open(options.listenInfo, environment, *this); !status) return status;
  if (!rtcpMux_) {
    auto listen = options.rtcpListenInfo.value_or(options.listenInfo);
    if (!options.rtcpListenInfo) listen.port = 0;
    if (auto status = rtcp_.emplace().Open(listen, environment, *this); !status) return status;
  }
  if (options.enableSrtp)
    srtp_ = PlainSrtp(options.srtpCryptoSuite.value_or(kDefaultSuite), environment.random);
  return OkStatus();
}

// --- Receiving ---

void PlainTransport::OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) {
  auto& endpoint = rtcp_ && rtcp_->Socket() == socket ? *rtcp_ : rtp_;
  const bool connected = Connected();
  for (auto& datagram : batch) OnDatagram(endpoint, datagram, now);
  if (Connected() != connected) Settle(now);
}

void PlainTransport::OnDatagram(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now) {
  Traffic().received.Add(datagram.packet.Size(), now);
  switch (net::Classify(datagram.packet.Bytes())) {
    case net::PacketProtocol::kRtp:
      return OnRtp(endpoint, datagram, now);
    case net::PacketProtocol::kRtcp:
      return OnRtcp(endpoint, datagram, now);
    case net::PacketProtocol::kStun:
    case net::PacketProtocol::kDtls:
      return CountDrop(DropReason::kUnexpectedProtocol);
    case net::PacketProtocol::kUnknown:
      return OnUnknown(endpoint, datagram, now);
  }
}

std::optional<DropReason> PlainTransport::Refuse(const UdpEndpoint& endpoint,
                                                 const net::Address& from) const {
  if (srtp_.Enabled() && !HasSrtp()) return DropReason::kSrtpNotReady;
  if (endpoint.Remote())
    return *endpoint.Remote() == from ? std::nullopt : std::optional(DropReason::kUnknownRemote);
  if (!comedia_) return DropReason::kNotConnected;
  // RTCP on a port of its own comes from the host that RTP comes from.
  if (rtp_.Remote() && !rtp_.Remote()->SameHost(from)) return DropReason::kUnknownRemote;
  return std::nullopt;
}

void PlainTransport::LearnRemote(UdpEndpoint& endpoint, const net::Address& from, Instant now) {
  endpoint.SetRemote(from);
  auto& notifier = context_.notifier;
  if (&endpoint == &rtp_) {
    // A report may arrive first, and from any host. RTP decides which host the remote is.
    if (rtcp_ && rtcp_->Remote() && !rtcp_->Remote()->SameHost(from)) rtcp_->ClearRemote();
    notifier.PlainTransportTuple(Id(), endpoint.Describe());
    OnRemoteKnown(now);
  } else {
    notifier.PlainTransportRtcpTuple(Id(), endpoint.Describe());
  }
}

void PlainTransport::OnRemoteKnown(Instant now) {
  rtp_.ConnectSocket();
  Out().SetDestination(rtp_.Socket(), *rtp_.Remote());
  SetConnected(true, now);
}

void PlainTransport::OnRtp(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now) {
  if (&endpoint != &rtp_) return CountDrop(DropReason::kUnexpectedProtocol);
  if (const auto reason = Refuse(endpoint, datagram.from)) return CountDrop(*reason);
  if (!Decrypt(datagram.packet, false)) return;
  if (!endpoint.Remote()) {
    // The first packet decides who the remote is, so it must be valid.
    if (!rtp::Packet::Parse(datagram.packet)) return CountDrop(DropReason::kMalformedRtp);
    LearnRemote(endpoint, datagram.from, now);
  }
  Receiver().Receive(std::move(datagram.packet), now);
}

void PlainTransport::OnRtcp(UdpEndpoint& endpoint, net::ReceivedDatagram& datagram, Instant now) {
  if (rtcp_ && &endpoint == &rtp_) return CountDrop(DropReason::kUnexpectedProtocol);
  if (const auto reason = Refuse(endpoint, datagram.from)) return CountDrop(*reason);
  if (!Decrypt(datagram.packet, true)) return;
  if (!endpoint.Remote()) {
    rtcp::CompoundReader reader(datagram.packet.Bytes());
    if (!reader.Next()) return CountDrop(DropReason::kMalformedRtcp);
    LearnRemote(endpoint, datagram.from, now);
  }
  Rtcp().Receive(datagram.packet.Bytes(), now);
}

void PlainTransport::OnUnknown(UdpEndpoint& endpoint, const net::ReceivedDatagram& datagram, Instant now) {
  // The port numbers of SCTP are no first byte of the other protocols (RFC 7983).
  if (Sctp() == nullptr || &endpoint != &rtp_) return CountDrop(DropReason::kUnknownProtocol);
  if (const auto reason = Refuse(endpoint, datagram.from)) return CountDrop(*reason);
  if (!endpoint.Remote()) {
    // SCTP is not authenticated: with SRTP it cannot decide who the remote is.
    if (srtp_.Enabled()) return CountDrop(DropReason::kNotConnected);
    if (!sctp::PacketReader::Parse(datagram.packet.Bytes(), false))
      return CountDrop(DropReason::kRefusedSctp);
    LearnRemote(endpoint, datagram.from, now);
  }
  Sctp()->Receive(datagram.packet.Bytes(), now);
  Settle(now);
}

// --- Sending ---

void PlainTransport::SendSctpPacket(ByteView packet, Instant now) {
  if (rtp_.Remote()) SendDatagram(packet, rtp_.Socket(), *rtp_.Remote(), now);
}

void PlainTransport::SendRtcp(ByteView compound, Instant now) {
  const auto& endpoint = rtcp_ ? *rtcp_ : rtp_;
  if (!endpoint.Remote() || (srtp_.Enabled() && !HasSrtp())) return;
  SendRtcpTo(compound, endpoint.Socket(), *endpoint.Remote(), now);
}

// --- Connecting ---

Status PlainTransport::StartSrtp(const SrtpParameters& remote) {
  const auto keys = srtp_.Negotiate(remote, context_.environment.random);
  if (!keys) return keys.Failure();
  if (auto status = DatagramTransport::StartSrtp(keys->own, keys->remote); !status) return status;
  srtp_.SetOwnKey(keys->own);
  return OkStatus();
}

Result<PlainConnectResult> PlainTransport::Connect(const PlainConnectOptions& options, Instant now) {
  if (connectCalled_) return GenericError("connect() was already called on transport \"" + Id() + "\"");
  if (auto status = srtp_.Check(options.srtpParameters); !status) return status.Failure();

  std::optional<net::Address> remote;
  std::optional<net::Address> remoteRtcp;
  if (!comedia_) {
    const auto rtpAddress = rtp_.ParseRemote(options.ip, options.port, "port");
    if (!rtpAddress) return rtpAddress.Failure();
    remote = *rtpAddress;
    if (rtcpMux_ && options.rtcpPort)
      return TypeError("rtcpPort given, but the transport multiplexes RTCP with RTP");
    if (rtcp_) {
      const auto rtcpAddress = rtcp_->ParseRemote(options.ip, options.rtcpPort, "rtcpPort");
      if (!rtcpAddress) return rtcpAddress.Failure();
      remoteRtcp = *rtcpAddress;
    }
  }
  if (options.srtpParameters) {
    if (auto status = StartSrtp(*options.srtpParameters); !status) return status.Failure();
  }
  connectCalled_ = true;
  if (remote) rtp_.SetRemote(*remote);
  if (remoteRtcp) rtcp_->SetRemote(*remoteRtcp);
  if (rtp_.Remote()) {
    OnRemoteKnown(now);
    // With comedia the remote begins.
    if (Sctp() != nullptr) Sctp()->Connect(now);
    Settle(now);
  }

  PlainConnectResult result;
  if (rtp_.Remote()) result.tuple = rtp_.Describe();
  if (rtcp_ && rtcp_->Remote()) result.rtcpTuple = rtcp_->Describe();
  result.srtpParameters = srtp_.OwnParameters();
  return result;
}

// --- Descriptions ---

std::optional<Tuple> PlainTransport::RtcpTuple() const {
  return rtcp_ ? std::optional(rtcp_->Describe()) : std::nullopt;
}

TransportDump PlainTransport::Dump() const {
  auto dump = DatagramTransport::Dump();
  dump.plain = TransportDump::Plain{.rtcpMux = rtcpMux_,
                                    .comedia = comedia_,
                                    .tuple = rtp_.Describe(),
                                    .rtcpTuple = RtcpTuple(),
                                    .srtpParameters = srtp_.OwnParameters()};
  return dump;
}

TransportStats PlainTransport::Stats(Instant now) {
  auto stats = DatagramTransport::Stats(now);
  stats.plain = TransportStats::Plain{
      .rtcpMux = rtcpMux_, .comedia = comedia_, .tuple = rtp_.Describe(), .rtcpTuple = RtcpTuple()};
  return stats;
}

}  // namespace ringcast::rtc
