#include "io/BoundSocket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace ringcast::io {

namespace {

// Connections that wait to be accepted: twice the 500 that may join at once. The kernel caps it at
// net.core.somaxconn.
constexpr int kBacklog = 1024;

const char* Name(Protocol protocol) { return protocol == Protocol::kUdp ? "UDP" : "TCP"; }

Error CannotBind(Protocol protocol, const net::Address& local, int error) {
  std::string text = "cannot bind ";
  text.append(Name(protocol)).append(" ").append(local.ToString()).append(": ").append(std::strerror(error));
  return GenericError(std::move(text));
}

Error NoneFree(Protocol protocol, const net::SocketOptions& options) {
  std::string text = "no free ";
  text.append(Name(protocol)).append(" port between ").append(std::to_string(options.portMin));
  text.append(" and ").append(std::to_string(options.portMax)).append(" on ").append(options.local.Ip());
  return GenericError(std::move(text));
}

// Empty buffers mean the system's default. The kernel doubles what it is asked for, and caps it at
// net.core.*mem_max.
bool SetBuffer(int descriptor, int option, std::uint32_t bytes) {
  constexpr std::uint32_t kMost = 1U << 30;
  return bytes == 0 || SetOption(descriptor, SOL_SOCKET, option, static_cast<int>(std::min(bytes, kMost)));
}

// One address and port. A positive errno in `error` says why not.
Descriptor Bind(Protocol protocol, const net::SocketOptions& options, const net::Address& local, int& error) {
  const bool tcp = protocol == Protocol::kTcp;
  Descriptor descriptor(socket(local.IsV6() ? AF_INET6 : AF_INET,
                               (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int value = descriptor.Value();
  const bool ready =
      value >= 0 &&
      (!local.IsV6() || SetOption(value, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0)) &&
      // Connections that were closed here a minute ago must not hold the port (TIME_WAIT); two that listen
      // still exclude each other.
      (!tcp || SetOption(value, SOL_SOCKET, SO_REUSEADDR, 1)) &&
      (tcp || SetOption(value, SOL_SOCKET, SO_TIMESTAMPNS, 1)) &&
      (!options.reusePort || SetOption(value, SOL_SOCKET, SO_REUSEPORT, 1)) &&
      SetBuffer(value, SO_SNDBUF, options.sendBufferSize) &&
      SetBuffer(value, SO_RCVBUF, options.receiveBufferSize) &&
      bind(value, local.Sockaddr(), local.SockaddrLength()) == 0 && (!tcp || listen(value, kBacklog) == 0);
  error = ready ? 0 : errno;
  return ready ? std::move(descriptor) : Descriptor(-1);
}

BoundSocket Bound(Descriptor descriptor, const net::Address& asked) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  const bool known = getsockname(descriptor.Value(), reinterpret_cast<sockaddr*>(&storage), &length) == 0;
  const auto local =
      known ? net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length) : std::nullopt;
  return {std::move(descriptor), local.value_or(asked)};
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) close(value_);
}

bool SetOption(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

Result<BoundSocket> OpenBound(Protocol protocol, const net::SocketOptions& options, Random& random) {
  int error = 0;
  auto local = options.local;
  const bool anyPort = options.portMin == 0 && options.portMax == 0;
  if (local.Port() != 0 || anyPort) {
    auto descriptor = Bind(protocol, options, local, error);
    if (descriptor.Value() < 0) return CannotBind(protocol, local, error);
    return Bound(std::move(descriptor), local);
  }
  if (options.portMin > options.portMax) return TypeError("the port range is empty");
  // From a random place on, once round: neighbours that start together do not fight for the same ports.
  const std::uint32_t count = static_cast<std::uint32_t>(options.portMax - options.portMin) + 1;
  const std::uint32_t first = random.U32() % count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(options.portMin + (first + i) % count);
    if (port == 0) continue;  // would be the system's choice, outside the range
    local.SetPort(port);
    auto descriptor = Bind(protocol, options, local, error);
    if (descriptor.Value() >= 0) return Bound(std::move(descriptor), local);
    if (error != EADDRINUSE && error != EACCES) return CannotBind(protocol, local, error);
  }
  return NoneFree(protocol, options);
}

}  // namespace ringcast::io
