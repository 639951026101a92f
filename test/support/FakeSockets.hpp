#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "ringcast/net/Socket.hpp"

namespace ringcast::test {

// A machine that has every address and all ports free. Sockets receive the datagrams that the test delivers.
class FakeSockets final : public net::SocketFactory {
 public:
  ~FakeSockets() override;

  [[nodiscard]] Result<net::UdpSocket> OpenUdp(const net::UdpSocketOptions& options,
                                               net::DatagramReceiver& receiver) override;
  [[nodiscard]] Result<net::TcpListener> OpenTcp(const net::TcpSocketOptions& options,
                                                 net::DatagramReceiver& receiver) override;

  // Makes the address unavailable, like one of another machine.
  void Refuse(const std::string& ip) { refused_.insert(ip); }

  // Returns the open socket with this local port: of UDP, or listening on TCP.
  [[nodiscard]] std::optional<net::SocketId> Find(std::uint16_t port) const { return Find(port, false); }
  [[nodiscard]] std::optional<net::SocketId> FindTcp(std::uint16_t port) const { return Find(port, true); }
  // Delivers the batch to an open socket or connection.
  void Deliver(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now);

  // Connects a peer to an open listening socket. Its packets are delivered to the connection.
  [[nodiscard]] net::SocketId ConnectTo(net::SocketId listener);
  // Closes the connection from the peer's side.
  void Disconnect(net::SocketId connection, const net::Address& from, Instant now);
  [[nodiscard]] bool IsOpen(net::SocketId connection) const { return connections_.contains(connection); }
  [[nodiscard]] bool IsAuthenticated(net::SocketId connection) const {
    return connections_.at(connection).authenticated;
  }
  [[nodiscard]] std::size_t ConnectionCount() const { return connections_.size(); }

  [[nodiscard]] std::size_t OpenCount() const { return sockets_.size(); }
  // Returns the remote address of an open socket.
  [[nodiscard]] std::optional<net::Address> RemoteOf(net::SocketId socket) const {
    return sockets_.at(socket).remote;
  }
  // Returns the options of an open socket.
  [[nodiscard]] const net::SocketOptions& OptionsOf(net::SocketId socket) const {
    return sockets_.at(socket).options;
  }

 private:
  struct Socket {
    net::SocketOptions options;
    net::Address local;
    net::DatagramReceiver* receiver = nullptr;
    bool tcp = false;
    std::optional<net::Address> remote;  // of a connected socket
  };
  struct Connection {
    net::SocketId listener;
    bool authenticated = false;
  };
  // Open sockets: id and local address.
  using Opened = std::pair<net::SocketId, net::Address>;

  [[nodiscard]] Result<Opened> Open(const net::SocketOptions& options, net::DatagramReceiver& receiver,
                                    bool tcp);
  [[nodiscard]] std::optional<net::SocketId> Find(std::uint16_t port, bool tcp) const;

  void Close(net::SocketId socket) override;
  void Connect(net::SocketId socket, const net::Address& remote) override;
  [[nodiscard]] std::uint32_t BufferSize(net::SocketId socket, bool send) const override;
  [[nodiscard]] bool HasConnection(net::SocketId listener, net::SocketId connection) const override;
  void AuthenticateConnection(net::SocketId listener, net::SocketId connection) override;
  void CloseConnection(net::SocketId listener, net::SocketId connection) override;
  [[nodiscard]] bool IsFree(const net::Address& local, bool reusePort, bool tcp) const;

  std::set<std::string> refused_;
  std::map<net::SocketId, Socket> sockets_;
  std::map<net::SocketId, Connection> connections_;
  std::uint32_t nextId_ = 1;
};

}  // namespace ringcast::test
