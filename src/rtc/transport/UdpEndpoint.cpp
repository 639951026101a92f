#include "ringcast/rtc/transport/UdpEndpoint.hpp"

#include <utility>

#include "rtc/transport/SocketOptionsOf.hpp"

namespace ringcast::rtc {

Status UdpEndpoint::Open(const ListenInfo& listen, const Environment& environment,
                         net::DatagramReceiver& receiver) {
  if (listen.protocol != net::TransportProtocol::kUdp)
    return TypeError("plain and pipe transports listen on UDP only");
  const auto options = SocketOptionsOf(listen, environment);
  if (!options) return options.Failure();
  auto socket = environment.sockets.OpenUdp(*options, receiver);
  if (!socket) return socket.Failure();
  listen_ = listen;
  socket_.emplace(std::move(*socket));
  return OkStatus();
}

Result<net::Address> UdpEndpoint::ParseRemote(const std::optional<std::string>& ip,
                                              std::optional<std::uint16_t> port,
                                              std::string_view portName) const {
  if (!ip) return TypeError("missing ip");
  if (!port || *port == 0) return TypeError("missing " + std::string(portName));
  const auto address = net::Address::Parse(*ip, *port);
  if (!address) return TypeError("\"" + *ip + "\" is not an IP address");
  const auto& local = socket_->Local();
  if (address->IsV6() != local.IsV6())
    return TypeError("\"" + *ip + "\" is not of the family of the local address " + local.Ip());
  return *address;
}

void UdpEndpoint::ConnectSocket() {
  // A socket bound to every address must be free to choose its source address, and members of a group answer
  // from addresses of their own.
  if (!socket_->Local().IsUnspecified() && !remote_->IsMulticast()) socket_->Connect(*remote_);
}

Tuple UdpEndpoint::Describe() const {
  Tuple tuple;
  tuple.localAddress = listen_.announcedAddress.empty() ? listen_.ip : listen_.announcedAddress;
  tuple.localPort = socket_->Local().Port();
  if (remote_) {
    tuple.remoteIp = remote_->Ip();
    tuple.remotePort = remote_->Port();
  }
  return tuple;
}

}  // namespace ringcast::rtc
