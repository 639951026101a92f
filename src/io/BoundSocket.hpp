#pragma once

#include <cstdint>
#include <utility>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/io/OwnPorts.hpp"
#include "ringcast/net/Socket.hpp"

namespace ringcast::io {

// Owns an open descriptor: closes it unless it is released.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int Value() const { return value_; }
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

bool SetOption(int descriptor, int level, int option, int value);

struct BoundSocket {
  Descriptor descriptor;
  net::Address local;  // with the assigned port
  OwnPorts::Claim port;
};

// Ports of a range that one request tries to bind. At 2 us each they take 2 ms, in which no media is
// forwarded. In a range of which other programs hold 99 %, the search misses every free port in one of 20,000
// requests.
inline constexpr int kMaxBinds = 1000;

// Returns a socket on the fixed port, or on a free one of the range; one of TCP listens. TypeError: the range
// is empty. Error: nothing in it can be bound; the sentence names address, port and cause.
[[nodiscard]] Result<BoundSocket> OpenBound(net::TransportProtocol protocol,
                                            const net::SocketOptions& options, Random& random,
                                            OwnPorts& ports);

}  // namespace ringcast::io
