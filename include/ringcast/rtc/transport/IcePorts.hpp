#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/ice/Candidate.hpp"
#include "ringcast/ice/Tuple.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// The sockets at which WebRTC peers may speak, over UDP and TCP: those of a server, or of one transport.
class IcePorts final : private net::DatagramReceiver {
 public:
  class User {
   public:
    virtual ~User() = default;
    virtual void OnDatagram(const ice::Tuple& from, net::PacketRef packet, Instant now) = 0;
    virtual void OnConnectionClosed(const ice::Tuple& from, Instant now) = 0;
  };

  // TypeError: none, too many, or one that SocketOptionsOf refuses; Error: one cannot be bound. `user`
  // outlives it.
  [[nodiscard]] static Result<std::unique_ptr<IcePorts>> Open(WorkerContext& context,
                                                              const std::vector<ListenInfo>& listenInfos,
                                                              User& user);
  IcePorts(const IcePorts&) = delete;
  IcePorts& operator=(const IcePorts&) = delete;
  ~IcePorts() override = default;

  // In the controller's order, with the ports that were bound.
  [[nodiscard]] std::vector<ice::ListenAddress> Addresses() const;
  // As the controller is told of it.
  [[nodiscard]] Tuple Describe(const ice::Tuple& tuple) const;

  // Its peer has shown who it is. UDP: nothing to do.
  void Claim(const ice::Tuple& tuple);
  // It is of no more use. UDP: likewise.
  void Close(const ice::Tuple& tuple);

 private:
  struct Port {
    ListenInfo listen;
    std::variant<net::UdpSocket, net::TcpListener> socket;
    [[nodiscard]] const net::Address& Local() const;
  };

  explicit IcePorts(User& user) : user_(user) {}

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) override;
  void OnConnectionClosed(net::SocketId connection, const net::Address& from, Instant now) override {
    user_.OnConnectionClosed({connection, from, net::TransportProtocol::kTcp}, now);
  }
  [[nodiscard]] const Port* Find(net::SocketId socket) const;
  [[nodiscard]] net::TcpListener* FindListener(net::SocketId connection);

  User& user_;
  std::vector<Port> ports_;
};

}  // namespace ringcast::rtc
