#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bench/LoadReceiver.hpp"
#include "bench/LoopbackSocket.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/net/StreamFraming.hpp"

namespace ringcast::bench {

// What the browsers of one process read with.
struct BrowserBuffers {
  ReceiveBatch batch;
  net::PacketPool pool;
};

// A way from a browser to one port of a worker on 127.0.0.1: datagrams over UDP, or over TCP as RFC 4571
// frames them.
class BrowserSocket {
 public:
  // The kernel's time of arrival, over UDP.
  using OnDatagram = std::function<void(MutableBytes datagram, std::optional<Nanoseconds> arrival)>;

  [[nodiscard]] static Result<BrowserSocket> OpenUdp(std::uint16_t port);
  [[nodiscard]] static Result<BrowserSocket> OpenTcp(std::uint16_t port, net::PacketPool& pool);
  BrowserSocket(BrowserSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), frames_(std::move(other.frames_)) {}
  BrowserSocket& operator=(BrowserSocket&&) = delete;
  ~BrowserSocket();

  [[nodiscard]] int Descriptor() const { return descriptor_; }
  // What does not leave is lost, over TCP with all that follows: the other end closes on half a frame.
  void Send(ByteView datagram);
  // All that waits.
  void Receive(BrowserBuffers& buffers, const OnDatagram& onDatagram);

 private:
  explicit BrowserSocket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::optional<net::StreamFrameReader> frames_;  // over TCP
};

}  // namespace ringcast::bench
