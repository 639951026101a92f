#include "ringcast/rtc/transport/WebRtcServer.hpp"

#include <utility>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::rtc {

using net::DropReason;

namespace {

// A port that all calls of a server share must hold what comes while the worker is not on the CPU, strangers'
// included: else what they send pushes out the media of calls. The kernel doubles what it is asked for and
// counts 2,304 bytes for a datagram of 1,200: 1,820 of them, 36 ms of 50,000/s. By default it would hold 2
// ms.
constexpr std::uint32_t kReceiveBuffer = 2U << 20;

std::vector<ListenInfo> WithReceiveBuffers(std::vector<ListenInfo> listenInfos) {
  for (auto& listen : listenInfos) {
    if (listen.protocol == net::TransportProtocol::kUdp && listen.recvBufferSize == 0)
      listen.recvBufferSize = kReceiveBuffer;
  }
  return listenInfos;
}

}  // namespace

Result<std::unique_ptr<WebRtcServer>> WebRtcServer::Create(WorkerContext& context, const std::string& id,
                                                           const std::vector<ListenInfo>& listenInfos) {
  std::unique_ptr<WebRtcServer> server(new WebRtcServer(context, id));
  auto ports = IcePorts::Open(context, WithReceiveBuffers(listenInfos), *server);
  if (!ports) return ports.Failure();
  server->ports_ = std::move(*ports);
  return server;
}

WebRtcServer::WebRtcServer(WorkerContext& context, const std::string& id)
    : id_(id),
      context_(context),
      tuples_(0, TupleHash{SeededHash<net::Address>(context.environment.hashSeed)}),
      entry_(context.webRtcServers.Add(id_, *this)) {}

WebRtcServer::~WebRtcServer() {
  RC_ASSERT(transports_.empty() && ufrags_.empty() && tuples_.empty());
  context_.closedDrops.Add(drops_);
}

void WebRtcServer::AddTuple(const ice::Tuple& tuple, WebRtcTransport& transport) {
  tuples_[tuple] = &transport;
  lastTransport_ = nullptr;
}

void WebRtcServer::RemoveTuple(const ice::Tuple& tuple, const WebRtcTransport& transport) {
  const auto found = tuples_.find(tuple);
  if (found == tuples_.end() || found->second != &transport) return;
  tuples_.erase(found);
  lastTransport_ = nullptr;
}

WebRtcTransport* WebRtcServer::FindByUfrag(ByteView datagram) const {
  const auto parsed = stun::Message::Parse(datagram);
  const auto* message = std::get_if<stun::Message>(&parsed);
  if (message == nullptr || !message->Username()) return nullptr;
  const auto ufrag = ice::AskedUfrag(*message->Username());
  if (!ufrag) return nullptr;
  const auto found = ufrags_.find(*ufrag);
  return found == ufrags_.end() ? nullptr : found->second;
}

// Packets come in bursts from one place.
WebRtcTransport* WebRtcServer::FindByTuple(const ice::Tuple& tuple) {
  if (lastTransport_ != nullptr && lastTuple_ == tuple) return lastTransport_;
  const auto found = tuples_.find(tuple);
  if (found == tuples_.end()) return nullptr;
  lastTuple_ = tuple;
  lastTransport_ = found->second;
  return lastTransport_;
}

void WebRtcServer::OnDatagram(const ice::Tuple& from, net::PacketRef packet, Instant now) {
  WebRtcTransport* transport = nullptr;
  const bool stun = net::Classify(packet.Bytes()) == net::PacketProtocol::kStun;
  // A browser may come again from where it was before, for another transport, once it has ceased to use the
  // first.
  if (stun) transport = FindByUfrag(packet.Bytes());
  auto* const owner = transport == nullptr || stun ? FindByTuple(from) : nullptr;
  if (transport == nullptr) {
    transport = owner;
  } else if (owner != nullptr && owner != transport && owner->Holds(from, now)) {
    drops_.Count(DropReason::kTupleInUse);
    return;
  }
  if (transport == nullptr) {
    drops_.Count(stun ? DropReason::kUnknownUfrag : DropReason::kUnknownRemote);
    ports_->Close(from);  // over TCP ICE begins with a request for one of us, and nothing else follows
    return;
  }
  transport->OnDatagram(from, std::move(packet), now);
}

void WebRtcServer::OnConnectionClosed(const ice::Tuple& from, Instant now) {
  if (auto* transport = FindByTuple(from)) transport->OnConnectionClosed(from, now);
}

WebRtcServerDump WebRtcServer::Dump() const {
  WebRtcServerDump dump;
  dump.id = id_;
  for (const auto& address : ports_->Addresses()) {
    auto& list = address.protocol == net::TransportProtocol::kUdp ? dump.udpSockets : dump.tcpServers;
    list.emplace_back(address.ip, address.port);
  }
  for (const auto* transport : transports_) dump.webRtcTransportIds.push_back(transport->Id());
  for (const auto& [ufrag, transport] : ufrags_) dump.localUfrags.emplace_back(ufrag, transport->Id());
  return dump;
}

}  // namespace ringcast::rtc
