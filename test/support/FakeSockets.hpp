#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "ringcast/net/Socket.hpp"

namespace ringcast::test {

// A machine that has every address, with all ports free. Sockets receive what the test delivers.
class FakeSockets final : public net::SocketFactory {
 public:
  ~FakeSockets() override;

  [[nodiscard]] Result<net::UdpSocket> OpenUdp(const net::UdpSocketOptions& options,
                                               net::DatagramReceiver& receiver) override;

  // From now on the address cannot be bound, as one of another machine.
  void Refuse(const std::string& ip) { refused_.insert(ip); }

  // The open socket with this local port.
  [[nodiscard]] std::optional<net::SocketId> Find(std::uint16_t port) const;
  // The batch arrives there; the socket must be open.
  void Deliver(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now);

  [[nodiscard]] std::size_t OpenCount() const { return sockets_.size(); }
  // Whom an open socket was connected to.
  [[nodiscard]] std::optional<net::Address> RemoteOf(net::SocketId socket) const {
    return sockets_.at(socket).remote;
  }
  // What an open socket was opened with.
  [[nodiscard]] const net::UdpSocketOptions& OptionsOf(net::SocketId socket) const {
    return sockets_.at(socket).options;
  }

 private:
  struct Socket {
    net::UdpSocketOptions options;
    net::Address local;
    net::DatagramReceiver* receiver = nullptr;
    std::optional<net::Address> remote;  // connected to it
  };

  void Close(net::SocketId socket) override;
  void Connect(net::SocketId socket, const net::Address& remote) override;
  [[nodiscard]] std::uint32_t BufferSize(net::SocketId socket, bool send) const override;
  [[nodiscard]] bool IsFree(const net::Address& local, bool reusePort) const;

  std::set<std::string> refused_;
  std::map<net::SocketId, Socket> sockets_;
  std::uint32_t nextId_ = 1;
};

}  // namespace ringcast::test
