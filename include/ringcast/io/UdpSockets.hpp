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

// Opens UDP sockets and reads them in batches when they become readable.
class UdpSockets {
 public:
  UdpSockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool, Random& random,
             OwnPorts& ports);
  ~UdpSockets();
  UdpSockets(const UdpSockets&) = delete;
  UdpSockets& operator=(const UdpSockets&) = delete;

  // TypeError: the port range is empty. Error: no port can be bound; the message contains address, port and
  // cause.
  [[nodiscard]] Result<OpenSocket> Open(const net::UdpSocketOptions& options,
                                        net::DatagramReceiver& receiver);
  void Close(net::SocketId socket);
  void Connect(net::SocketId socket, const net::Address& remote);

  [[nodiscard]] net::IngressStats Stats() const;
  [[nodiscard]] std::size_t OpenCount() const { return sockets_.size(); }

  // Datagrams per read. A buffer of the pool is kept ready for each.
  static constexpr std::size_t kBatch = 64;

 private:
  // Reads per socket and loop iteration: 256 datagrams, then the other sockets are read.
  static constexpr std::size_t kMaxBatches = 4;

  struct Socket {
    int descriptor = -1;
    net::DatagramReceiver* receiver = nullptr;
    OwnPorts::Claim port;
    std::unique_ptr<Watch> watch;
  };
  struct Batch;
  // The same moment on both clocks.
  struct Times {
    Instant now;
    Duration unix;
  };

  void OnReady(net::SocketId socket, int events);
  void OnReadable(net::SocketId socket);
  // Returns the number of datagrams read; 0 if the socket is empty or closed.
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
  std::uint64_t readErrors_ = 0;  // mostly ICMP errors for earlier sends
};

}  // namespace ringcast::io
