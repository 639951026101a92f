#pragma once

#include <cstdint>
#include <utility>

#include "ringcast/base/Result.hpp"
#include "ringcast/net/Address.hpp"

namespace ringcast::bench {

// A blocking UDP socket of the load on 127.0.0.1 or ::1, with a port assigned by the system.
class LoopbackSocket {
 public:
  [[nodiscard]] static Result<LoopbackSocket> Open(bool ipv6);
  // Opens a socket on another address of this machine; with port 0 the system assigns the port.
  [[nodiscard]] static Result<LoopbackSocket> Open(const net::Address& local);
  LoopbackSocket(LoopbackSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), local_(other.local_) {}
  LoopbackSocket& operator=(LoopbackSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(local_, other.local_);
    return *this;
  }
  ~LoopbackSocket();

  [[nodiscard]] int Descriptor() const { return descriptor_; }
  [[nodiscard]] std::uint16_t Port() const { return local_.Port(); }
  // Connects the socket to this port of its own address: it sends to and receives from no other one.
  Status Connect(std::uint16_t port);

 private:
  LoopbackSocket(int descriptor, const net::Address& local) : descriptor_(descriptor), local_(local) {}

  int descriptor_;
  net::Address local_;
};

// Returns an error "what: reason", with the text of errno.
[[nodiscard]] Error SystemError(const char* what);

}  // namespace ringcast::bench
