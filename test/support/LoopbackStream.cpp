#include "support/LoopbackStream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

LoopbackStream::LoopbackStream(const net::Address& to, int receiveBuffer)
    : descriptor_(socket(to.IsV6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  RC_ASSERT(descriptor_ >= 0);
  if (receiveBuffer > 0) setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
  RC_ASSERT(connect(descriptor_, to.Sockaddr(), to.SockaddrLength()) == 0);
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  RC_ASSERT(getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &length) == 0);
  local_ = *net::Address::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length);
}

LoopbackStream::LoopbackStream(LoopbackStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), local_(other.local_) {}

LoopbackStream::~LoopbackStream() {
  if (descriptor_ >= 0) close(descriptor_);
}

void LoopbackStream::Write(const std::vector<std::uint8_t>& bytes) const {
  RC_ASSERT(send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
}

std::vector<std::uint8_t> LoopbackStream::Read(std::size_t count) const {
  constexpr int kFaultMs = 20'000;  // only a fault takes this long
  std::vector<std::uint8_t> bytes(count);
  std::size_t got = 0;
  while (got < count) {
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    RC_ASSERT(poll(&readable, 1, kFaultMs) == 1);
    const auto read = recv(descriptor_, bytes.data() + got, count - got, MSG_DONTWAIT);
    if (read <= 0) break;
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

void LoopbackStream::Finish() const { RC_ASSERT(shutdown(descriptor_, SHUT_WR) == 0); }

void LoopbackStream::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(std::exchange(descriptor_, -1));
}

std::vector<std::uint8_t> Framed(const std::vector<std::uint8_t>& packet) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 + packet.size());
  bytes.push_back(static_cast<std::uint8_t>(packet.size() >> 8));
  bytes.push_back(static_cast<std::uint8_t>(packet.size()));
  bytes.insert(bytes.end(), packet.begin(), packet.end());
  return bytes;
}

}  // namespace ringcast::test
