#include "io/SendMessage.hpp"

#include <netinet/udp.h>

#include <cstring>

namespace ringcast::io {

void SendMessage::Set(MutableBytes bytes, net::Segments segments, net::SocketId socket,
                      const net::Address& to, bool connected) {
  RC_ASSERT(segments.total <= bytes.size() && segments.Count() >= 1 && segments.Count() <= net::kMaxSegments);
  to_ = to;
  segments_ = segments;
  socket_ = socket;
  vector_ = {.iov_base = bytes.data(), .iov_len = segments.total};
  header_ = {};
  if (!connected) {
    header_.msg_name =
        const_cast<sockaddr*>(to_.Sockaddr());  // NOLINT(cppcoreguidelines-pro-type-const-cast): only read
    header_.msg_namelen = to_.SockaddrLength();
  }
  header_.msg_iov = &vector_;
  header_.msg_iovlen = 1;
  if (segments.Count() == 1) return;

  // UDP generic segmentation offload (udp(7)): the kernel cuts the bytes into datagrams of this size.
  header_.msg_control = control_;
  header_.msg_controllen = sizeof control_;
  auto* const control = CMSG_FIRSTHDR(&header_);
  control->cmsg_level = SOL_UDP;
  control->cmsg_type = UDP_SEGMENT;
  control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto size = static_cast<std::uint16_t>(segments.size);
  std::memcpy(CMSG_DATA(control), &size, sizeof size);
}

}  // namespace ringcast::io
