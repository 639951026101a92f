#include "ringcast/rtc/transport/WebRtcServer.hpp"

#include <utility>

#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::rtc {

using net::DropReason;

namespace {

// A port that all calls of a server share must hold the packets that arrive while the worker does not run,
// including those of attackers, which would otherwise displace media. The kernel doubles the requested size
// and counts 2,304 bytes for a datagram of 1,200: room for 1,820 datagrams, 36 ms at 50,000/s. The default
// would hold 2 ms.
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

WebRtcTransport* WebRtcServer::FindByUfrag(const stun::Message& request) const {
  if (!request.Username()) return nullptr;
  const auto ufrag = ice::AskedUfrag(*request.Username());
  if (!ufrag) return nullptr;
  const auto found = ufrags_.find(*ufrag);
  return found == ufrags_.end() ? nullptr : found->second;
}

// Packets arrive in bursts from one tuple.
WebRtcTransport* WebRtcServer::FindByTuple(const ice::Tuple& tuple) {
  if (lastTransport_ != nullptr && lastTuple_ == tuple) return lastTransport_;
  const auto found = tuples_.find(tuple);
  if (found == tuples_.end()) return nullptr;
  lastTuple_ = tuple;
  lastTransport_ = found->second;
  return lastTransport_;
}

void WebRtcServer::OnStun(const ice::Tuple& from, const IcePorts::Stun& stun, Instant now) {
  auto* const owner = FindByTuple(from);
  auto* const asked = stun.message != nullptr ? FindByUfrag(*stun.message) : nullptr;
  // A browser may use an address of an earlier transport for another one, once the first has fallen silent.
  if (asked != nullptr && owner != nullptr && owner != asked && owner->Holds(from, now))
    return drops_.Count(DropReason::kTupleInUse);
  if (auto* transport = asked != nullptr ? asked : owner) return transport->OnStun(from, stun, now);
  drops_.Count(DropReason::kUnknownUfrag);
  ports_->Close(from);
}

void WebRtcServer::OnPacket(const ice::Tuple& from, net::PacketProtocol protocol, net::PacketRef packet,
                            Instant now) {
  if (auto* transport = FindByTuple(from)) return transport->OnPacket(from, protocol, std::move(packet), now);
  drops_.Count(DropReason::kUnknownRemote);
  ports_->Close(from);  // over TCP, ICE begins with a request for one of our transports
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
