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

// The media core with real sockets, clock and random numbers, on one event loop. Used by the worker process
// and by ringcast-bench.
class MediaCore {
 public:
  struct Options {
    io::SendOptions send;
    std::optional<dtls::Context> dtls;  // nullopt: generate a certificate at startup
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

  // Sets a function that is called at the end of each loop iteration, after the media has been sent.
  void AfterTurn(std::function<void()> callback) { afterTurn_ = std::move(callback); }

 private:
  bool OnTurnEnd(Instant now);

  // Members depend on those above them and are destroyed before them.
  io::EventLoop loop_;
  SystemRandom random_;
  dtls::Context dtls_;
  net::PacketPool pool_;
  io::SocketTable socketTable_;
  std::unique_ptr<io::SendBackend> backend_;
  std::unique_ptr<io::Watch> lateSends_;  // nullptr: no send of this backend completes late
  io::Sockets sockets_;
  io::MediaSink sink_;
  rtc::Worker worker_;
  HeapTrimmer heapTrimmer_;
  std::function<void()> afterTurn_;
};

}  // namespace ringcast::worker
