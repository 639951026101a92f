#include "ringcast/io/Sockets.hpp"

#include <sys/socket.h>

namespace ringcast::io {

Sockets::Sockets(EventLoop& loop, SocketTable& table, SendBackend& sends, net::PacketPool& pool,
                 Random& random, const TcpLimits& limits)
    : table_(table),
      udp_(loop, table, sends, pool, random, ports_),
      tcp_(loop, table, pool, random, ports_, limits) {}

Result<net::UdpSocket> Sockets::OpenUdp(const net::UdpSocketOptions& options,
                                        net::DatagramReceiver& receiver) {
  const auto opened = udp_.Open(options, receiver);
  if (!opened) return opened.Failure();
  return net::UdpSocket(*this, opened->id, opened->local);
}

Result<net::TcpListener> Sockets::OpenTcp(const net::TcpSocketOptions& options,
                                          net::DatagramReceiver& receiver) {
  const auto opened = tcp_.Open(options, receiver);
  if (!opened) return opened.Failure();
  return net::TcpListener(*this, opened->id, opened->local);
}

void Sockets::Close(net::SocketId socket) {
  if (tcp_.Listens(socket)) {
    tcp_.Close(socket);
  } else {
    udp_.Close(socket);
  }
}

void Sockets::Connect(net::SocketId socket, const net::Address& remote) { udp_.Connect(socket, remote); }

std::uint32_t Sockets::BufferSize(net::SocketId socket, bool send) const {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  if (getsockopt(table_.Descriptor(socket), SOL_SOCKET, send ? SO_SNDBUF : SO_RCVBUF, &bytes, &length) != 0)
    return 0;
  return static_cast<std::uint32_t>(bytes);
}

bool Sockets::HasConnection(net::SocketId listener, net::SocketId connection) const {
  return tcp_.Has(listener, connection);
}

void Sockets::AuthenticateConnection(net::SocketId listener, net::SocketId connection) {
  tcp_.Authenticate(listener, connection);
}

void Sockets::CloseConnection(net::SocketId listener, net::SocketId connection) {
  tcp_.CloseConnection(listener, connection);
}

}  // namespace ringcast::io
