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

// The receive buffers that all browsers of a process share.
struct BrowserBuffers {
  ReceiveBatch batch;
  net::PacketPool pool;
};

// A path from a browser to one port of a worker on 127.0.0.1: datagrams over UDP, or over TCP with RFC 4571
// framing.
class BrowserSocket {
 public:
  // `arrival` is the kernel's receive timestamp; only with UDP.
  using OnDatagram = std::function<void(MutableBytes datagram, std::optional<Nanoseconds> arrival)>;

  [[nodiscard]] static Result<BrowserSocket> OpenUdp(std::uint16_t port);
  [[nodiscard]] static Result<BrowserSocket> OpenTcp(std::uint16_t port, net::PacketPool& pool);
  BrowserSocket(BrowserSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), frames_(std::move(other.frames_)) {}
  BrowserSocket& operator=(BrowserSocket&&) = delete;
  ~BrowserSocket();

  [[nodiscard]] int Descriptor() const { return descriptor_; }
  // A send error loses the datagram; with TCP it also loses all later ones, because the other end closes
  // after half a frame.
  void Send(ByteView datagram);
  // Receives all pending datagrams.
  void Receive(BrowserBuffers& buffers, const OnDatagram& onDatagram);

 private:
  explicit BrowserSocket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::optional<net::StreamFrameReader> frames_;  // TCP only
};

}  // namespace ringcast::bench
