#pragma once

#include "ringcast/io/TcpSockets.hpp"
#include "ringcast/io/UdpSockets.hpp"

namespace ringcast::io {

// All sockets of a worker.
class Sockets final : public net::SocketFactory {
 public:
  Sockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool, Random& random,
          const TcpLimits& limits = {});

  [[nodiscard]] Result<net::UdpSocket> OpenUdp(const net::UdpSocketOptions& options,
                                               net::DatagramReceiver& receiver) override;
  [[nodiscard]] Result<net::TcpListener> OpenTcp(const net::TcpSocketOptions& options,
                                                 net::DatagramReceiver& receiver) override;

  [[nodiscard]] TcpSockets& Tcp() { return tcp_; }
  [[nodiscard]] net::IngressStats UdpStats() const { return udp_.Stats(); }
  [[nodiscard]] net::TcpStats TcpStats() const { return tcp_.Stats(); }
  [[nodiscard]] std::size_t OpenCount() const { return udp_.OpenCount() + tcp_.ListenerCount(); }

 private:
  void Close(net::SocketId socket) override;
  void Connect(net::SocketId socket, const net::Address& remote) override;
  [[nodiscard]] std::uint32_t BufferSize(net::SocketId socket, bool send) const override;
  [[nodiscard]] bool HasConnection(net::SocketId listener, net::SocketId connection) const override;
  void AuthenticateConnection(net::SocketId listener, net::SocketId connection) override;
  void CloseConnection(net::SocketId listener, net::SocketId connection) override;

  SocketTable& table_;
  OwnPorts ports_;
  UdpSockets udp_;
  TcpSockets tcp_;
};

}  // namespace ringcast::io
