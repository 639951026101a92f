#include "support/FakeSockets.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

namespace {

// RFC 6335 section 6: where a port is the system's to choose.
constexpr std::uint16_t kFirstDynamicPort = 49152;
constexpr std::uint16_t kLastPort = 65535;

}  // namespace

FakeSockets::~FakeSockets() { RC_ASSERT(sockets_.empty()); }

bool FakeSockets::IsFree(const net::Address& local, bool reusePort) const {
  return std::all_of(sockets_.begin(), sockets_.end(), [&](const auto& entry) {
    return !(entry.second.local == local) || (reusePort && entry.second.options.reusePort);
  });
}

Result<net::UdpSocket> FakeSockets::OpenUdp(const net::UdpSocketOptions& options,
                                            net::DatagramReceiver& receiver) {
  net::Address local = options.local;
  const std::string ip = local.Ip();
  if (refused_.contains(ip)) return GenericError("cannot bind " + ip + ": no such address here");
  if (local.Port() != 0) {
    if (!IsFree(local, options.reusePort))
      return GenericError("cannot bind " + local.ToString() + ": in use");
  } else {
    const bool anyPort = options.portMin == 0 && options.portMax == 0;
    const std::uint32_t first = anyPort ? kFirstDynamicPort : std::max<std::uint32_t>(options.portMin, 1);
    const std::uint32_t last = anyPort ? kLastPort : options.portMax;
    std::uint32_t port = first;
    for (; port <= last; ++port) {
      local.SetPort(static_cast<std::uint16_t>(port));
      if (IsFree(local, options.reusePort)) break;
    }
    if (port > last) {
      return GenericError("no free port on " + ip + " from " + std::to_string(first) + " to " +
                          std::to_string(last));
    }
  }
  const net::SocketId id(nextId_++);
  sockets_.emplace(id, Socket{options, local, &receiver});
  return net::UdpSocket(*this, id, local);
}

std::optional<net::SocketId> FakeSockets::Find(std::uint16_t port) const {
  for (const auto& [id, socket] : sockets_) {
    if (socket.local.Port() == port) return id;
  }
  return std::nullopt;
}

void FakeSockets::Deliver(net::SocketId socket, std::span<net::ReceivedDatagram> batch, Instant now) {
  sockets_.at(socket).receiver->OnDatagrams(socket, batch, now);
}

void FakeSockets::Connect(net::SocketId socket, const net::Address& remote) {
  sockets_.at(socket).remote = remote;
}

void FakeSockets::Close(net::SocketId socket) {
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
