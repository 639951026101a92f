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

// The worker's side of a benchmark with browsers: a media core with one router and one WebRtcServer on
// 127.0.0.1, over UDP and TCP, and the controller's role for browsers in another process.
class PeerHost {
 public:
  struct Options {
    bool tcp = false;
    std::uint32_t receiveBuffer = 0;  // of the server's UDP socket, in bytes; 0: the worker's default
  };
  // Called for the browsers' messages, except kOpen and kClose, which are handled here.
  using OnMessage = std::function<void(const PeerMessage& message)>;

  PeerHost(const Options& options, int control, OnMessage onMessage);
  PeerHost(const PeerHost&) = delete;
  PeerHost& operator=(const PeerHost&) = delete;

  // Runs until Stop(). Error: the server or a transport cannot be created, or the browsers are gone.
  Status Run();
  void Stop() { media_.Loop().Stop(); }

  void Reply(PeerMessage::Kind kind) const;
  [[nodiscard]] worker::MediaCore& Media() { return media_; }
  // Returns nullptr if this number was not opened.
  [[nodiscard]] rtc::Transport* Find(std::uint32_t number);
  // Returns the message with the address and credentials of this transport.
  [[nodiscard]] PeerMessage TicketOf(std::uint32_t number);
  [[nodiscard]] std::uint16_t UdpPort() const { return udpPort_; }
  // Transports whose DTLS state became connected (or, for Failed, failed) since the start.
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
