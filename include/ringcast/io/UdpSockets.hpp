#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "ringcast/base/Counters.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/io/OwnPorts.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/net/EgressStats.hpp"
#include "ringcast/net/Socket.hpp"

namespace ringcast::io {

// Opens UDP sockets and reads them in batches when the loop finds them readable.
class UdpSockets {
 public:
  UdpSockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool, Random& random,
             OwnPorts& ports);
  ~UdpSockets();
  UdpSockets(const UdpSockets&) = delete;
  UdpSockets& operator=(const UdpSockets&) = delete;

  // TypeError: the range is empty. Error: nothing in it can be bound; the sentence names address, port and
  // cause.
  [[nodiscard]] Result<OpenSocket> Open(const net::UdpSocketOptions& options,
                                        net::DatagramReceiver& receiver);
  void Close(net::SocketId socket);
  void Connect(net::SocketId socket, const net::Address& remote);

  [[nodiscard]] net::IngressStats Stats() const;
  [[nodiscard]] std::size_t OpenCount() const { return sockets_.size(); }

  // Datagrams read by one call. A buffer of the pool is kept ready for each.
  static constexpr std::size_t kBatch = 64;

 private:
  // Calls for one socket in a turn: 256 datagrams, then the others have theirs.
  static constexpr std::size_t kMaxBatches = 4;

  struct Socket {
    int descriptor = -1;
    net::DatagramReceiver* receiver = nullptr;
    OwnPorts::Claim port;
    std::unique_ptr<Watch> watch;
  };
  struct Batch;
  // By both clocks, at one moment.
  struct Times {
    Instant now;
    Duration unix;
  };

  void OnReady(net::SocketId socket, int events);
  void OnReadable(net::SocketId socket);
  // How many datagrams were read; nothing: the socket is empty, or gone.
  std::size_t ReadBatch(net::SocketId socket, const Times& times);

  EventLoop& loop_;
  SocketTable& table_;
  SendBackend& sends_;
  net::PacketPool& pool_;
  Random& random_;
  OwnPorts& ports_;
  std::unordered_map<std::uint32_t, Socket> sockets_;
  std::unique_ptr<Batch> batch_;
  net::IngressStats stats_;
  net::DropCounters drops_;
  std::uint64_t readErrors_ = 0;  // ICMP errors that came back, mostly
};

}  // namespace ringcast::io
