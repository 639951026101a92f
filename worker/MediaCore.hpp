#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "HeapTrimmer.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/dtls/Context.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/io/MediaSink.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"
#include "ringcast/io/Sockets.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/Notifier.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

namespace ringcast::worker {

// The media core with real sockets, real time and real randomness under it, on one event loop. The worker's
// process has one, and so has ringcast-bench.
class MediaCore {
 public:
  struct Options {
    io::SendOptions send;
    std::optional<dtls::Context> dtls;  // nullopt: with a certificate made at start
    std::uint16_t rtcMinPort = 10000;
    std::uint16_t rtcMaxPort = 59999;
    srtp::Engine srtpEngine = srtp::Engine::kAuto;
    std::uint8_t gsoPadding = 0;
    Duration coalescing{};
  };
  MediaCore(const Options& options, rtc::Notifier& notifier);
  ~MediaCore();
  MediaCore(const MediaCore&) = delete;
  MediaCore& operator=(const MediaCore&) = delete;

  [[nodiscard]] io::EventLoop& Loop() { return loop_; }
  [[nodiscard]] rtc::Worker& Worker() { return worker_; }
  [[nodiscard]] net::EgressStats EgressStats() const { return backend_->Stats(); }
  [[nodiscard]] net::IngressStats IngressStats() const { return sockets_.UdpStats(); }
  [[nodiscard]] net::TcpStats TcpStats() const { return sockets_.TcpStats(); }

  // Called at the end of each loop turn, when the media is on its way.
  void AfterTurn(std::function<void()> callback) { afterTurn_ = std::move(callback); }

 private:
  bool OnTurnEnd(Instant now);

  // Each is destroyed before those above it.
  io::EventLoop loop_;
  SystemRandom random_;
  dtls::Context dtls_;
  net::PacketPool pool_;
  io::SocketTable socketTable_;
  std::unique_ptr<io::SendBackend> backend_;
  std::unique_ptr<io::Watch> lateSends_;  // nullptr: none of this backend's sends complete late
  io::Sockets sockets_;
  io::MediaSink sink_;
  rtc::Worker worker_;
  HeapTrimmer heapTrimmer_;
  std::function<void()> afterTurn_;
};

}  // namespace ringcast::worker
