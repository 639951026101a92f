#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/net/Address.hpp"

namespace ringcast::test {

// A UDP socket on 127.0.0.1 (or ::1), for tests through the kernel.
class LoopbackSocket {
 public:
  explicit LoopbackSocket(bool ipv6 = false);
  explicit LoopbackSocket(const net::Address& local);
  ~LoopbackSocket();
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  [[nodiscard]] int Descriptor() const { return descriptor_; }
  [[nodiscard]] const net::Address& Local() const { return local_; }
  // Returns the datagrams that have arrived; loopback delivers before a send returns.
  [[nodiscard]] std::vector<std::vector<std::uint8_t>> ReceiveAll() const;
  void SendTo(const net::Address& to, const std::vector<std::uint8_t>& bytes) const;

 private:
  int descriptor_;
  net::Address local_;
};

}  // namespace ringcast::test
