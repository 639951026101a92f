#include "support/LoopbackSocket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

LoopbackSocket::LoopbackSocket(bool ipv6)
    : LoopbackSocket(*net::Address::Parse(ipv6 ? "::1" : "127.0.0.1", 0)) {}

LoopbackSocket::LoopbackSocket(const net::Address& local)
    : descriptor_(socket(local.IsV6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  RC_ASSERT(descriptor_ >= 0);
  RC_ASSERT(bind(descriptor_, local.Sockaddr(), local.SockaddrLength()) == 0);
  const int bytes = 4 << 20;
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  RC_ASSERT(getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &length) == 0);
  local_ = *net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length);
}

LoopbackSocket::~LoopbackSocket() { close(descriptor_); }

std::vector<std::vector<std::uint8_t>> LoopbackSocket::ReceiveAll() const {
  std::vector<std::vector<std::uint8_t>> out;
  while (true) {
    std::vector<std::uint8_t> bytes(65536);
    const auto size = recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return out;
    bytes.resize(static_cast<std::size_t>(size));
    out.push_back(std::move(bytes));
  }
}

void LoopbackSocket::SendTo(const net::Address& to, const std::vector<std::uint8_t>& bytes) const {
  RC_ASSERT(sendto(descriptor_, bytes.data(), bytes.size(), 0, to.Sockaddr(), to.SockaddrLength()) ==
            static_cast<ssize_t>(bytes.size()));
}

}  // namespace ringcast::test
