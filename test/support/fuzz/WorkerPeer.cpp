#include "support/fuzz/WorkerPeer.hpp"

#include <array>
#include <cstdio>
#include <span>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/SimPacket.hpp"

namespace ringcast::fuzz {
namespace {

using script::AddTransport;
using test::SimWorker;

net::Address AddressOf(std::uint16_t number, std::uint16_t port) {
  return *net::Address::Parse("198.51.100." + std::to_string(number % 250 + 1), port);
}

bool IsSecurePlain(std::uint8_t type) {
  return type == AddTransport::kSecurePlain || type == AddTransport::kSecureComedia;
}

bool IsComedia(std::uint8_t type) {
  return type == AddTransport::kComedia || type == AddTransport::kSecureComedia;
}

// Delivers no datagram if the pool is exhausted or the datagram exceeds a buffer.
void Deliver(SimWorker& sim, net::SocketId socket, const net::Address& from, ByteView bytes) {
  net::ReceivedDatagram received{sim.pool.Copy(bytes, sim.now), from};
  if (received.packet) sim.sockets.Deliver(socket, std::span(&received, 1), sim.now);
}

}  // namespace

ScriptPeer::ScriptPeer(SimWorker& sim, std::string transport, const AddTransport& command,
                       std::uint16_t number)
    : sim_(sim),
      transport_(std::move(transport)),
      type_(command.type % AddTransport::kTypes),
      options_(command.options),
      address_(AddressOf(number, 4000)),
      rtcpAddress_(AddressOf(number, 4001)) {
  const auto dump = sim_.Transport(transport_).Dump();
  if (dump.plain) {
    socket_ = sim_.sockets.Find(dump.plain->tuple.localPort);
    if (dump.plain->rtcpTuple) rtcpSocket_ = sim_.sockets.Find(dump.plain->rtcpTuple->localPort);
  } else if (dump.webRtc && !dump.webRtc->iceCandidates.empty()) {
    const bool tcp = (options_ & AddTransport::kTcp) != 0;
    webRtc_ = std::make_unique<test::SimPeer>(sim_, transport_, address_, tcp);
    if (!tcp) socket_ = webRtc_->Socket();
  }
}

void ScriptPeer::Connect(std::uint8_t flaw) {
  if (webRtc_) {
    ConnectWebRtc(flaw);
  } else {
    ConnectPlain(flaw);
  }
}

void ScriptPeer::ConnectPlain(std::uint8_t flaw) {
  rtc::PlainConnectOptions options;
  if (!IsComedia(type_)) {
    options.ip = address_.Ip();
    options.port = address_.Port();
    if (rtcpSocket_) options.rtcpPort = rtcpAddress_.Port();
  }
  const auto suite = static_cast<srtp::CryptoSuite>((options_ & AddTransport::kSuite) >> 2);
  const auto key = srtp::MasterKey::Generate(suite, sim_.random);
  if (IsSecurePlain(type_)) options.srtpParameters = rtc::SrtpParameters{suite, key.Base64()};
  switch (flaw % 8) {
    case 1:
      options.ip = "2001:db8::1";
      break;
    case 2:
      options.port = 0;
      break;
    case 3:
      options.srtpParameters.reset();
      break;
    case 4:
      options.srtpParameters = rtc::SrtpParameters{suite, "AAAA"};
      break;
    case 5:
      options.ip = "no address";
      break;
    case 6:
      options.rtcpPort = 7;
      break;
    case 7:
      options.ip = "239.0.0.1";
      break;
    default:
      break;
  }
  // A script may connect any peer, including one on a direct transport.
  auto* transport = rtc::OfKind<rtc::PlainTransport>(&sim_.Transport(transport_));
  if (transport == nullptr) return;
  const auto result = transport->Connect(options, sim_.now);
  if (!result || !options.srtpParameters) return;
  auto outbound = srtp::Outbound::Create(key);
  const auto theirs =
      srtp::MasterKey::FromBase64(result->srtpParameters->cryptoSuite, result->srtpParameters->keyBase64);
  auto inbound = srtp::Inbound::Create(*theirs);
  outbound_.emplace(std::move(*outbound));
  inbound_.emplace(std::move(*inbound));
}

void ScriptPeer::ConnectWebRtc(std::uint8_t flaw) {
  if (flaw % 4 != 1) webRtc_->Check(true);
  if (flaw % 4 == 2) return;
  if (!webRtc_->Connect(flaw % 2 == 0 ? dtls::Role::kClient : dtls::Role::kServer)) return;
  webRtc_->Advance(Duration::zero());
}

std::size_t ScriptPeer::SendRtp(std::vector<std::uint8_t> packet) {
  if (webRtc_) {
    if (!webRtc_->CanSend()) return 0;
    const auto size = packet.size();
    webRtc_->SendRtp(std::move(packet));
    return size;
  }
  if (outbound_) {
    const auto size = packet.size();
    packet.resize(size + srtp::kMaxOverhead);
    const auto protectedSize = outbound_->ProtectRtp(packet, size);
    if (!protectedSize) return 0;
    packet.resize(*protectedSize);
  }
  if (socket_) Deliver(sim_, *socket_, address_, packet);
  return packet.size();
}

std::size_t ScriptPeer::SendRtcp(std::vector<std::uint8_t> compound) {
  if (webRtc_) {
    if (!webRtc_->CanSend()) return 0;
    const auto size = compound.size();
    webRtc_->SendRtcp(std::move(compound));
    return size;
  }
  if (outbound_) {
    const auto size = compound.size();
    compound.resize(size + srtp::kMaxOverhead);
    const auto protectedSize = outbound_->ProtectRtcp(compound, size);
    if (!protectedSize) return 0;
    compound.resize(*protectedSize);
  }
  if (rtcpSocket_) {
    Deliver(sim_, *rtcpSocket_, rtcpAddress_, compound);
  } else if (socket_) {
    Deliver(sim_, *socket_, address_, compound);
  }
  return compound.size();
}

void ScriptPeer::SendRaw(const std::vector<std::uint8_t>& datagram, const net::Address& from, bool rtcpPort) {
  if (webRtc_ && !socket_) return webRtc_->SendRaw(datagram);  // over its connection
  const auto& socket = rtcpPort && rtcpSocket_ ? rtcpSocket_ : socket_;
  if (socket) Deliver(sim_, *socket, from, datagram);
}

void ScriptPeer::SendStun(const script::Stun& command, const net::Address& from) {
  const auto dump = sim_.Transport(transport_).Dump();
  if (!dump.webRtc) return;
  test::StunRequest request;
  request.username = dump.webRtc->iceParameters.usernameFragment + ":peer";
  request.password = dump.webRtc->iceParameters.password;
  request.useCandidate = (command.flags & 1) != 0;
  if ((command.flags & 2) != 0) request.nomination = command.flags >> 2;
  switch (command.flaw % 8) {
    case 1:
      request.password = "guessed";
      break;
    case 2:
      request.username = "nobody:peer";
      break;
    case 3:
      request.password.reset();
      break;
    case 4:
      request.iceControlling.reset();
      request.iceControlled = command.flags;
      break;
    case 5:
      request.messageClass = stun::MessageClass::kIndication;
      break;
    case 6:
      request.unknown = {0x1234};
      break;
    case 7:
      request.fingerprint = false;
      break;
    default:
      break;
  }
  SendRaw(request.Build(), from);
}

void ScriptPeer::NoteReceived(ByteView rtpHeader) {
  received_[LoadU32(&rtpHeader[8])] = LoadU16(&rtpHeader[2]);
}

bool ScriptPeer::Receive(const test::Datagram& datagram) {
  if (datagram.to != address_ && datagram.to != rtcpAddress_) return false;
  const bool own = datagram.socket == socket_ || datagram.socket == rtcpSocket_ ||
                   (webRtc_ && datagram.socket == webRtc_->Socket());
  if (!own) return false;
  const auto protocol = net::Classify(datagram.bytes);
  if (protocol == net::PacketProtocol::kRtp) {
    NoteReceived(datagram.bytes);
    CheckRtp(datagram.bytes);
  } else if (protocol == net::PacketProtocol::kRtcp) {
    CheckRtcp(datagram.bytes);
  } else if (webRtc_ == nullptr) {
    RC_ASSERT(protocol == net::PacketProtocol::kUnknown);  // SCTP, which this peer does not speak
  } else {
    webRtc_->Receive(datagram.bytes);
  }
  return true;
}

void ScriptPeer::CheckRtp(std::vector<std::uint8_t> bytes) {
  if (inbound_ || webRtc_) {
    indices_.OnSent(bytes);
    for (const auto& fault : indices_.Faults().Texts()) std::fprintf(stderr, "%s\n", fault.c_str());
    RC_ASSERT(indices_.Faults().Count() == 0);
  }
  if (webRtc_) return;  // with a forged source address, datagrams for another peer arrive here
  if (inbound_) {
    const auto outcome = inbound_->UnprotectRtp(bytes);
    if (outcome.failure == srtp::Failure::kReplay) return;
    RC_ASSERT(!outcome.failure);
    bytes.resize(outcome.size);
  }
  RC_ASSERT(test::RtpView::Parse(bytes).has_value());
}

void ScriptPeer::CheckRtcp(std::vector<std::uint8_t> bytes) {
  if (webRtc_) return;
  if (inbound_) {
    const auto outcome = inbound_->UnprotectRtcp(bytes);
    RC_ASSERT(!outcome.failure);
    bytes.resize(outcome.size);
  }
  rtcp::CompoundReader reader(bytes);
  while (reader.Next()) {
  }
  RC_ASSERT(!reader.Malformed());
}

void ScriptPeer::OnTime() {
  if (webRtc_) webRtc_->Advance(Duration::zero());
}

}  // namespace ringcast::fuzz
