#include "bench/LoopbackSocket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ringcast::bench {

Error SystemError(const char* what) { return GenericError(std::string(what) + ": " + std::strerror(errno)); }

Result<LoopbackSocket> LoopbackSocket::Open(bool ipv6) {
  return Open(*net::Address::Parse(ipv6 ? "::1" : "127.0.0.1", 0));
}

Result<LoopbackSocket> LoopbackSocket::Open(const net::Address& local) {
  const int descriptor = socket(local.IsV6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return SystemError("socket");
  LoopbackSocket opened(descriptor, local);
  if (bind(descriptor, opened.local_.Sockaddr(), opened.local_.SockaddrLength()) != 0)
    return SystemError("bind");
  sockaddr_storage bound{};
  socklen_t length = sizeof(bound);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0)
    return SystemError("getsockname");
  opened.local_ = *net::Address::FromSockaddr(reinterpret_cast<const sockaddr*>(&bound), length);
  return opened;
}

LoopbackSocket::~LoopbackSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status LoopbackSocket::Connect(std::uint16_t port) {
  net::Address remote = local_;
  remote.SetPort(port);
  if (connect(descriptor_, remote.Sockaddr(), remote.SockaddrLength()) != 0) return SystemError("connect");
  return OkStatus();
}

}  // namespace ringcast::bench
