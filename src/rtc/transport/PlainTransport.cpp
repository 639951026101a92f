#include "ringcast/rtc/transport/PlainTransport.hpp"

#include <array>
#include <utility>

#include "ringcast/net/Demux.hpp"
#include "rtc/transport/SocketOptionsOf.hpp"

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
    : DatagramTransport(context, router, id, options.base),
      rtcpMux_(options.rtcpMux),
      comedia_(options.comedia) {}

PlainTransport::~PlainTransport() { SayGoodbye(Instant()); }

Status PlainTransport::Open(const PlainTransportOptions& options) {
  rtp_.listen = options.listenInfo;
  if (auto status = OpenSocket(rtp_); !status) return status;
  if (!rtcpMux_) {
    rtcp_.emplace();
    rtcp_->listen = options.rtcpListenInfo ? *options.rtcpListenInfo : options.listenInfo;
    if (!options.rtcpListenInfo) rtcp_->listen.port = 0;
    if (auto status = OpenSocket(*rtcp_); !status) return status;
  }
  if (options.enableSrtp) {
    ownKey_ = srtp::MasterKey::Generate(options.srtpCryptoSuite.value_or(kDefaultSuite),
                                        context_.environment.random);
  }
  return OkStatus();
}

Status PlainTransport::OpenSocket(Endpoint& endpoint) {
  if (endpoint.listen.protocol != ListenInfo::Protocol::kUdp)
    return TypeError("a plain transport listens on UDP only");
  const auto options = SocketOptionsOf(endpoint.listen, context_.environment);
  if (!options) return options.Failure();
  auto socket = context_.environment.sockets.OpenUdp(*options, *this);
  if (!socket) return socket.Failure();
  endpoint.socket.emplace(std::move(*socket));
  return OkStatus();
}

// --- Receiving ---

void PlainTransport::OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) {
  const bool connected = Connected();
  for (auto& datagram : batch) OnDatagram(socket, datagram, now);
  if (Connected() != connected) Settle(now);
}

void PlainTransport::OnDatagram(net::SocketId socket, net::ReceivedDatagram& datagram, Instant now) {
  Traffic().received.Add(datagram.packet.Size(), now);
  Endpoint& endpoint = rtcp_ && rtcp_->socket->Id() == socket ? *rtcp_ : rtp_;
  switch (net::Classify(datagram.packet.Bytes())) {
    case net::Protocol::kRtp:
      return OnRtp(endpoint, datagram, now);
    case net::Protocol::kRtcp:
      return OnRtcp(endpoint, datagram, now);
    case net::Protocol::kStun:
    case net::Protocol::kDtls:
      return CountDrop(DropReason::kUnexpectedProtocol);
    case net::Protocol::kUnknown:
      return CountDrop(DropReason::kUnknownProtocol);
  }
}

bool PlainTransport::Admits(const Endpoint& endpoint, const net::Address& from) {
  if (ownKey_ && !HasSrtp()) {
    CountDrop(DropReason::kSrtpNotReady);
    return false;
  }
  if (!endpoint.remote) {
    if (!comedia_) {
      CountDrop(DropReason::kNotConnected);
      return false;
    }
    // RTCP on a port of its own comes from the host that RTP comes from.
    if (!rtp_.remote || rtp_.remote->SameHost(from)) return true;
    CountDrop(DropReason::kUnknownRemote);
    return false;
  }
  if (*endpoint.remote == from) return true;
  CountDrop(DropReason::kUnknownRemote);
  return false;
}

void PlainTransport::Learn(Endpoint& endpoint, const net::Address& from, Instant now) {
  if (endpoint.remote) return;
  endpoint.remote = from;
  auto& notifier = context_.notifier;
  if (&endpoint == &rtp_) {
    // A report may come first, and from anyone. RTP decides which host the remote is.
    if (rtcp_ && rtcp_->remote && !rtcp_->remote->SameHost(from)) rtcp_->remote.reset();
    notifier.PlainTransportTuple(Id(), Describe(endpoint));
    OnRemoteKnown(now);
  } else {
    notifier.PlainTransportRtcpTuple(Id(), Describe(endpoint));
  }
}

void PlainTransport::OnRemoteKnown(Instant now) {
  // The remote never changes, and the port is ours alone. A socket on every address keeps its choice of ways,
  // and one that sends to a group hears others than it sends to.
  if (!rtp_.socket->Local().IsUnspecified() && !rtp_.remote->IsMulticast())
    rtp_.socket->Connect(*rtp_.remote);
  Out().SetDestination(rtp_.socket->Id(), *rtp_.remote);
  SetConnected(true, now);
}

void PlainTransport::OnRtp(Endpoint& endpoint, net::ReceivedDatagram& datagram, Instant now) {
  if (&endpoint != &rtp_) return CountDrop(DropReason::kUnexpectedProtocol);
  if (!Admits(endpoint, datagram.from) || !Decrypt(datagram.packet, false)) return;
  if (!endpoint.remote) {
    // The first packet decides whom we talk to, so it must be one.
    if (!rtp::Packet::Parse(datagram.packet)) return CountDrop(DropReason::kMalformedRtp);
    Learn(endpoint, datagram.from, now);
  }
  Receiver().Receive(std::move(datagram.packet), now);
}

void PlainTransport::OnRtcp(Endpoint& endpoint, net::ReceivedDatagram& datagram, Instant now) {
  if (rtcp_ && &endpoint == &rtp_) return CountDrop(DropReason::kUnexpectedProtocol);
  if (!Admits(endpoint, datagram.from) || !Decrypt(datagram.packet, true)) return;
  if (!endpoint.remote) {
    rtcp::CompoundReader reader(datagram.packet.Bytes());
    if (!reader.Next()) return CountDrop(DropReason::kMalformedRtcp);
    Learn(endpoint, datagram.from, now);
  }
  Rtcp().Receive(datagram.packet.Bytes(), now);
}

