#pragma once

#include <cstdint>
#include <utility>

#include "ringcast/base/Result.hpp"
#include "ringcast/net/Address.hpp"

namespace ringcast::bench {

// A UDP socket of the load on 127.0.0.1 or ::1, with a port that the system chose. Blocking.
class LoopbackSocket {
 public:
  [[nodiscard]] static Result<LoopbackSocket> Open(bool ipv6);
  // On another address of this machine; port 0: the system's choice.
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
  // Sends to, and receives from, this port of the same address alone.
  Status Connect(std::uint16_t port);

 private:
  LoopbackSocket(int descriptor, const net::Address& local) : descriptor_(descriptor), local_(local) {}

  int descriptor_;
  net::Address local_;
};

// "what: why", with the text of errno.
[[nodiscard]] Error SystemError(const char* what);

}  // namespace ringcast::bench
