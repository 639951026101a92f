#include "ringcast/rtc/transport/WebRtcServer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/net/Demux.hpp"
#include "ringcast/net/StreamFraming.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"
#include "support/SimWorker.hpp"
#include "support/StunSamples.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t kPort = 4443;
constexpr std::size_t kTransports = 4;
constexpr std::size_t kConnections = 8;
constexpr std::size_t kAddresses = 12;  // more than ICE validates for one transport
constexpr std::size_t kMaxRestarts = 64;

net::Address AddressOf(std::size_t index) {
  return *net::Address::Parse("192.0.2.1", static_cast<std::uint16_t>(5000 + index));
}

// A TCP connection of a peer, with the framing of io::TcpSockets but without the socket.
struct Connection {
  Connection(net::PacketPool& pool, net::SocketId socket, const net::Address& address)
      : id(socket), from(address), reader(pool) {}
  net::SocketId id;
  net::Address from;
  net::StreamFrameReader reader;
};

// Several transports on one server with a UDP socket and a TCP listener, and peers with any behavior.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {
    sim_.AddRouter("room");
    rtc::ListenInfo udp;
    udp.ip = "127.0.0.1";
    udp.port = kPort;
    auto tcp = udp;
    tcp.protocol = net::TransportProtocol::kTcp;
    RC_ASSERT(sim_.worker.CreateWebRtcServer("server", {udp, tcp}).Ok());
    udp_ = *sim_.sockets.Find(kPort);
    tcp_ = *sim_.sockets.FindTcp(kPort);
  }

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      Do(command % 9, command / 9);
      DropClosedConnections();
      CheckBounds();
    }
    CloseEverything();
  }

 private:
  void Do(std::uint8_t action, std::size_t argument) {
    switch (action) {
      case 0:
        return ToggleTransport(argument % kTransports);
      case 1:
        return Restart(argument % kTransports);
      case 2:
        return Connect(argument);
      case 3:
        return Disconnect(argument);
      case 4:
        sim_.Advance(Milliseconds(commands_.U16()));
        return;
      case 5:
        return EndTurn();
      case 6:
        return OverTcp(argument, Framed(Stun()));
      case 7:
        return OverUdp(argument % kAddresses, Stun());
      default:
        return Raw(argument);
    }
  }

  // --- Transports ---

  [[nodiscard]] static std::string IdOf(std::size_t index) { return "t" + std::to_string(index); }
  [[nodiscard]] bool Exists(std::size_t index) const {
    return sim_.worker.FindTransport(IdOf(index)) != nullptr;
  }
  void ToggleTransport(std::size_t index) {
    auto& router = *sim_.worker.FindRouter("room");
    if (Exists(index)) {
      RC_ASSERT(router.CloseTransport(IdOf(index), sim_.now).Ok());
      return;
    }
    rtc::WebRtcTransportOptions options;
    options.webRtcServerId = "server";
    RC_ASSERT(router.CreateWebRtcTransport(IdOf(index), options).Ok());
    Remember(index);
  }
  void Restart(std::size_t index) {
    if (!Exists(index) || restarts_++ > kMaxRestarts) return;
    RC_ASSERT(sim_.WebRtc(IdOf(index)).RestartIce(sim_.now).Ok());
    Remember(index);
  }
  void Remember(std::size_t index) {
    credentials_.push_back(sim_.Transport(IdOf(index)).Dump().webRtc->iceParameters);
  }

  // --- Messages of peers ---

  // Returns a request with current or former credentials of a transport, or one with a flaw.
  Bytes Stun() {
    const std::uint8_t which = commands_.U8();
    const std::uint8_t how = commands_.U8();
    ringcast::test::StunRequest request;
    request.username = "nobody:peer";
    request.password = "guessed";
    if (!credentials_.empty()) {
      const auto& credentials = credentials_[credentials_.size() - 1 - which % credentials_.size()];
      request.username = credentials.usernameFragment + ":peer";
      request.password = credentials.password;
    }
    request.useCandidate = (how & 1) != 0;
    switch (how >> 1) {
      case 1:
        request.password = "guessed";
        break;
      case 2:
        request.username = "nobody:peer";
        break;
      case 3:
        request.messageClass = stun::MessageClass::kIndication;
        break;
      case 4:
        request.fingerprint = false;
        break;
      case 5:
        request.iceControlled = how;
        break;
      case 6:
        request.username.reset();
        break;
      default:
        break;
    }
    auto bytes = request.Build();
    if (how >= 128) bytes[which % bytes.size()] ^= how;
    return bytes;
  }
  static Bytes Framed(const Bytes& packet) {
    Bytes bytes(net::kStreamPrefix);
    StoreU16(bytes.data(), static_cast<std::uint16_t>(packet.size()));
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    return bytes;
  }
  void Raw(std::size_t argument) {
    const auto view = commands_.Bytes(std::min<std::size_t>(commands_.U8(), commands_.Remaining()));
    const Bytes bytes(view.begin(), view.end());
    if (argument % 2 == 0) return OverUdp(argument / 2 % kAddresses, bytes);
    return OverTcp(argument / 2, bytes);
  }

  void OverUdp(std::size_t index, const Bytes& bytes) {
    if (bytes.empty()) return;
    receivedFrom_[AddressOf(index).Port()] += bytes.size();
    Deliver(udp_, AddressOf(index), sim_.pool.Copy(bytes, sim_.now));
  }
  void Deliver(net::SocketId socket, const net::Address& from, net::PacketRef packet) {
    net::ReceivedDatagram datagram{std::move(packet), from};
    sim_.sockets.Deliver(socket, std::span(&datagram, 1), sim_.now);
  }

  // The bytes reach the worker in pieces of the size in the input.
  void OverTcp(std::size_t argument, const Bytes& bytes) {
    if (connections_.empty()) return;
    const auto id = connections_[argument % connections_.size()]->id;
    const std::size_t piece = 1 + commands_.U8() % 64;
    for (std::size_t first = 0; first < bytes.size(); first += piece) {
      auto* const connection = FindOpen(id);
      if (connection == nullptr) return;  // closed by the worker, with its incomplete packet
      const auto size = std::min(piece, bytes.size() - first);
      const Bytes alone(bytes.begin() + static_cast<std::ptrdiff_t>(first),
                        bytes.begin() + static_cast<std::ptrdiff_t>(first + size));
      connection->reader.Feed(alone);
      while (sim_.sockets.IsOpen(id)) {
        auto packet = connection->reader.Next();
        if (!packet) break;
        Deliver(id, connection->from, std::move(packet));
      }
      if (sim_.sockets.IsOpen(id) && connection->reader.Failed()) {
        sim_.sockets.Disconnect(id, connection->from, sim_.now);
        return;
      }
    }
  }
  void Connect(std::size_t argument) {
    if (connections_.size() == kConnections) return;
    connections_.push_back(std::make_unique<Connection>(sim_.pool, sim_.sockets.ConnectTo(tcp_),
                                                        AddressOf(argument % kAddresses)));
  }
  void Disconnect(std::size_t argument) {
    if (connections_.empty()) return;
    const auto& connection = *connections_[argument % connections_.size()];
    sim_.sockets.Disconnect(connection.id, connection.from, sim_.now);
  }
  [[nodiscard]] Connection* FindOpen(net::SocketId id) const {
    if (!sim_.sockets.IsOpen(id)) return nullptr;
    const auto found = std::find_if(connections_.begin(), connections_.end(),
                                    [id](const auto& connection) { return connection->id == id; });
    return found->get();
  }
  void DropClosedConnections() {
    std::erase_if(connections_,
                  [this](const auto& connection) { return !sim_.sockets.IsOpen(connection->id); });
  }

  // --- Invariants ---

  void EndTurn() {
    for (const auto& datagram : sim_.EndTurn()) {
      RC_ASSERT(net::Classify(datagram.bytes) == net::PacketProtocol::kStun);  // no peer has DTLS keys
      if (datagram.socket == udp_) sentTo_[datagram.to.Port()] += datagram.bytes.size();
    }
    // No response is larger than its request, so a forged address gains no amplification.
    for (const auto& [port, bytes] : sentTo_) RC_ASSERT(bytes <= receivedFrom_[port]);
  }

  void CheckBounds() {
    std::size_t transports = 0;
    for (std::size_t i = 0; i < kTransports; ++i) {
      if (!Exists(i)) continue;
      ++transports;
      const auto webRtc = *sim_.Transport(IdOf(i)).Dump().webRtc;
      const bool up =
          webRtc.iceState == ice::AgentState::kConnected || webRtc.iceState == ice::AgentState::kCompleted;
      RC_ASSERT(up == webRtc.iceSelectedTuple.has_value());
    }
    const auto dump = sim_.worker.FindWebRtcServer("server")->Dump();
    RC_ASSERT(dump.webRtcTransportIds.size() == transports);
    RC_ASSERT(dump.localUfrags.size() >= transports && dump.localUfrags.size() <= 2 * transports);
    RC_ASSERT(connections_.size() == sim_.sockets.ConnectionCount());
    // One incomplete packet each.
    RC_ASSERT(sim_.pool.InUse() <= connections_.size());
  }

  void CloseEverything() {
    EndTurn();
    for (std::size_t i = 0; i < kTransports; ++i) {
      if (Exists(i)) ToggleTransport(i);
    }
    DropClosedConnections();
    CheckBounds();
    // The connections of a transport are closed with it, unauthenticated ones with the server.
    for (const auto& connection : connections_) RC_ASSERT(!sim_.sockets.IsAuthenticated(connection->id));
    RC_ASSERT(sim_.worker.CloseWebRtcServer("server", sim_.now).Ok());
    RC_ASSERT(sim_.sockets.ConnectionCount() == 0 && sim_.OpenSockets() == 0);
    connections_.clear();
    RC_ASSERT(sim_.pool.InUse() == 0);
    RC_ASSERT(!sim_.timers.NextTimeout());
  }

  ByteReader commands_;
  ringcast::test::SimWorker sim_;
  net::SocketId udp_;
  net::SocketId tcp_;
  std::vector<rtc::IceParameters> credentials_;  // of all transports, including closed ones
  std::vector<std::unique_ptr<Connection>> connections_;
  std::map<std::uint16_t, std::size_t> receivedFrom_, sentTo_;  // bytes, by the peer's port
  std::size_t restarts_ = 0;
};

}  // namespace

// Commands: a byte for the action and its target, and its arguments.
void FuzzWebRtcServer(std::span<const std::uint8_t> input) { Driver(ByteReader(input)).Run(); }

}  // namespace ringcast::fuzz
