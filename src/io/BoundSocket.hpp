#pragma once

#include <cstdint>
#include <utility>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/net/Socket.hpp"

namespace ringcast::io {

// An open descriptor that closes unless it is released.
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

enum class Protocol : std::uint8_t { kUdp, kTcp };

struct BoundSocket {
  Descriptor descriptor;
  net::Address local;  // with the port it got
};

// A socket on the fixed port, or on a free one of the range; one of TCP listens. TypeError: the range is
// empty. Error: nothing in it can be bound; the sentence names address, port and cause.
[[nodiscard]] Result<BoundSocket> OpenBound(Protocol protocol, const net::SocketOptions& options,
                                            Random& random);

}  // namespace ringcast::io
