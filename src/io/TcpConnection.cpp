#include "io/TcpConnection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace ringcast::io {

TcpConnection::TcpConnection(Descriptor descriptor, net::SocketId listener, const net::Address& remote,
                             net::PacketPool& pool)
    : descriptor_(std::move(descriptor)), listener_(listener), remote_(remote), packets_(pool) {}

TcpConnection::ReadOutcome TcpConnection::Read(MutableBytes room) {
  const auto read = recv(descriptor_.Value(), room.data(), room.size(), MSG_DONTWAIT);
  if (read > 0) {
    const auto bytes = static_cast<std::size_t>(read);
    packets_.Feed(room.first(bytes));
    return {.bytes = bytes, .ended = false};
  }
  // 0 means that the peer has closed its side: it can send no more packets that would renew consent.
  return {.bytes = 0, .ended = read == 0 || (errno != EAGAIN && errno != EINTR)};
}

TcpConnection::WriteOutcome TcpConnection::Write() {
  if (output_.Empty()) return {};
  const auto bytes = output_.Bytes();
  ssize_t sent = -1;
  do {
    sent = send(descriptor_.Value(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno != EAGAIN) return {.bytes = 0, .broken = true};
  const auto written = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  blocked_ = written < bytes.size();
  output_.Consume(written);
  return {.bytes = written, .broken = false};
}

}  // namespace ringcast::io