// --- Sending ---

void PlainTransport::SendRtcp(ByteView compound, Instant now) {
  const Endpoint& endpoint = RtcpEndpoint();
  if (!endpoint.remote || (ownKey_ && !HasSrtp())) return;
  SendRtcpTo(compound, endpoint.socket->Id(), *endpoint.remote, now);
}

// --- Connecting ---

Result<net::Address> PlainTransport::RemoteOf(const PlainConnectOptions& options,
                                              std::optional<std::uint16_t> port, const Endpoint& endpoint,
                                              std::string_view portName) const {
  if (!options.ip) return TypeError("missing ip");
  if (!port || *port == 0) return TypeError("missing " + std::string(portName));
  const auto address = net::Address::Parse(*options.ip, *port);
  if (!address) return TypeError("\"" + *options.ip + "\" is not an IP address");
  const auto& local = endpoint.socket->Local();
  if (address->IsV6() != local.IsV6()) {
    return TypeError("\"" + *options.ip + "\" is not of the family of the local address " + local.Ip());
  }
  return *address;
}

Status PlainTransport::CheckSrtp(const PlainConnectOptions& options) const {
  if (!ownKey_ && options.srtpParameters)
    return TypeError("srtpParameters given, but the transport was created without enableSrtp");
  if (ownKey_ && !options.srtpParameters)
    return TypeError("missing srtpParameters: the transport was created with enableSrtp");
  return OkStatus();
}

Status PlainTransport::ConnectSrtp(const SrtpParameters& remote) {
  const auto remoteKey = srtp::MasterKey::FromBase64(remote.cryptoSuite, remote.keyBase64);
  if (!remoteKey) return remoteKey.Failure();
  // Both directions use one suite: where the remote chose another than ours, our key is made anew for it.
  auto ownKey = ownKey_->Suite() == remote.cryptoSuite
                    ? *ownKey_
                    : srtp::MasterKey::Generate(remote.cryptoSuite, context_.environment.random);
  if (auto status = StartSrtp(ownKey, *remoteKey); !status) return status;
  ownKey_ = std::move(ownKey);
  return OkStatus();
}

Result<PlainConnectResult> PlainTransport::Connect(const PlainConnectOptions& options, Instant now) {
  if (connectCalled_) return GenericError("connect() was already called on transport \"" + Id() + "\"");
  if (auto status = CheckSrtp(options); !status) return status.Failure();

  std::optional<net::Address> remote;
  std::optional<net::Address> remoteRtcp;
  if (!comedia_) {
    const auto rtpAddress = RemoteOf(options, options.port, rtp_, "port");
    if (!rtpAddress) return rtpAddress.Failure();
    remote = *rtpAddress;
    if (rtcpMux_ && options.rtcpPort)
      return TypeError("rtcpPort given, but the transport multiplexes RTCP with RTP");
    if (rtcp_) {
      const auto rtcpAddress = RemoteOf(options, options.rtcpPort, *rtcp_, "rtcpPort");
      if (!rtcpAddress) return rtcpAddress.Failure();
      remoteRtcp = *rtcpAddress;
    }
  }
  if (options.srtpParameters) {
    if (auto status = ConnectSrtp(*options.srtpParameters); !status) return status.Failure();
  }
  connectCalled_ = true;
  if (remote) rtp_.remote = remote;
  if (remoteRtcp) rtcp_->remote = remoteRtcp;
  if (rtp_.remote) {
    OnRemoteKnown(now);
    Settle(now);
  }

  PlainConnectResult result;
  if (rtp_.remote) result.tuple = Describe(rtp_);
  if (rtcp_ && rtcp_->remote) result.rtcpTuple = Describe(*rtcp_);
  result.srtpParameters = OwnSrtpParameters();
  return result;
}

// --- Descriptions ---

Tuple PlainTransport::Describe(const Endpoint& endpoint) const {
  const auto& listen = endpoint.listen;
  Tuple tuple;
  tuple.localAddress = listen.announcedAddress.empty() ? listen.ip : listen.announcedAddress;
  tuple.localPort = endpoint.socket->Local().Port();
  if (endpoint.remote) {
    tuple.remoteIp = endpoint.remote->Ip();
    tuple.remotePort = endpoint.remote->Port();
  }
  return tuple;
}

std::optional<SrtpParameters> PlainTransport::OwnSrtpParameters() const {
  if (!ownKey_) return std::nullopt;
  return SrtpParameters{ownKey_->Suite(), ownKey_->Base64()};
}

TransportDump PlainTransport::Dump() const {
  auto dump = Transport::Dump();
  dump.plain = TransportDump::Plain{.rtcpMux = rtcpMux_,
                                    .comedia = comedia_,
                                    .tuple = Describe(rtp_),
                                    .rtcpTuple = rtcp_ ? std::optional(Describe(*rtcp_)) : std::nullopt,
                                    .srtpParameters = OwnSrtpParameters()};
  return dump;
}

TransportStats PlainTransport::Stats(Instant now) {
  auto stats = Transport::Stats(now);
  stats.plain = TransportStats::Plain{.rtcpMux = rtcpMux_,
                                      .comedia = comedia_,
                                      .tuple = Describe(rtp_),
                                      .rtcpTuple = rtcp_ ? std::optional(Describe(*rtcp_)) : std::nullopt};
  return stats;
}

}  // namespace ringcast::rtc
