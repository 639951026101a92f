#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bench/PeerMessages.hpp"
#include "bench/SilentNotifier.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "worker/MediaCore.hpp"

namespace ringcast::bench {

// The worker's half of a benchmark with browsers: a media core with one router and one WebRtcServer on
// 127.0.0.1, over UDP and TCP, and what a controller would do for browsers in another process.
class PeerHost {
 public:
  struct Options {
    bool tcp = false;
    std::uint32_t receiveBuffer = 0;  // bytes, of the server's UDP socket; 0: as the worker chooses
  };
  // Called for what the browsers say: all but kOpen and kClose, which are done here.
  using OnMessage = std::function<void(const PeerMessage& message)>;

  PeerHost(const Options& options, int control, OnMessage onMessage);
  PeerHost(const PeerHost&) = delete;
  PeerHost& operator=(const PeerHost&) = delete;

  // Until Stop(). The failure: the server cannot be made, a transport cannot, or the browsers are gone.
  Status Run();
  void Stop() { media_.Loop().Stop(); }

  void Reply(PeerMessage::Kind kind) const;
  [[nodiscard]] worker::MediaCore& Media() { return media_; }
  // nullptr: that number was not opened.
  [[nodiscard]] rtc::Transport* Find(std::uint32_t number);
  // How the peer of that transport reaches it.
  [[nodiscard]] PeerMessage TicketOf(std::uint32_t number);
  [[nodiscard]] std::uint16_t UdpPort() const { return udpPort_; }
  // Transports whose DTLS came to that, since the start.
  [[nodiscard]] std::uint64_t Connected() const { return notifier_.connected; }
  [[nodiscard]] std::uint64_t Failed() const { return notifier_.failed; }

 private:
  struct CountingNotifier final : SilentNotifier {
    void DtlsState(std::string_view id, dtls::State state, std::string_view remoteCertificate) override;
    std::uint64_t connected = 0;
    std::uint64_t failed = 0;
  };

  Status MakeServer();
  void OnControl();
  Status Handle(const PeerMessage& message);
  Status Open(std::uint32_t number);

  Options options_;
  int control_;
  OnMessage onMessage_;
  CountingNotifier notifier_;
  worker::MediaCore media_;
  std::optional<dtls::Fingerprint> browsers_;
  std::uint16_t udpPort_ = 0;
  std::uint16_t tcpPort_ = 0;
  Status status_ = OkStatus();
};

}  // namespace ringcast::bench
