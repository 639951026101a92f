#include "ringcast/rtc/transport/PipeTransport.hpp"

#include <utility>

#include "ringcast/net/Demux.hpp"

namespace ringcast::rtc {

using net::DropReason;

Result<std::unique_ptr<PipeTransport>> PipeTransport::Create(WorkerContext& context, Router& router,
                                                             const std::string& id,
                                                             const PipeTransportOptions& options) {
  std::unique_ptr<PipeTransport> transport(new PipeTransport(context, router, id, options));
  if (auto status = transport->Open(options); !status) return status.Failure();
  return {std::move(transport)};
}

PipeTransport::PipeTransport(WorkerContext& context, Router& router, const std::string& id,
                             const PipeTransportOptions& options)
    : DatagramTransport(context, router, id, options.base, SctpLink::Carrier::kPipe),
      enableRtx_(options.enableRtx) {}

Status PipeTransport::Open(const PipeTransportOptions& options) {
  const auto& environment = context_.environment;
  if (auto status = endpoint_.Open(options.listenInfo, environment, *this); !status) return status;
  if (options.enableSrtp) srtp_ = PlainSrtp(kSuite, environment.random);
  return OkStatus();
}

// --- Receiving ---

void PipeTransport::OnDatagrams(net::SocketId /*socket*/, std::span<net::ReceivedDatagram> batch,
                                Instant now) {
  for (auto& datagram : batch) OnDatagram(datagram, now);
}

void PipeTransport::OnDatagram(net::ReceivedDatagram& datagram, Instant now) {
  Traffic().received.Add(datagram.packet.Size(), now);
  if (!endpoint_.Remote()) return CountDrop(DropReason::kNotConnected);
  if (datagram.from != *endpoint_.Remote()) return CountDrop(DropReason::kUnknownRemote);
  switch (net::Classify(datagram.packet.Bytes())) {
    case net::PacketProtocol::kRtp:
      if (Decrypt(datagram.packet, false)) Receiver().Receive(std::move(datagram.packet), now);
      return;
    case net::PacketProtocol::kRtcp:
      if (Decrypt(datagram.packet, true)) Rtcp().Receive(datagram.packet.Bytes(), now);
      return;
    case net::PacketProtocol::kStun:
    case net::PacketProtocol::kDtls:
      return CountDrop(DropReason::kUnexpectedProtocol);
    case net::PacketProtocol::kUnknown:
      return OnUnknown(datagram.packet.Bytes(), now);
  }
}

void PipeTransport::OnUnknown(ByteView packet, Instant now) {
  // The port numbers of SCTP are no first byte of the other protocols (RFC 7983).
  if (Sctp() == nullptr) return CountDrop(DropReason::kUnknownProtocol);
  Sctp()->Receive(packet, now);
  Settle(now);
}

// --- Sending ---

void PipeTransport::SendSctpPacket(ByteView packet, Instant now) {
  if (endpoint_.Remote()) SendDatagram(packet, endpoint_.Socket(), *endpoint_.Remote(), now);
}

void PipeTransport::SendRtcp(ByteView compound, Instant now) {
  if (Connected()) SendRtcpTo(compound, endpoint_.Socket(), *endpoint_.Remote(), now);
}

// --- Connecting ---

Result<Tuple> PipeTransport::Connect(const PipeConnectOptions& options, Instant now) {
  if (endpoint_.Remote()) return GenericError("connect() was already called on transport \"" + Id() + "\"");
  if (auto status = srtp_.Check(options.srtpParameters); !status) return status.Failure();
  const auto remote = endpoint_.ParseRemote(options.ip, options.port, "port");
  if (!remote) return remote.Failure();
  if (options.srtpParameters) {
    if (options.srtpParameters->cryptoSuite != kSuite)
      return TypeError("the suite of srtpParameters is not AEAD_AES_256_GCM");
    const auto keys = srtp_.Negotiate(*options.srtpParameters, context_.environment.random);
    if (!keys) return keys.Failure();
    if (auto status = StartSrtp(keys->own, keys->remote); !status) return status.Failure();
  }
  endpoint_.SetRemote(*remote);
  endpoint_.ConnectSocket();
  Out().SetDestination(endpoint_.Socket(), *remote);
  SetConnected(true, now);
  if (Sctp() != nullptr) Sctp()->Connect(now);
  Settle(now);
  return endpoint_.Describe();
}

// --- Descriptions ---

TransportDump PipeTransport::Dump() const {
  auto dump = DatagramTransport::Dump();
  dump.pipe = TransportDump::Pipe{
      .tuple = endpoint_.Describe(), .rtx = enableRtx_, .srtpParameters = srtp_.OwnParameters()};
  return dump;
}

TransportStats PipeTransport::Stats(Instant now) {
  auto stats = DatagramTransport::Stats(now);
  stats.pipeTuple = endpoint_.Describe();
  return stats;
}

}  // namespace ringcast::rtc
