// Forwarding allocates no memory in steady state. The hooks of AddressSanitizer count allocations, so these
// tests exist only in builds with it.

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/PlainTransport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "support/DtlsContext.hpp"
#include "support/FakeSockets.hpp"
#include "support/RecordingNotifier.hpp"
#include "support/RtpBytes.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RINGCAST_COUNTS_ALLOCATIONS
#include <sanitizer/allocator_interface.h>
#endif
#endif

#ifdef RINGCAST_COUNTS_ALLOCATIONS

namespace ringcast::test {

namespace {

std::atomic<bool> g_counting = false;
std::atomic<std::size_t> g_allocations = 0;

void OnMalloc(const volatile void* /*block*/, std::size_t /*size*/) {
  if (g_counting) ++g_allocations;
}
void OnFree(const volatile void* /*block*/) {}

void CountAllocations(bool on) {
  static const int kInstalled = __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree);
  REQUIRE(kInstalled > 0);
  if (on) g_allocations = 0;
  g_counting = on;
}

// A sink that sends nothing and allocates nothing.
class NullSink final : public net::DatagramSink {
 public:
  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t /*bytes*/) override {
    return net::SendSlot(*this, 0, MutableBytes(memory_.get(), kLargeSlot));
  }
  void Send(net::SendSlot slot, net::Segments segments, net::SocketId /*socket*/,
            const net::Address& /*to*/) override {
    slot.Release();
    datagrams += segments.Count();
  }
  void Flush() override {}

  std::size_t datagrams = 0;

 private:
  void Free(std::uint32_t /*slotIndex*/) override {}
  std::unique_ptr<std::uint8_t[]> memory_ = std::make_unique<std::uint8_t[]>(kLargeSlot);
};

rtc::RtpParameters Parameters(std::uint8_t payloadType, std::uint32_t ssrc) {
  rtc::RtpParameters parameters;
  auto& codec = parameters.codecs.emplace_back();
  codec.mimeType = "video/VP8";
  codec.payloadType = PayloadType(payloadType);
  codec.clockRate = 90'000;
  parameters.encodings.emplace_back().ssrc = Ssrc(ssrc);
  parameters.headerExtensions.push_back({.uri = rtp::Extension::kMid, .id = 1});
  parameters.headerExtensions.push_back({.uri = rtp::Extension::kAbsSendTime, .id = 4});
  parameters.mid = "0";
  parameters.rtcp.cname = "someone";
  return parameters;
}

// A worker and a publisher that sends it encrypted video.
struct World {
  World() {
    REQUIRE(worker.CreateRouter("room").Ok());
    options.listenInfo.ip = "127.0.0.1";
    options.rtcpMux = true;
    options.comedia = true;
    options.enableSrtp = true;
    // The other suites use OpenSSL's HMAC, which allocates for each RTCP packet.
    options.srtpCryptoSuite = srtp::CryptoSuite::kAeadAes128Gcm;
    auto created = worker.FindRouter("room")->CreatePlainTransport("in", options);
    REQUIRE(created.Ok());
    in = *created;
    const auto key = srtp::MasterKey::Generate(*options.srtpCryptoSuite, random);
    rtc::PlainConnectOptions connect;
    connect.srtpParameters = rtc::SrtpParameters{key.Suite(), key.Base64()};
    REQUIRE(in->Connect(connect, now).Ok());
    auto protector = srtp::Outbound::Create(key);
    REQUIRE(protector.Ok());
    outbound = std::move(*protector);
    socket = *sockets.Find(in->Dump().plain->tuple.localPort);
  }

  // Producer "p"; its consumers use payload type 101.
  void Publish(const rtc::RtpParameters& parameters) {
    rtc::ProduceOptions produce{.producerId = "p", .kind = MediaKind::kVideo, .rtpParameters = parameters};
    produce.rtpMapping.codecs.push_back({PayloadType(96), PayloadType(101)});
    produce.rtpMapping.encodings.push_back({.rid = {}, .ssrc = Ssrc(5), .mappedSsrc = Ssrc(900)});
    REQUIRE(in->Produce(produce, now).Ok());
  }

  // The allocations of the publisher are not counted.
  template <typename Make>  // a std::function would allocate
  void Receive(const Make& make) {
    g_counting = false;
    auto bytes = make().Write();
    const auto plainSize = bytes.size();
    bytes.resize(plainSize + srtp::kMaxOverhead);
    bytes.resize(outbound->ProtectRtp(bytes, plainSize).value());
    g_counting = true;
    std::array batch{net::ReceivedDatagram{pool.Copy(bytes, now), publisher}};
    sockets.Deliver(socket, batch, now);
  }

  void EndTurn(Duration untilNext) {
    worker.OnTurnEnd(now, now.time_since_epoch());
    now += untilNext;
  }

