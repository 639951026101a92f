#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// Everything that sendmsg(2) reads for one send, at an address that stays valid until the send has completed.
class SendMessage {
 public:
  SendMessage() = default;
  SendMessage(const SendMessage&) = delete;
  SendMessage& operator=(const SendMessage&) = delete;

  // `connected`: the socket is connected to `to`, so that no address is passed.
  void Set(MutableBytes bytes, net::Segments segments, net::SocketId socket, const net::Address& to,
           bool connected);

  [[nodiscard]] const msghdr& Header() const { return header_; }
  [[nodiscard]] net::SocketId Socket() const { return socket_; }
  [[nodiscard]] net::Segments Shape() const { return segments_; }
  [[nodiscard]] const std::uint8_t* Data() const {
    return static_cast<const std::uint8_t*>(vector_.iov_base);
  }
  [[nodiscard]] const net::Address& To() const { return to_; }

 private:
  net::Address to_;
  net::Segments segments_;
  net::SocketId socket_;
  iovec vector_{};
  msghdr header_{};
  alignas(cmsghdr) std::uint8_t control_[CMSG_SPACE(sizeof(std::uint16_t))]{};
};

}  // namespace ringcast::io
