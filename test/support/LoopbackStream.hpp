#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/net/Address.hpp"

namespace ringcast::test {

// The peer of a TCP connection on loopback.
class LoopbackStream {
 public:
  // Returns once connected: the kernel accepts without the listening program.
  // A `receiveBuffer` of 0 means the system's default.
  explicit LoopbackStream(const net::Address& to, int receiveBuffer = 0);
  ~LoopbackStream();
  LoopbackStream(LoopbackStream&& other) noexcept;
  LoopbackStream& operator=(LoopbackStream&&) = delete;

  [[nodiscard]] const net::Address& Local() const { return local_; }
  void Write(const std::vector<std::uint8_t>& bytes) const;
  // Waits for this many bytes, or for the end of the stream. Returns them.
  [[nodiscard]] std::vector<std::uint8_t> Read(std::size_t count) const;
  // Returns true if the other side has closed and all its bytes were read.
  [[nodiscard]] bool AtEnd() const { return Read(1).empty(); }
  // Closes the sending direction.
  void Finish() const;
  // Closes the connection with RST.
  void Reset();

 private:
  int descriptor_;
  net::Address local_;
};

// Returns the packet with its framing (RFC 4571).
[[nodiscard]] std::vector<std::uint8_t> Framed(const std::vector<std::uint8_t>& packet);

}  // namespace ringcast::test
