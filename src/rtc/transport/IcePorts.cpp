#include "ringcast/rtc/transport/IcePorts.hpp"

#include <string>
#include <utility>

#include "rtc/transport/SocketOptionsOf.hpp"

namespace ringcast::rtc {

const net::Address& IcePorts::Port::Local() const {
  return std::visit([](const auto& open) -> const net::Address& { return open.Local(); }, socket);
}

Result<std::unique_ptr<IcePorts>> IcePorts::Open(WorkerContext& context,
                                                 const std::vector<ListenInfo>& listenInfos,
                                                 PacketReceiver& receiver) {
  if (listenInfos.empty()) return TypeError("no listen info");
  if (listenInfos.size() > kMaxListenInfos) {
    return TypeError(std::to_string(listenInfos.size()) + " listen infos: at most " +
                     std::to_string(kMaxListenInfos) + " are taken");
  }
  std::unique_ptr<IcePorts> ports(new IcePorts(receiver));
  auto& sockets = context.environment.sockets;
  for (const auto& listen : listenInfos) {
    const auto options = SocketOptionsOf(listen, context.environment);
    if (!options) return options.Failure();
    if (listen.protocol == net::TransportProtocol::kUdp) {
      auto socket = sockets.OpenUdp(*options, *ports);
      if (!socket) return socket.Failure();
      ports->ports_.push_back({listen, std::move(*socket)});
    } else {
      net::TcpSocketOptions tcp;
      static_cast<net::SocketOptions&>(tcp) = *options;
      auto listener = sockets.OpenTcp(tcp, *ports);
      if (!listener) return listener.Failure();
      ports->ports_.push_back({listen, std::move(*listener)});
    }
  }
  return ports;
}

std::vector<ice::ListenAddress> IcePorts::Addresses() const {
  std::vector<ice::ListenAddress> out;
  for (const auto& port : ports_) {
    out.push_back({.protocol = port.listen.protocol,
                   .ip = port.Local().Ip(),
                   .announcedAddress = port.listen.announcedAddress,
                   .exposeInternalIp = port.listen.exposeInternalIp,
                   .port = port.Local().Port()});
  }
  return out;
}

const IcePorts::Port* IcePorts::Find(net::SocketId socket) const {
  for (const auto& port : ports_) {
    if (const auto* listener = std::get_if<net::TcpListener>(&port.socket)) {
      if (listener->Has(socket)) return &port;
    } else if (std::get<net::UdpSocket>(port.socket).Id() == socket) {
      return &port;
    }
  }
  return nullptr;
}

net::TcpListener* IcePorts::FindListener(net::SocketId connection) {
  for (auto& port : ports_) {
    auto* listener = std::get_if<net::TcpListener>(&port.socket);
    if (listener != nullptr && listener->Has(connection)) return listener;
  }
  return nullptr;
}

Tuple IcePorts::Describe(const ice::Tuple& tuple) const {
  Tuple described;
  described.remoteIp = tuple.remote.Ip();
  described.remotePort = tuple.remote.Port();
  described.protocol = tuple.protocol;
  if (const auto* port = Find(tuple.socket)) {
    const auto& listen = port->listen;
    described.localAddress = listen.announcedAddress.empty() ? listen.ip : listen.announcedAddress;
    described.localPort = port->Local().Port();
  }
  return described;
}

void IcePorts::Authenticate(const ice::Tuple& tuple) {
  if (tuple.protocol != net::TransportProtocol::kTcp) return;
  if (auto* listener = FindListener(tuple.socket)) listener->Authenticate(tuple.socket);
}

void IcePorts::Close(const ice::Tuple& tuple) {
  if (tuple.protocol != net::TransportProtocol::kTcp) return;
  if (auto* listener = FindListener(tuple.socket)) listener->Close(tuple.socket);
}

void IcePorts::OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) {
  const auto protocol =
      net::IsConnection(socket) ? net::TransportProtocol::kTcp : net::TransportProtocol::kUdp;
  // Receiving a packet never destroys these ports.
  for (auto& datagram : batch) {
    const ice::Tuple from{socket, datagram.from, protocol};
    const auto bytes = datagram.packet.Bytes();
    const auto kind = net::Classify(bytes);
    if (kind == net::PacketProtocol::kStun) {
      const auto parsed = stun::Message::Parse(bytes);
      receiver_.OnStun(from, {std::get_if<stun::Message>(&parsed), bytes.size()}, now);
    } else {
      receiver_.OnPacket(from, kind, std::move(datagram.packet), now);
    }
  }
}

}  // namespace ringcast::rtc
