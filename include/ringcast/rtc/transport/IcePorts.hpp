#pragma once

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/ice/Candidate.hpp"
#include "ringcast/ice/Tuple.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::rtc {

// The UDP and TCP sockets of a WebRTC server or of one WebRTC transport. Classifies each packet that arrives,
// and parses STUN.
class IcePorts final : private net::DatagramReceiver {
 public:
  struct Stun {
    const stun::Message* message = nullptr;  // nullptr: malformed
    std::size_t size = 0;                    // of the datagram
  };
  class PacketReceiver {
   public:
    virtual ~PacketReceiver() = default;
    virtual void OnStun(const ice::Tuple& from, const Stun& stun, Instant now) = 0;
    // `protocol`: not STUN.
    virtual void OnPacket(const ice::Tuple& from, net::PacketProtocol protocol, net::PacketRef packet,
                          Instant now) = 0;
    virtual void OnConnectionClosed(const ice::Tuple& from, Instant now) = 0;
  };

  // TypeError: no listen info, too many, or one that SocketOptionsOf refuses; Error: one cannot be bound.
  // `receiver` outlives the ports.
  [[nodiscard]] static Result<std::unique_ptr<IcePorts>> Open(WorkerContext& context,
                                                              const std::vector<ListenInfo>& listenInfos,
                                                              PacketReceiver& receiver);
  IcePorts(const IcePorts&) = delete;
  IcePorts& operator=(const IcePorts&) = delete;
  ~IcePorts() override = default;

  // In the controller's order, with the ports that were bound.
  [[nodiscard]] std::vector<ice::ListenAddress> Addresses() const;
  // Returns the tuple as the controller sees it, with the announced address.
  [[nodiscard]] Tuple Describe(const ice::Tuple& tuple) const;

  // The peer has authenticated itself: its TCP connection stays. No effect on UDP.
  void Authenticate(const ice::Tuple& tuple);
  // Closes the tuple's TCP connection. No effect on UDP.
  void Close(const ice::Tuple& tuple);

 private:
  struct Port {
    ListenInfo listen;
    std::variant<net::UdpSocket, net::TcpListener> socket;
    [[nodiscard]] const net::Address& Local() const;
  };

  explicit IcePorts(PacketReceiver& receiver) : receiver_(receiver) {}

  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) override;
  void OnConnectionClosed(net::SocketId connection, const net::Address& from, Instant now) override {
    receiver_.OnConnectionClosed({connection, from, net::TransportProtocol::kTcp}, now);
  }
  [[nodiscard]] const Port* Find(net::SocketId socket) const;
  [[nodiscard]] net::TcpListener* FindListener(net::SocketId connection);

  PacketReceiver& receiver_;
  std::vector<Port> ports_;
};

}  // namespace ringcast::rtc