  const net::Address publisher = *net::Address::Parse("192.0.2.1", 4000);
  net::PacketPool pool;
  NullSink sink;
  FakeSockets sockets;
  TimerQueue timers;
  RecordingNotifier notifier;
  SeededRandom random{1};
  Instant now{Seconds(1000)};
  rtc::Worker worker{rtc::Environment{.pool = pool,
                                      .sink = sink,
                                      .sockets = sockets,
                                      .timers = timers,
                                      .notifier = notifier,
                                      .random = random,
                                      .wallClock = WallClock(Seconds(1'700'000'000)),
                                      .dtls = DtlsContext()}};
  rtc::PlainTransportOptions options;
  rtc::PlainTransport* in = nullptr;
  std::optional<srtp::Outbound> outbound;
  net::SocketId socket;
};

}  // namespace

TEST_CASE(
    "AllocationTest: forwards from an encrypted publisher to forty encrypted consumers without allocation") {
  constexpr std::size_t kConsumers = 40;
  World w;
  w.Publish(Parameters(96, 5));

  auto& router = *w.worker.FindRouter("room");
  auto plain = w.options;
  plain.comedia = false;
  for (std::size_t i = 0; i < kConsumers; ++i) {
    const auto id = std::to_string(i);
    // The consumers use every suite in turn.
    const auto suite = static_cast<srtp::CryptoSuite>(i % 4);
    plain.srtpCryptoSuite = suite;
    auto out = router.CreatePlainTransport("out" + id, plain);
    REQUIRE(out.Ok());
    rtc::PlainConnectOptions connect;
    connect.ip = "203.0.113.9";
    connect.port = static_cast<std::uint16_t>(5000 + i);
    connect.srtpParameters = rtc::SrtpParameters{suite, srtp::MasterKey::Generate(suite, w.random).Base64()};
    REQUIRE((*out)->Connect(connect, w.now).Ok());
    rtc::ConsumeOptions consume;
    consume.consumerId = "c" + id;
    consume.producerId = "p";
    consume.kind = MediaKind::kVideo;
    consume.rtpParameters = Parameters(101, 7000 + static_cast<std::uint32_t>(i));
    consume.consumableRtpEncodings.emplace_back().ssrc = Ssrc(900);
    REQUIRE((*out)->Consume(consume, w.now).Ok());
  }

  std::uint16_t sequenceNumber = 0;
  const auto turn = [&] {
    // A frame of five packets, the last packet shorter.
    for (int i = 0; i < 5; ++i) {
      const bool start = i == 0;
      w.Receive([&] {
        return RtpBytes{.payloadType = 96,
                        .marker = i == 4,
                        .sequenceNumber = sequenceNumber++,
                        .timestamp = sequenceNumber / 5U * 3000U,
                        .ssrc = 5,
                        .payload = Vp8Payload(start, i == 4 ? 700 : 1100)};
      });
    }
    w.EndTurn(Milliseconds(33));
  };

  CountAllocations(true);
  for (int i = 0; i < 20; ++i) turn();
  CHECK(g_allocations > 0);  // queues and statistics grew, so the hook counts
  w.sink.datagrams = 0;
  CountAllocations(true);
  constexpr std::size_t kTurns = 200;
  for (std::size_t i = 0; i < kTurns; ++i) turn();
  CountAllocations(false);
  CHECK(w.sink.datagrams == kTurns * 5 * kConsumers);
  CHECK(g_allocations == 0);
}

TEST_CASE(
    "AllocationTest: allocates nothing when it sends feedback, REMB and reports to an encrypted publisher") {
  World w;
  auto parameters = Parameters(96, 5);
  parameters.headerExtensions.push_back({.uri = rtp::Extension::kTransportWideCc, .id = 5});
  parameters.codecs[0].rtcpFeedback = {{"transport-cc", ""}};
  w.Publish(parameters);
  REQUIRE(w.in->Rtcp().SetMaxIncomingBitrate(DataRate(9'000'000), w.now).Ok());

  std::uint16_t number = 0;
  const auto turn = [&] {
    // Every eleventh packet is lost.
    number = static_cast<std::uint16_t>(number + (number % 11 == 9 ? 2 : 1));
    w.Receive([&] {
      return RtpBytes{
          .payloadType = 96,
          .sequenceNumber = number,
          .timestamp = number * 100U,
          .ssrc = 5,
          .extensions = {{5, {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}}},
          .payload = Vp8Payload(false, 1000)};
    });
    w.timers.OnTimeout(w.now);
    w.EndTurn(Milliseconds(2));
  };

  for (int i = 0; i < 2000; ++i) turn();
  w.sink.datagrams = 0;
  CountAllocations(true);
  // Ten seconds: 100 feedback messages, one REMB each second, and receiver reports.
  for (int i = 0; i < 5000; ++i) turn();
  CountAllocations(false);
  CHECK(w.sink.datagrams >= 100 + 9 + 5);
  CHECK(w.sink.datagrams <= 101 + 11 + 21);
  CHECK(g_allocations == 0);
}

}  // namespace ringcast::test

#endif
