// The whole send path over the kernel: the same media through every backend and every encryptor.

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/io/EventLoop.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/Sockets.hpp"
#include "ringcast/net/Demux.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/transport/PlainTransport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"
#include "support/DtlsContext.hpp"
#include "support/LoopbackSocket.hpp"
#include "support/RecordingNotifier.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::test {

namespace {

using Datagrams = std::vector<std::vector<std::uint8_t>>;
using Preference = io::SendOptions::Preference;

constexpr std::size_t kReceivers = 4;  // one for each SRTP suite
constexpr int kTurns = 25;

struct Way {
  Preference preference = Preference::kAuto;
  bool segmentation = true;
  srtp::Engine engine = srtp::Engine::kAuto;
};

struct Media {
  MediaKind kind;
  std::uint8_t payloadType;
  std::uint32_t ssrc;
  const char* mimeType;
  const char* producerId;
};
constexpr Media kVideo{MediaKind::kVideo, 101, 5, "video/VP8", "video"};
constexpr Media kAudio{MediaKind::kAudio, 100, 6, "audio/opus", "audio"};

rtc::RtpParameters Parameters(const Media& media, std::uint32_t ssrc) {
  rtc::RtpParameters parameters;
  auto& codec = parameters.codecs.emplace_back();
  codec.mimeType = media.mimeType;
  codec.payloadType = PayloadType(media.payloadType);
  codec.clockRate = media.kind == MediaKind::kVideo ? 90'000 : 48'000;
  if (media.kind == MediaKind::kAudio) codec.channels = 2;
  parameters.encodings.emplace_back().ssrc = Ssrc(ssrc);
  parameters.headerExtensions.push_back({.uri = rtp::Extension::kMid, .id = 1});
  parameters.headerExtensions.push_back({.uri = rtp::Extension::kTransportWideCc, .id = 3});
  parameters.mid = media.kind == MediaKind::kVideo ? "v" : "a";
  parameters.rtcp.cname = "someone";
  return parameters;
}

// A worker whose only chance is the way it sends; all else comes from one seed.
class Studio {
 public:
  explicit Studio(const Way& way)
      : sink_(io::MakeSendBackend({.preference = way.preference, .segmentation = way.segmentation}, table_)),
        worker_(rtc::Environment{.pool = pool_,
                                 .sink = *sink_,
                                 .sockets = sockets_,
                                 .timers = timers_,
                                 .notifier = notifier_,
                                 .random = random_,
                                 .wallClock = WallClock(Seconds(1'700'000'000)),
                                 .dtls = DtlsContext(),
                                 .srtpEngine = way.engine}) {
    REQUIRE(worker_.CreateRouter("room").Ok());
    auto& router = *worker_.FindRouter("room");
    auto in = router.CreateDirectTransport("in", {.direct = true});
    REQUIRE(in.Ok());
    for (const auto* media : {&kVideo, &kAudio}) Produce(**in, *media);
    for (std::size_t i = 0; i < kReceivers; ++i) Watch(router, i);
  }

  std::vector<Datagrams> Play() {
    std::vector<Datagrams> got(kReceivers);
    std::uint16_t video = 65'500;  // over the end
    std::uint16_t audio = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      // Frames of up to 30 packets, 40 KB: enough for a send without a copy.
      const auto count = 1 + media_.U32() % 30;
      const std::size_t size = 200 + media_.U32() % 1100;
      for (std::uint32_t i = 0; i < count; ++i) {
        Send(kVideo, video++, static_cast<std::uint32_t>(turn) * 3000,
             Vp8Payload(turn == 0 && i == 0, i + 1 == count ? 1 + size / 2 : size));
      }
      Send(kAudio, audio++, static_cast<std::uint32_t>(turn) * 960, OpusPayload(60 + media_.U32() % 100));
      worker_.OnTurnEnd(now_, now_.time_since_epoch());
      now_ += Milliseconds(20);
      for (std::size_t i = 0; i < kReceivers; ++i) {
        for (auto& datagram : receivers_[i].ReceiveAll()) {
          if (net::Classify(datagram) == net::PacketProtocol::kRtp) got[i].push_back(std::move(datagram));
        }
      }
    }
    return got;
  }

  [[nodiscard]] net::EgressStats Stats() const { return sink_->Stats(); }

 private:
  void Produce(rtc::Transport& transport, const Media& media) {
    rtc::ProduceOptions options{
        .producerId = media.producerId, .kind = media.kind, .rtpParameters = Parameters(media, media.ssrc)};
    const PayloadType payloadType(media.payloadType);
    options.rtpMapping.codecs.push_back({payloadType, payloadType});
    options.rtpMapping.encodings.push_back(
        {.rid = {}, .ssrc = Ssrc(media.ssrc), .mappedSsrc = Ssrc(900 + media.ssrc)});
    REQUIRE(transport.Produce(options, now_).Ok());
  }

  void Watch(rtc::Router& router, std::size_t index) {
    const auto suite = static_cast<srtp::CryptoSuite>(index % 4);
    const auto id = std::to_string(index);
    rtc::PlainTransportOptions plain;
    plain.listenInfo.ip = "127.0.0.1";
    plain.rtcpMux = true;
    plain.enableSrtp = true;
    plain.srtpCryptoSuite = suite;
    auto out = router.CreatePlainTransport("out" + id, plain);
    REQUIRE(out.Ok());
    rtc::PlainConnectOptions connect;
    connect.ip = receivers_[index].Local().Ip();
    connect.port = receivers_[index].Local().Port();
    connect.srtpParameters = rtc::SrtpParameters{suite, srtp::MasterKey::Generate(suite, random_).Base64()};
    REQUIRE((*out)->Connect(connect, now_).Ok());
    for (const auto* media : {&kVideo, &kAudio}) {
      rtc::ConsumeOptions consume;
      consume.consumerId = media->producerId + id;
      consume.producerId = media->producerId;
      consume.kind = media->kind;
      consume.rtpParameters =
          Parameters(*media, 7000 + media->ssrc * 100 + static_cast<std::uint32_t>(index));
      consume.consumableRtpEncodings.emplace_back().ssrc = Ssrc(900 + media->ssrc);
      REQUIRE((*out)->Consume(consume, now_).Ok());
    }
  }

  void Send(const Media& media, std::uint16_t sequenceNumber, std::uint32_t timestamp,
            std::vector<std::uint8_t> payload) {
    const auto bytes = RtpBytes{.payloadType = media.payloadType,
                                .sequenceNumber = sequenceNumber,
                                .timestamp = timestamp,
                                .ssrc = media.ssrc,
                                .payload = std::move(payload)}
                           .Write();
    REQUIRE(worker_.FindProducer(media.producerId)->Send(bytes, now_).Ok());
  }

  LoopbackSocket receivers_[kReceivers];
  net::PacketPool pool_;
  SeededRandom ports_{2};
  SeededRandom random_{1};
  SeededRandom media_{3};
  io::EventLoop loop_;
  io::SocketTable table_;
  std::unique_ptr<io::SendBackend> sink_;
  io::Sockets sockets_{loop_, table_, *sink_, pool_, ports_};
  TimerQueue timers_;
  RecordingNotifier notifier_;
  Instant now_{Seconds(1000)};
  rtc::Worker worker_;
};

}  // namespace

TEST_CASE("SendPathTest: sends the same datagrams by every backend and encryptor") {
  const auto plainEngine =
      srtp::IsBuiltIn(srtp::Engine::kLibsrtp2) ? srtp::Engine::kLibsrtp2 : srtp::Engine::kOpenssl;
  const auto expected =
      Studio({.preference = Preference::kLibuv, .segmentation = false, .engine = plainEngine}).Play();
  for (const auto& datagrams : expected) REQUIRE(datagrams.size() > 2 * kTurns);

  for (const auto preference : {Preference::kUring, Preference::kUringCopy, Preference::kLibuv}) {
    for (const bool segmentation : {true, false}) {
      for (const auto engine : {srtp::Engine::kAuto, srtp::Engine::kOpenssl}) {
        Studio studio({.preference = preference, .segmentation = segmentation, .engine = engine});
        const auto got = studio.Play();
        const auto stats = studio.Stats();
        INFO(stats.mode << ", segmentation " << segmentation << ", engine " << srtp::Name(engine));
        CHECK((stats.gsoSends > 0) == segmentation);
        CHECK((stats.zeroCopySends > 0) == (segmentation && stats.zeroCopyEnabled));
        CHECK(stats.drops.empty());
        for (std::size_t i = 0; i < kReceivers; ++i) {
          INFO("receiver " << i);
          REQUIRE(got[i].size() == expected[i].size());
          CHECK(got[i] == expected[i]);
        }
      }
    }
  }
}

}  // namespace ringcast::test
