#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/transport/PipeTransport.hpp"
#include "ringcast/rtc/transport/PlainTransport.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"
#include "support/FakeSink.hpp"
#include "support/FakeSockets.hpp"
#include "support/RecordingNotifier.hpp"

namespace ringcast::test {

// Differences of a producer or a consumer from the default.
struct MediaSetup {
  std::vector<std::pair<rtp::Extension, std::uint8_t>> extensions;
  std::string mid;
  std::vector<std::string> feedback;         // RTCP feedback of its codec, in addition to the default
  std::optional<bool> reducedSize;           // RFC 5506; reduced-size by default
  bool nack = true;                          // generic NACK feedback of video
  bool rtx = false;                          // retransmissions of video by RFC 4588
  std::uint32_t encodings = 1;               // of a producer; several mean simulcast
  const char* layers = "";                   // scalabilityMode of each encoding, like "L1T3"
  std::uint32_t keyFrameRequestDelayMs = 0;  // of a producer
  bool ignoreDtx = false;                    // of a consumer
  // Of a consumer: forwards all encodings, with consecutive ssrcs. Of a producer: of such a stream.
  bool pipe = false;
};

// The real media core in a simulated environment: fake sockets and sink, seeded random numbers, and a clock
// that the test advances.
class SimWorker {
 public:
  static constexpr std::uint8_t kVideoPayloadType = 96;   // VP8, from publishers
  static constexpr std::uint8_t kAudioPayloadType = 111;  // Opus
  static constexpr std::uint8_t kMappedVideoPayloadType = 101;
  static constexpr std::uint8_t kMappedAudioPayloadType = 100;
  static constexpr std::uint8_t kVideoRtxPayloadType = 97;
  static constexpr std::uint8_t kMappedVideoRtxPayloadType = 102;
  static constexpr WallClock kWallClock{Seconds(1'700'000'000)};
  static constexpr const char* kCname = "sim-cname";
  static constexpr std::uint32_t kMappedSsrc = 900001;  // router ssrc of every producer's first encoding
  // The ssrcs of a producer's encodings are consecutive, from the publisher and in the router. Returns the
  // RTX ssrc.
  static constexpr std::uint32_t RtxOf(std::uint32_t ssrc) { return ssrc + 100'000; }

  struct Options {
    std::uint8_t gsoPadding = 0;
    Duration coalescing{};
    std::size_t poolLimit = net::PacketPool::kDefaultLimit;
  };
  explicit SimWorker(std::uint64_t seed = 1) : SimWorker(seed, Options()) {}
  SimWorker(std::uint64_t seed, const Options& options);

  struct PlainSetup {
    bool comedia = false;
    bool rtcpMux = true;
    std::optional<net::Address> remote;  // of a connected transport
  };
  void AddRouter(const std::string& id);
  void AddPlain(const std::string& router, const std::string& id, const PlainSetup& setup);
  // Adds a pipe transport to each of two routers, and connects the two.
  void AddPipes(const std::string& router, const std::string& id, const std::string& farRouter,
                const std::string& farId, bool srtp);
  void AddDirect(const std::string& router, const std::string& id);
  void AddWebRtc(const std::string& router, const std::string& id);  // over UDP
  void Produce(const std::string& transport, const std::string& id, MediaKind kind,
               std::optional<std::uint32_t> ssrc, const MediaSetup& setup = {});
  // Creates a consumer of the producer's kind, with its layers.
  void Consume(const std::string& transport, const std::string& id, const std::string& producer,
               std::uint32_t ssrc, const MediaSetup& setup = {});

  // Delivers a datagram to the socket of a plain or pipe transport, or to its RTCP socket.
  void Receive(const std::string& transport, const net::Address& from,
               const std::vector<std::uint8_t>& bytes);
  void ReceiveRtcp(const std::string& transport, const net::Address& from,
                   const std::vector<std::uint8_t>& bytes);

  std::vector<Datagram> EndTurn();
  [[nodiscard]] std::vector<Run> EndTurnRuns();  // RTP only
  [[nodiscard]] std::size_t SentSoFar() const { return sink.sent.size(); }
  // Advances the time and fires each timer at its deadline.
  void Advance(Duration duration);

  rtc::Transport& Transport(const std::string& id) { return *worker.FindTransport(id); }
  rtc::PlainTransport& Plain(const std::string& id) {
    return *rtc::OfKind<rtc::PlainTransport>(&Transport(id));
  }
  rtc::PipeTransport& Pipe(const std::string& id) { return *rtc::OfKind<rtc::PipeTransport>(&Transport(id)); }
  rtc::WebRtcTransport& WebRtc(const std::string& id) {
    return *rtc::OfKind<rtc::WebRtcTransport>(&Transport(id));
  }
  rtc::DirectTransport& Direct(const std::string& id) {
    return *rtc::OfKind<rtc::DirectTransport>(&Transport(id));
  }
  rtc::Producer& Producer(const std::string& id) { return *worker.FindProducer(id); }
  rtc::Consumer& Consumer(const std::string& id) { return *worker.FindConsumer(id); }
  [[nodiscard]] std::size_t OpenSockets() const { return sockets.OpenCount(); }

  // Declared in the order of their dependencies: the worker is destroyed first.
  net::PacketPool pool;
  FakeSink sink;
  FakeSockets sockets;
  TimerQueue timers;
  RecordingNotifier notifier;
  SeededRandom random;
  Instant now = Instant(Seconds(1000));
  Duration idle{};  // time that the loop waited: all elapsed time, unless a test subtracts some
  rtc::Worker worker;
  bool more = false;  // the last iteration left work to do

 private:
  void ReceiveOn(std::uint16_t port, const net::Address& from, const std::vector<std::uint8_t>& bytes);
};

// Returns the RTP datagrams, without RTCP.
[[nodiscard]] std::vector<Datagram> Rtp(const std::vector<Datagram>& datagrams);
// Returns the number of key frames that the datagrams request by PLI.
[[nodiscard]] std::size_t CountPictureLoss(const std::vector<Datagram>& datagrams);

}  // namespace ringcast::test
