#include "support/FakeSockets.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

namespace {

// RFC 6335 section 6: the range of ports that the system chooses from.
constexpr std::uint16_t kFirstDynamicPort = 49152;
constexpr std::uint16_t kLastPort = 65535;

}  // namespace

FakeSockets::~FakeSockets() { RC_ASSERT(sockets_.empty()); }

bool FakeSockets::IsFree(const net::Address& local, bool reusePort, bool tcp) const {
  return std::all_of(sockets_.begin(), sockets_.end(), [&](const auto& entry) {
    const auto& other = entry.second;
    return other.tcp != tcp || !(other.local == local) || (reusePort && other.options.reusePort);
  });
}

Result<net::UdpSocket> FakeSockets::OpenUdp(const net::UdpSocketOptions& options,
                                            net::DatagramReceiver& receiver) {
  const auto opened = Open(options, receiver, false);
  if (!opened) return opened.Failure();
  const auto& [id, local] = *opened;
  return net::UdpSocket(*this, id, local);
}

Result<net::TcpListener> FakeSockets::OpenTcp(const net::TcpSocketOptions& options,
                                              net::DatagramReceiver& receiver) {
  const auto opened = Open(options, receiver, true);
  if (!opened) return opened.Failure();
  const auto& [id, local] = *opened;
  return net::TcpListener(*this, id, local);
}

Result<FakeSockets::Opened> FakeSockets::Open(const net::SocketOptions& options,
                                              net::DatagramReceiver& receiver, bool tcp) {
  net::Address local = options.local;
  const std::string ip = local.Ip();
  if (refused_.contains(ip)) return GenericError("cannot bind " + ip + ": no such address here");
  if (local.Port() != 0) {
    if (!IsFree(local, options.reusePort, tcp))
      return GenericError("cannot bind " + local.ToString() + ": in use");
  } else {
    const bool anyPort = options.portMin == 0 && options.portMax == 0;
    const std::uint32_t first = anyPort ? kFirstDynamicPort : std::max<std::uint32_t>(options.portMin, 1);
    const std::uint32_t last = anyPort ? kLastPort : options.portMax;
    std::uint32_t port = first;
    for (; port <= last; ++port) {
      local.SetPort(static_cast<std::uint16_t>(port));
      if (IsFree(local, options.reusePort, tcp)) break;
    }
    if (port > last) {
      return GenericError("no free port on " + ip + " from " + std::to_string(first) + " to " +
                          std::to_string(last));
    }
  }
  const net::SocketId id(nextId_++);
  sockets_.emplace(id, Socket{options, local, &receiver, tcp, std::nullopt});
  return Opened{id, local};
}

std::optional<net::SocketId> FakeSockets::Find(std::uint16_t port, bool tcp) const {
  for (const auto& [id, socket] : sockets_) {
    if (socket.local.Port() == port && socket.tcp == tcp) return id;
  }
  return std::nullopt;
}

void FakeSockets::Deliver(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) {
  const auto owner = net::IsConnection(socket) ? connections_.at(socket).listener : socket;
  sockets_.at(owner).receiver->OnDatagrams(socket, batch, now);
}

net::SocketId FakeSockets::ConnectTo(net::SocketId listener) {
  RC_ASSERT(sockets_.at(listener).tcp);
  const net::SocketId id(net::kConnectionBit | nextId_++);
  connections_.emplace(id, Connection{.listener = listener});
  return id;
}

void FakeSockets::Disconnect(net::SocketId connection, const net::Address& from, Instant now) {
  const auto listener = connections_.at(connection).listener;
  connections_.erase(connection);
  sockets_.at(listener).receiver->OnConnectionClosed(connection, from, now);
}

bool FakeSockets::HasConnection(net::SocketId listener, net::SocketId connection) const {
  const auto found = connections_.find(connection);
  return found != connections_.end() && found->second.listener == listener;
}

void FakeSockets::AuthenticateConnection(net::SocketId listener, net::SocketId connection) {
  if (HasConnection(listener, connection)) connections_.at(connection).authenticated = true;
}

void FakeSockets::CloseConnection(net::SocketId listener, net::SocketId connection) {
  if (HasConnection(listener, connection)) connections_.erase(connection);
}

void FakeSockets::Connect(net::SocketId socket, const net::Address& remote) {
  sockets_.at(socket).remote = remote;
}

void FakeSockets::Close(net::SocketId socket) {
  std::erase_if(connections_, [socket](const auto& entry) { return entry.second.listener == socket; });
  const auto erased = sockets_.erase(socket);
  RC_ASSERT(erased == 1);
}

std::uint32_t FakeSockets::BufferSize(net::SocketId socket, bool send) const {
  constexpr std::uint32_t kDefault = 212992;  // of Linux: net.core.rmem_default and wmem_default
  const auto& options = sockets_.at(socket).options;
  const auto asked = send ? options.sendBufferSize : options.receiveBufferSize;
  return asked != 0 ? asked : kDefault;
}

}  // namespace ringcast::test
