#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/net/Address.hpp"

namespace ringcast::test {

// The peer of a TCP connection on loopback.
class LoopbackStream {
 public:
  // Connected when it returns: the kernel does that without the listening program.
  // `receiveBuffer`: 0: the system's default.
  explicit LoopbackStream(const net::Address& to, int receiveBuffer = 0);
  ~LoopbackStream();
  LoopbackStream(LoopbackStream&& other) noexcept;
  LoopbackStream& operator=(LoopbackStream&&) = delete;

  [[nodiscard]] const net::Address& Local() const { return local_; }
  void Write(const std::vector<std::uint8_t>& bytes) const;
  // As many bytes as these, or fewer where the stream ends before; waits for them.
  [[nodiscard]] std::vector<std::uint8_t> Read(std::size_t count) const;
  // The other side has closed, and all that it sent was read.
  [[nodiscard]] bool AtEnd() const { return Read(1).empty(); }
  // Closes its own direction.
  void Finish() const;
  // Closes it by RST.
  void Reset();

 private:
  int descriptor_;
  net::Address local_;
};

// The packet as it goes over the stream.
[[nodiscard]] std::vector<std::uint8_t> Framed(const std::vector<std::uint8_t>& packet);

}  // namespace ringcast::test
