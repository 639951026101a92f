#include "ringcast/io/TcpSockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/StreamFrameQueue.hpp"
#include "ringcast/net/StreamFraming.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;
using net::ConnectionEnd;

constexpr std::size_t kPeers = 10;
constexpr std::size_t kListeners = 2;
constexpr std::array<std::size_t, kListeners> kMaxConnections{8, 3};  // of each listener
constexpr io::TcpLimits kLimits{.connections = 7,
                                .unauthenticated = 4,
                                .queueMemory = std::size_t{1024} * 1024,
                                .authenticationTime = Seconds(10)};
constexpr std::size_t kSendBuffer = 4096;     // requested by the sockets
constexpr std::size_t kReceiveBuffer = 4096;  // requested by the sockets
// Maximum of sent and unread bytes in both kernel buffers of a connection: Linux grants at least twice the
// requested size, and accepts one packet beyond it.
constexpr std::size_t kInKernel = std::size_t{160} * 1024;
constexpr std::size_t kReactions = 7;
constexpr std::size_t kMaxSent = std::size_t{4} * 1024 * 1024;  // per input

// A peer on loopback with nonblocking calls only.
class Peer {
 public:
  Peer(const net::Address& from, const net::Address& to)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    RC_ASSERT(descriptor_ >= 0);
    const int size = kReceiveBuffer;
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    RC_ASSERT(bind(descriptor_, from.Sockaddr(), from.SockaddrLength()) == 0);
    RC_ASSERT(connect(descriptor_, to.Sockaddr(), to.SockaddrLength()) == 0);
    RC_ASSERT(fcntl(descriptor_, F_SETFL, O_NONBLOCK) == 0);
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    RC_ASSERT(getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &length) == 0);
    local = *net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length);
  }
  ~Peer() { Reset(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] bool IsOpen() const { return descriptor_ >= 0; }

  void Write(ByteView bytes) {
    const auto written = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) toWorker.insert(toWorker.end(), bytes.begin(), bytes.begin() + written);
  }

  // Reads bytes of the worker: the start of the unread part of `fromWorker`, in order and unchanged.
  void Read(std::size_t atMost) {
    Bytes room(atMost);
    while (atMost > 0) {
      const auto read = recv(descriptor_, room.data(), std::min(atMost, room.size()), 0);
      if (read <= 0) return;
      const auto count = static_cast<std::size_t>(read);
      RC_ASSERT(readBytes + count <= fromWorker.size());
      RC_ASSERT(std::equal(room.begin(), room.begin() + read,
                           fromWorker.begin() + static_cast<std::ptrdiff_t>(readBytes)));
      readBytes += count;
      atMost -= count;
    }
  }

  void Finish() { shutdown(descriptor_, SHUT_WR); }
  // With RST, so that no port stays in TIME-WAIT.
  void Reset() {
    if (!IsOpen()) return;
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(std::exchange(descriptor_, -1));
  }

  net::Address local;
  std::optional<net::SocketId> id;  // the connection's id at the receiver
  std::size_t listener = 0;
  Bytes toWorker;
  std::size_t delivered = 0;  // bytes of `toWorker`
  Bytes fromWorker;           // queued by the worker, in frames
  std::size_t readBytes = 0;  // bytes of `fromWorker`

 private:
  int descriptor_;
};

