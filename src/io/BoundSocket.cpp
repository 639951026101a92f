#include "io/BoundSocket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "io/PortSearch.hpp"

namespace ringcast::io {

namespace {

// Backlog of connections to accept: twice the 500 that may join at once. The kernel caps it at
// net.core.somaxconn.
constexpr int kBacklog = 1024;

const char* Name(net::TransportProtocol protocol) {
  return protocol == net::TransportProtocol::kUdp ? "UDP" : "TCP";
}

// `local`: with port 0 where it is not the port's fault.
Error CannotBind(net::TransportProtocol protocol, const net::Address& local, int error) {
  std::string text = "cannot bind ";
  text.append(Name(protocol)).append(" ").append(local.Port() == 0 ? local.Ip() : local.ToString());
  text.append(": ").append(std::strerror(error));
  return GenericError(std::move(text));
}

Error NoneFree(net::TransportProtocol protocol, const net::SocketOptions& options, bool gaveUp) {
  std::string text = "no free ";
  text.append(Name(protocol)).append(" port between ").append(std::to_string(options.portMin));
  text.append(" and ").append(std::to_string(options.portMax)).append(" on ").append(options.local.Ip());
  if (gaveUp) {
    text.append(": other sockets hold the ").append(std::to_string(kMaxBinds)).append(" that were tried");
  }
  return GenericError(std::move(text));
}

// 0 keeps the system's default. The kernel doubles the requested size, and caps it at net.core.*mem_max.
bool SetBuffer(int descriptor, int option, std::uint32_t bytes) {
  constexpr std::uint32_t kMost = 1U << 30;
  return bytes == 0 || SetOption(descriptor, SOL_SOCKET, option, static_cast<int>(std::min(bytes, kMost)));
}

// Returns a socket that can be bound. A positive errno in `error` says why there is none.
Descriptor Open(net::TransportProtocol protocol, const net::SocketOptions& options, int& error) {
  const bool tcp = protocol == net::TransportProtocol::kTcp;
  const bool ipv6 = options.local.IsV6();
  Descriptor descriptor(
      socket(ipv6 ? AF_INET6 : AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int value = descriptor.Value();
  const bool ready = value >= 0 &&
                     (!ipv6 || SetOption(value, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0)) &&
                     // Connections closed within the last minute (TIME_WAIT) must not block the port. Two
                     // listening sockets still exclude each other.
                     (!tcp || SetOption(value, SOL_SOCKET, SO_REUSEADDR, 1)) &&
                     (tcp || SetOption(value, SOL_SOCKET, SO_TIMESTAMPNS, 1)) &&
                     (!options.reusePort || SetOption(value, SOL_SOCKET, SO_REUSEPORT, 1)) &&
                     SetBuffer(value, SO_SNDBUF, options.sendBufferSize) &&
                     SetBuffer(value, SO_RCVBUF, options.receiveBufferSize);
  error = ready ? 0 : errno;
  return ready ? std::move(descriptor) : Descriptor(-1);
}

// Binds it, and listens on TCP. Returns a positive errno if it cannot. `bound`: the socket has its port all
// the same, and can have no other.
int Bind(net::TransportProtocol protocol, int descriptor, const net::Address& local, bool& bound) {
  bound = bind(descriptor, local.Sockaddr(), local.SockaddrLength()) == 0;
  if (!bound) return errno;
  return protocol == net::TransportProtocol::kUdp || listen(descriptor, kBacklog) == 0 ? 0 : errno;
}

BoundSocket Bound(net::TransportProtocol protocol, Descriptor descriptor, const net::Address& asked,
                  OwnPorts& ports) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  const bool known = getsockname(descriptor.Value(), reinterpret_cast<sockaddr*>(&storage), &length) == 0;
  const auto local =
      (known ? net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length) : std::nullopt)
          .value_or(asked);
  return {std::move(descriptor), local, ports.Add(protocol, local)};
}

Result<BoundSocket> OpenInRange(net::TransportProtocol protocol, const net::SocketOptions& options,
                                Random& random, OwnPorts& ports) {
  const auto* const own = ports.Find(protocol, options.local);
  PortSearch search(options.portMin, options.portMax, random);
  Descriptor descriptor(-1);
  int binds = 0;
  while (const auto port = search.Next()) {
    if (own != nullptr && own->test(*port)) continue;
    if (++binds > kMaxBinds) return NoneFree(protocol, options, true);
    int error = 0;
    if (descriptor.Value() < 0) descriptor = Open(protocol, options, error);
    if (descriptor.Value() < 0) return CannotBind(protocol, options.local, error);
    auto local = options.local;
    local.SetPort(*port);
    bool bound = false;
    error = Bind(protocol, descriptor.Value(), local, bound);
    if (error == 0) return Bound(protocol, std::move(descriptor), local, ports);
    if (error != EADDRINUSE && error != EACCES) return CannotBind(protocol, local, error);
    if (bound) descriptor = Descriptor(-1);
  }
  return NoneFree(protocol, options, false);
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) close(value_);
}

bool SetOption(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

Result<BoundSocket> OpenBound(net::TransportProtocol protocol, const net::SocketOptions& options,
                              Random& random, OwnPorts& ports) {
  const bool anyPort = options.portMin == 0 && options.portMax == 0;
  if (options.local.Port() == 0 && !anyPort) {
    if (options.portMin > options.portMax) return TypeError("the port range is empty");
    return OpenInRange(protocol, options, random, ports);
  }
  int error = 0;
  bool bound = false;
  auto descriptor = Open(protocol, options, error);
  if (error == 0) error = Bind(protocol, descriptor.Value(), options.local, bound);
  if (error != 0) return CannotBind(protocol, options.local, error);
  return Bound(protocol, std::move(descriptor), options.local, ports);
}

}  // namespace ringcast::io
