#pragma once

#include <cstddef>
#include <cstdint>
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
class TcpConnectionTable;
class UnauthenticatedConnections;

struct TcpLimits {
  // Connections of the worker: one for each of the 2,000 transports that it may carry, and one more while ICE
  // changes from one to another. With the buffer of an incomplete packet each, an eighth of the packet pool.
  std::size_t connections = 4096;
  // Connections that are not authenticated. A browser's first packet follows the end of its handshake, so
  // this is how many may be on their way at once; a flood must replace them all within a round trip to shut
  // one out.
  std::size_t unauthenticated = 512;
  // Memory of all send queues. 128 peers may be as late as one may be (net::StreamFrameQueue::kLimit), or
  // 1,000 half a second of 1 Mbit/s. The limits of 4,096 connections alone would allow 2 GiB.
  std::size_t queueMemory = std::size_t{64} * 1024 * 1024;
  // Three retransmissions of that first packet (1, 2 and 4 s) fit.
  Duration authenticationTime = Seconds(10);
};

// Listens on TCP, and reads and writes packets on the accepted connections (RFC 4571). Whatever a peer does
// before it has authenticated itself, a loop iteration spends little on it.
class TcpSockets {
 public:
  TcpSockets(EventLoop& loop, SocketTable& table, net::PacketPool& pool, Random& random, OwnPorts& ports,
             const TcpLimits& limits = {});
  ~TcpSockets();
  TcpSockets(const TcpSockets&) = delete;
  TcpSockets& operator=(const TcpSockets&) = delete;

  // Errors: as for UdpSockets::Open.
  [[nodiscard]] Result<OpenSocket> Open(const net::TcpSocketOptions& options,
                                        net::DatagramReceiver& receiver);
  [[nodiscard]] bool Listens(net::SocketId socket) const { return listeners_.contains(socket.Value()); }
  void Close(net::SocketId listener);
  [[nodiscard]] std::size_t ListenerCount() const { return listeners_.size(); }

  [[nodiscard]] bool Has(net::SocketId listener, net::SocketId connection) const;
  // See net::TcpListener.
  void Authenticate(net::SocketId listener, net::SocketId connection);
  void CloseConnection(net::SocketId listener, net::SocketId connection);

  // Queues each segment as a packet for the peer. If the queue exceeds its limit, the connection is closed,
  // and its receiver is notified later.
  void Send(net::SocketId id, ByteView run, net::Segments segments);
  // Writes as much of the queues as the kernel takes; the rest follows when it takes more.
  void Flush();

  [[nodiscard]] net::TcpStats Stats() const;

  // Packets that a receiver gets at once.
  static constexpr std::size_t kBatch = 64;

 private:
  // Connections that a listening socket accepts in one loop iteration: at 20 us each a third of a
  // millisecond.
  static constexpr std::size_t kMaxAccepts = 16;
  // Pause after a connection could not be accepted for want of descriptors or memory.
  static constexpr Duration kAcceptPause = Milliseconds(100);
  // Bytes per read, and reads of one connection in a loop iteration: 50 packets of 1,200 bytes, then other
  // connections are read.
  static constexpr std::size_t kReadSize = std::size_t{16} * 1024;
  static constexpr std::size_t kMaxReads = 4;
  // An unauthenticated connection is read once in a loop iteration: a STUN request, with the longest user
  // names (RFC 8489 section 14.3).
  static constexpr std::size_t kUnauthenticatedReadSize = 1024;

  struct Listener {
    int descriptor = -1;
    net::DatagramReceiver* receiver = nullptr;
    std::size_t maxConnections = 0;
    std::size_t connections = 0;
    OwnPorts::Claim port;
    std::unique_ptr<Watch> watch;
  };
  struct Buffers;

  void OnAcceptable(net::SocketId listener, int events);
  void OnAcceptFailure(Listener& listener, int error);
  void WarnOfAcceptFailure(const std::string& reason);
  // Returns true if there is room for one more connection; an unauthenticated one may have been closed for
  // it. Its receiver was notified then, and may have closed the listener.
  bool MakeRoom(net::SocketId listener, Instant now);
  void Add(net::SocketId listener, Descriptor descriptor, const net::Address& remote, Instant now);

  void OnReady(net::SocketId id, int events);
  void OnReadable(net::SocketId id, Instant now);
  // Returns false if the connection was closed.
  bool Deliver(net::SocketId id, Instant now);
  void OnWritable(net::SocketId id, Instant now);
  // Returns false if the connection is broken.
  bool Write(TcpConnection& connection);
  // Closes the connections with the longest queues until the others leave room in the budget.
  void CloseLongestQueues();

  // Nothing more is read or written. The receiver is notified from the loop, and the connection removed.
  void CloseLater(net::SocketId id, TcpConnection& connection, net::ConnectionEnd reason);
  void OnCloseTimer(Instant now);
  void OnAuthenticationTimer(Instant now);
  // Closes the connection and notifies its receiver.
  void End(net::SocketId id, net::ConnectionEnd reason, Instant now);
  void Remove(net::SocketId id, net::ConnectionEnd reason);

  EventLoop& loop_;
  SocketTable& table_;
  net::PacketPool& pool_;
  Random& random_;
  OwnPorts& ports_;
  TcpLimits limits_;
  std::unordered_map<std::uint32_t, Listener> listeners_;
  std::unique_ptr<TcpConnectionTable> connections_;
  std::unique_ptr<UnauthenticatedConnections> unauthenticated_;
  std::vector<net::SocketId> queued_;   // with output that the next flush writes
  std::vector<net::SocketId> closing_;  // see CloseLater()
  std::unique_ptr<SendQueueBudget> budget_;
  std::unique_ptr<Buffers> buffers_;
  Timer acceptPause_;
  Timer authenticationTimer_;
  Timer closeTimer_;
  net::TcpStats stats_;
  Counters<net::ConnectionEnd> ended_;
  std::uint64_t poolDry_ = 0;  // of closed connections
  std::uint64_t connectionGone_ = 0;
  bool warned_ = false;
};

}  // namespace ringcast::io