// Two listening sockets with low limits on a real event loop, their peers, and a receiver that closes
// connections and listening sockets in its callbacks.
class Driver final : public net::DatagramReceiver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {
    for (std::size_t i = 0; i < kListeners; ++i) Open(i);
  }

  void Run() {
    while (commands_.Remaining() > 0 && sent_ < kMaxSent) {
      const std::uint8_t command = commands_.U8();
      Do(command % 12, command / 12);
      Check();
    }
    for (std::size_t i = 0; i < kListeners; ++i) CloseListener(i);
    RC_ASSERT(tcp_.Stats().connections == 0 && tcp_.Stats().unauthenticated == 0);
    Check();
    RC_ASSERT(pool_.InUse() == 0);
    TurnLoop();  // libuv closes the remaining handles
  }

 private:
  struct Listener {
    std::optional<net::SocketId> id;
    net::Address local;
  };

  void Do(std::uint8_t action, std::size_t argument) {
    const auto index = argument % kPeers;
    switch (action) {
      case 0:
        return Connect(index, argument / kPeers);
      case 1:
        if (auto* peer = OpenPeer(index)) WriteFrames(*peer);
        return;
      case 2:
        if (auto* peer = OpenPeer(index))
          peer->Write(commands_.Bytes(std::min<std::size_t>(commands_.U8(), commands_.Remaining())));
        return;
      case 3:
        if (auto* peer = OpenPeer(index)) peer->Read(std::size_t{1} << (commands_.U8() % 21));
        return;
      case 4:
        if (auto* peer = OpenPeer(index)) peer->Finish();
        return;
      case 5:
        if (auto* peer = OpenPeer(index)) peer->Reset();
        return;
      case 6:
        return Send(index);
      case 7:
        return Authenticate(index);
      case 8:
        return CloseConnection(index);
      case 9:
        TurnLoop();
        return CheckQueues();
      case 10:
        loop_.Timers().OnTimeout(io::EventLoop::Now() + Milliseconds(100) * commands_.U8());
        return;
      default:
        if (argument < kListeners) return CloseListener(argument);
        onDatagrams_ = commands_.U8() % kReactions;
        onClosed_ = commands_.U8() % kReactions;
        return;
    }
  }

  // --- Peers ---

  [[nodiscard]] Peer* OpenPeer(std::size_t index) const {
    const auto& peer = peers_[index];
    return peer && peer->IsOpen() ? peer.get() : nullptr;
  }
  // Replaces a peer; the worker may still have its connection.
  void Connect(std::size_t index, std::size_t listener) {
    listener %= kListeners;
    if (!listeners_[listener].id) Open(listener);
    if (peers_[index]) gone_.push_back(std::move(peers_[index]));
    if (!gone_.empty()) gone_.back()->Reset();
    // A unique address, so that the peer is not confused with another one of this input.
    std::array<char, sizeof "127.1.255.255"> ip{};
    ++connected_;
    std::snprintf(ip.data(), ip.size(), "127.1.%zu.%zu", connected_ / 250 % 256, 1 + connected_ % 250);
    peers_[index] = std::make_unique<Peer>(*net::Address::Parse(ip.data(), 0), listeners_[listener].local);
    peers_[index]->listener = listener;
  }
  // Writes packets of one size, with or without the end of the last one.
  void WriteFrames(Peer& peer) {
    const std::size_t size = commands_.U16() % (net::PacketBuffer::kCapacity + 2);
    const std::uint8_t how = commands_.U8();
    Bytes stream;
    for (int i = 0; i <= how % 32; ++i) {
      const auto at = stream.size();
      stream.resize(at + net::kStreamPrefix + size, static_cast<std::uint8_t>(i + how));
      StoreU16(&stream[at], static_cast<std::uint16_t>(size));
    }
    if (how >= 192) stream.resize(stream.size() * (256U - how) / 65);
    peer.Write(stream);
  }

  [[nodiscard]] Peer* FindPeer(const net::Address& from) const {
    const auto isIt = [&](const auto& peer) { return peer && peer->local == from; };
    if (const auto found = std::ranges::find_if(peers_, isIt); found != peers_.end()) return found->get();
    const auto found = std::ranges::find_if(gone_, isIt);
    RC_ASSERT(found != gone_.end());
    return found->get();
  }

  // --- The receiver ---

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant /*now*/) override {
    RC_ASSERT(!calling_ && !batch.empty() && batch.size() <= io::TcpSockets::kBatch);
    RC_ASSERT(net::IsConnection(socket) && !ended_.contains(socket));
    auto* const peer = FindPeer(batch[0].from);
    RC_ASSERT(peer->id.value_or(socket) == socket);
    peer->id = socket;
    RC_ASSERT(tcp_.Has(*listeners_[peer->listener].id, socket));
    for (const auto& datagram : batch) {
      RC_ASSERT(datagram.from == peer->local);
      CheckDelivered(*peer, datagram.packet.Bytes());
    }
    React(onDatagrams_, *peer);
  }

  // Compares the packet with the next one of the peer's byte stream, without null packets.
  static void CheckDelivered(Peer& peer, ByteView packet) {
    std::size_t length = 0;
    do {
      RC_ASSERT(peer.delivered + net::kStreamPrefix <= peer.toWorker.size());
      length = LoadU16(&peer.toWorker[peer.delivered]);
      peer.delivered += net::kStreamPrefix;
    } while (length == 0);
    RC_ASSERT(packet.size() == length && peer.delivered + length <= peer.toWorker.size());
    RC_ASSERT(std::equal(packet.begin(), packet.end(),
                         peer.toWorker.begin() + static_cast<std::ptrdiff_t>(peer.delivered)));
    peer.delivered += length;
  }

  void OnConnectionClosed(net::SocketId connection, const net::Address& from, Instant /*now*/) override {
    RC_ASSERT(!calling_);  // only the loop reports a closed connection
    RC_ASSERT(ended_.insert(connection).second);
    ++reported_;
    auto* const peer = FindPeer(from);
    RC_ASSERT(peer->id.value_or(connection) == connection);
    RC_ASSERT(!tcp_.Has(*listeners_[peer->listener].id, connection));
    peer->id = connection;
    React(onClosed_, *peer);
  }

  // Performs the configured action of a receiver callback.
  void React(std::size_t how, Peer& peer) {
    switch (how) {
      case 1:
        return AuthenticatePeer(peer);
      case 2:
        return CloseOf(peer);
      case 3:
        return CloseListener(peer.listener);
      case 4:
        return CloseListener(1 - peer.listener);
      case 5:
        return SendTo(peer, net::Segments::One(100));
      case 6:
        for (const auto& other : peers_) {
          if (other && other.get() != &peer) CloseOf(*other);
        }
        return;
      default:
        return;
    }
  }

  void Authenticate(std::size_t index) {
    if (peers_[index]) AuthenticatePeer(*peers_[index]);
  }
  void AuthenticatePeer(const Peer& peer) {
    if (peer.id && listeners_[peer.listener].id)
      Calling([&] { tcp_.Authenticate(*listeners_[peer.listener].id, *peer.id); });
  }
  void CloseConnection(std::size_t index) {
    if (peers_[index]) CloseOf(*peers_[index]);
  }
  void CloseOf(const Peer& peer) {
    if (!peer.id || !listeners_[peer.listener].id) return;
    const auto listener = *listeners_[peer.listener].id;
    Calling([&] { tcp_.CloseConnection(listener, *peer.id); });
    ended_.insert(*peer.id);
    RC_ASSERT(!tcp_.Has(listener, *peer.id));
  }

  void Send(std::size_t index) {
    const std::size_t size = commands_.U16() % net::kMaxRunBytes + 1;
    const std::uint8_t how = commands_.U8();
    if (!peers_[index] || !peers_[index]->id) return;
    const std::size_t segment = 1 + size / (1 + how % net::kMaxSegments);
    for (std::size_t i = 0; i <= how / net::kMaxSegments * 8; ++i) SendTo(*peers_[index], {segment, size});
    if (how % 2 == 0) Calling([&] { tcp_.Flush(); });
  }
  void SendTo(Peer& peer, net::Segments segments) {
    Bytes run(segments.total);
    for (std::size_t i = 0; i < run.size(); ++i) run[i] = static_cast<std::uint8_t>(sent_ + i);
    sent_ += run.size();
    // Segments that are not queued are lost with the connection.
    for (std::size_t at = 0; at < run.size(); at += segments.size) {
      const auto size = std::min(segments.size, run.size() - at);
      peer.fromWorker.resize(peer.fromWorker.size() + net::kStreamPrefix);
      StoreU16(&*(peer.fromWorker.end() - net::kStreamPrefix), static_cast<std::uint16_t>(size));
      peer.fromWorker.insert(peer.fromWorker.end(), run.begin() + static_cast<std::ptrdiff_t>(at),
                             run.begin() + static_cast<std::ptrdiff_t>(at + size));
    }
    Calling([&] { tcp_.Send(*peer.id, run, segments); });
  }

  // No call from the test may call the receiver.
  template <typename Action>
  void Calling(Action action) {
    const bool before = std::exchange(calling_, true);
    action();
    calling_ = before;
  }

  // --- The loop ---

  void Open(std::size_t index) {
    net::TcpSocketOptions options;
    options.local = *net::Address::Parse("127.0.0.1", 0);
    options.sendBufferSize = kSendBuffer;
    options.receiveBufferSize = kReceiveBuffer;
    options.maxConnections = kMaxConnections[index];
    const auto opened = tcp_.Open(options, *this);
    RC_ASSERT(opened.Ok());
    listeners_[index] = {opened->id, opened->local};
  }
  void CloseListener(std::size_t index) {
    auto& listener = listeners_[index];
    if (!listener.id) return;
    for (const auto& peer : peers_) {
      if (peer && peer->listener == index && peer->id) ended_.insert(*peer->id);
    }
    Calling([&] { tcp_.Close(*std::exchange(listener.id, std::nullopt)); });
  }

  void TurnLoop() {
    int turns = 0;
    const auto sentBefore = sent_;
    loop_.OnTurnEnd([&](Instant) {
      tcp_.Flush();
      if (++turns == 2) loop_.Stop();
      return true;
    });
    loop_.Run();
    loop_.OnTurnEnd(nullptr);
    sentInTurn_ = sent_ != sentBefore;
  }

  // --- Invariants ---

  void Check() {
    const auto stats = tcp_.Stats();
    RC_ASSERT(stats.connections <= kLimits.connections && stats.unauthenticated <= kLimits.unauthenticated);
    RC_ASSERT(stats.unauthenticated <= stats.connections && stats.acceptFailures == 0);
    std::uint64_t ended = 0;
    std::uint64_t byOwner = 0;
    for (const auto& [name, value] : stats.ended) {
      ended += value;
      if (name == net::Name(ConnectionEnd::kOwner)) byOwner += value;
    }
    RC_ASSERT(stats.accepted == ended + stats.connections);
    // A connection that has already ended keeps its reason when its owner closes it before the report.
    RC_ASSERT(reported_ + byOwner <= ended);
    RC_ASSERT(pool_.InUse() <= stats.connections);  // one incomplete packet each
  }

  // Called after a loop iteration, which ends the connections with too long queues.
  void CheckQueues() {
    std::array<std::size_t, kListeners> open{};
    std::set<net::SocketId> ids;
    std::size_t waiting = 0;
    for (const auto& peer : peers_) {
      if (!peer || !peer->id || !listeners_[peer->listener].id) continue;
      if (!tcp_.Has(*listeners_[peer->listener].id, *peer->id)) continue;
      RC_ASSERT(ids.insert(*peer->id).second);
      ++open[peer->listener];
      const auto unread = peer->fromWorker.size() - peer->readBytes;
      const auto queued = unread - std::min(unread, kInKernel);
      RC_ASSERT(sentInTurn_ || queued <= net::StreamFrameQueue::kLimit);
      waiting += queued;
    }
    RC_ASSERT(sentInTurn_ || waiting <= kLimits.queueMemory);
    for (std::size_t i = 0; i < kListeners; ++i) RC_ASSERT(open[i] <= kMaxConnections[i]);
  }

  ByteReader commands_;
  net::PacketPool pool_{256};
  SeededRandom random_{1};
  io::EventLoop loop_;
  io::SocketTable table_;
  io::OwnPorts ports_;
  io::TcpSockets tcp_{loop_, table_, pool_, random_, ports_, kLimits};
  std::array<Listener, kListeners> listeners_;
  std::array<std::unique_ptr<Peer>, kPeers> peers_;
  std::vector<std::unique_ptr<Peer>> gone_;  // replaced by another peer
  std::size_t connected_ = 0;
  std::size_t onDatagrams_ = 0, onClosed_ = 0;  // reactions of the receiver
  std::set<net::SocketId> ended_;               // connections that must not be reported again
  std::uint64_t reported_ = 0;                  // closed connections that OnConnectionClosed reported
  std::size_t sent_ = 0;                        // bytes
  bool calling_ = false;                        // within a function of the sockets
  bool sentInTurn_ = false;                     // by a reaction of the receiver
};

}  // namespace

// Commands: peers connect, write whole, partial and malformed frames, read, close and reset; the receiver
// sends, authenticates and closes, also in its callbacks; loop iterations, and time.
void FuzzTcpSockets(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMaxInput = 512;
  if (input.size() <= kMaxInput) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
