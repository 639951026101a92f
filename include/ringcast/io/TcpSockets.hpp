#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/io/OwnPorts.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/net/TcpStats.hpp"

namespace ringcast::io {

class Descriptor;
class SendQueueBudget;
class TcpConnection;

struct TcpLimits {
  // Of the worker: one for each of the 2,000 transports that it may carry, and one more while ICE changes
  // from one to another. With the buffer that a packet in the making holds, an eighth of the packet pool.
  std::size_t connections = 4096;
  // Of those, not claimed. A browser's first packet comes with the end of its handshake, so that this is how
  // many may be on their way at once; a flood must replace them all within a round trip to shut one out.
  std::size_t strangers = 512;
  // Memory of all send queues. 128 peers may be as late as one may be (net::StreamFrameQueue::kLimit), or
  // 1,000 half a second of 1 Mbit/s; alone the limit of each would let 4,096 connections take 2 GiB.
  std::size_t queueMemory = std::size_t{64} * 1024 * 1024;
  // Three retransmissions of that first packet (1, 2 and 4 s) fit.
  Duration strangerTime = Seconds(10);
};

// Listens on TCP, reads packets off the connections and writes them there (RFC 4571). Peers are strangers
// until they are claimed; whatever they do, a turn of the loop spends little on them.
class TcpSockets {
 public:
  TcpSockets(EventLoop& loop, SocketTable& table, net::PacketPool& pool, Random& random, OwnPorts& ports,
             const TcpLimits& limits = {});
  ~TcpSockets();
  TcpSockets(const TcpSockets&) = delete;
  TcpSockets& operator=(const TcpSockets&) = delete;

  // Errors as of UdpSockets::Open.
  [[nodiscard]] Result<OpenSocket> Open(const net::TcpSocketOptions& options,
                                        net::DatagramReceiver& receiver);
  [[nodiscard]] bool Listens(net::SocketId socket) const { return listeners_.contains(socket.Value()); }
  void Close(net::SocketId listener);
  [[nodiscard]] std::size_t ListenerCount() const { return listeners_.size(); }

  [[nodiscard]] bool Has(net::SocketId listener, net::SocketId connection) const;
  void Claim(net::SocketId listener, net::SocketId connection);
  void CloseConnection(net::SocketId listener, net::SocketId connection);

  // Queues each segment as a packet for the peer. Where that is more than is kept, the connection is lost.
  // Receivers hear of it later.
  void Send(net::SocketId id, ByteView run, net::Segments segments);
  // Writes what is queued, as far as the kernel takes it; the rest follows when it takes more.
  void Flush();

  [[nodiscard]] net::TcpStats Stats() const;

  // Packets handed over at once.
  static constexpr std::size_t kBatch = 64;

 private:
  // A turn's share of a listening socket: at 20 us a piece a third of a millisecond.
  static constexpr std::size_t kMaxAccepts = 16;
  // Without descriptors or memory: until some may have come back.
  static constexpr Duration kAcceptPause = Milliseconds(100);
  // Bytes read by one call, and calls for one connection in a turn: 50 packets of 1,200 bytes, then the
  // others have theirs.
  static constexpr std::size_t kReadSize = std::size_t{16} * 1024;
  static constexpr std::size_t kMaxReads = 4;
  // A stranger's, once a turn: a STUN request, the longest user names included (RFC 8489 section 14.3).
  static constexpr std::size_t kStrangerReadSize = 1024;

  struct Listener {
    int descriptor = -1;
    net::DatagramReceiver* receiver = nullptr;
    std::size_t maxConnections = 0;
    std::size_t connections = 0;
    OwnPorts::Claim port;
    std::unique_ptr<Watch> watch;
  };
  // Ids carry the generation, so that one that is out of date means nobody for the next 32,767 connections
  // that get its place.
  struct Place {
    std::uint16_t generation = 0;
    std::unique_ptr<TcpConnection> connection;
  };
  struct Buffers;

  [[nodiscard]] TcpConnection* Find(net::SocketId connection) const;
  [[nodiscard]] std::size_t Count() const { return places_.size() - free_.size(); }

  void OnAcceptable(net::SocketId listener, int events);
  void OnAcceptFailure(Listener& listener, int error);
  void WarnOfAcceptFailure(const std::string& reason);
  // Whether there is room for one more connection, now that a stranger may have been closed for it. Receivers
  // may have been told: the listener may be gone.
  bool MakeRoom(net::SocketId listener, Instant now);
  [[nodiscard]] std::optional<net::SocketId> OldestStranger(std::optional<net::SocketId> listener) const;
  void Add(net::SocketId listener, Descriptor descriptor, const net::Address& remote, Instant now);

  void OnReady(net::SocketId id, int events);
  void OnReadable(net::SocketId id, Instant now);
  // False: the connection is gone.
  bool Deliver(net::SocketId id, Instant now);
  void OnWritable(net::SocketId id, Instant now);
  // False: it is broken.
  bool Write(TcpConnection& connection);
  // Ends the connections with the longest queues until the others leave room in the budget.
  void CutLongestQueues();

  // Its receiver is told from the loop, later.
  void Doom(net::SocketId id, TcpConnection& connection, net::ConnectionEnd reason);
  void OnDoomed(Instant now);
  void OnStrangersTimeout(Instant now);
  void End(net::SocketId id, net::ConnectionEnd reason, Instant now);
  void Remove(net::SocketId id, net::ConnectionEnd reason);
  void Forget(TcpConnection& stranger);

  EventLoop& loop_;
  SocketTable& table_;
  net::PacketPool& pool_;
  Random& random_;
  OwnPorts& ports_;
  TcpLimits limits_;
  std::unordered_map<std::uint32_t, Listener> listeners_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::list<net::SocketId> strangers_;  // the oldest first
  std::vector<net::SocketId> queued_;   // with something to write
  std::vector<net::SocketId> doomed_;
  std::unique_ptr<SendQueueBudget> budget_;
  std::unique_ptr<Buffers> buffers_;
  Timer acceptPause_;
  Timer strangersTimer_;
  Timer doomTimer_;
  net::TcpStats stats_;
  Counters<net::ConnectionEnd> ended_;
  std::uint64_t poolDry_ = 0;  // of connections that are gone
  std::uint64_t connectionGone_ = 0;
  bool warned_ = false;
};

}  // namespace ringcast::io
