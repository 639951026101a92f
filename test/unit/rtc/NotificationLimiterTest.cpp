#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/NotificationLimiter.hpp"
#include "support/RecordingNotifier.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

using rtc::NotificationLimiter;

// A limiter in virtual time that records the notifications to the controller.
struct Limited {
  void Advance(Duration duration) {
    const auto end = now + duration;
    while (const auto next = timers.NextTimeout()) {
      if (*next > end) break;
      now = std::max(now, *next);
      timers.OnTimeout(now);
    }
    now = end;
  }
  // Returns the notifications that the limiter forwarded since the last call.
  std::vector<int> Scores(const std::string& consumer) {
    std::vector<int> scores;
    for (const auto& [id, score] : out.consumerScores) {
      if (id == consumer) scores.push_back(score.score);
    }
    std::erase_if(out.consumerScores, [&consumer](const auto& one) { return one.first == consumer; });
    return scores;
  }
  void Score(const std::string& consumer, std::uint8_t score) {
    limiter.ConsumerScores(consumer, {.score = score, .producerScore = 10, .producerScores = {10}});
  }

  Instant now = Instant(Seconds(1000));
  RecordingNotifier out;
  TimerQueue timers;
  NotificationLimiter limiter{out, timers};
};

using Scores = std::vector<int>;

}  // namespace

TEST_CASE("NotificationLimiterTest: forwards the first value at once and then the latest, 200 ms apart",
          "[limiter]") {
  Limited f;
  f.Score("c", 1);
  CHECK(f.Scores("c") == Scores{1});
  f.Advance(Milliseconds(10));
  f.Score("c", 2);
  f.Score("c", 3);
  f.Advance(Milliseconds(180));
  f.Score("c", 4);
  CHECK(f.Scores("c").empty());
  f.Advance(Milliseconds(10));
  CHECK(f.Scores("c") == Scores{4});
  f.Score("c", 5);
  f.Advance(Milliseconds(199));
  CHECK(f.Scores("c").empty());
  f.Advance(Milliseconds(1));
  CHECK(f.Scores("c") == Scores{5});
  CHECK(f.limiter.Coalesced() == 2);  // 2 and 3
}

TEST_CASE("NotificationLimiterTest: forwards at once again when nothing changed for 200 ms", "[limiter]") {
  Limited f;
  f.Score("c", 1);
  f.Advance(Milliseconds(200));
  CHECK(f.limiter.Size() == 0);
  CHECK_FALSE(f.timers.NextTimeout());
  f.Score("c", 2);
  CHECK(f.Scores("c") == Scores{1, 2});
}

TEST_CASE("NotificationLimiterTest: forwards nothing when the value returns to the last forwarded one",
          "[limiter]") {
  Limited f;
  f.Score("c", 1);
  f.Score("c", 2);
  f.Score("c", 1);
  f.Advance(Seconds(10));
  CHECK(f.Scores("c") == Scores{1});
  CHECK(f.limiter.Coalesced() == 2);
}

TEST_CASE("NotificationLimiterTest: limits each object and each kind of value separately", "[limiter]") {
  Limited f;
  f.Score("a", 1);
  f.Score("a", 2);
  f.Score("b", 3);
  f.limiter.ConsumerLayersChange("a", rtc::ConsumerLayers{1, 1});
  f.limiter.ConsumerLayersChange("a", std::nullopt);
  CHECK(f.Scores("a") == Scores{1});
  CHECK(f.Scores("b") == Scores{3});
  REQUIRE(f.out.consumerLayers.size() == 1);
  CHECK(f.out.consumerLayers[0].second == rtc::ConsumerLayers{1, 1});
  f.Advance(Milliseconds(200));
  CHECK(f.Scores("a") == Scores{2});
  CHECK(f.Scores("b").empty());
  REQUIRE(f.out.consumerLayers.size() == 2);
  CHECK_FALSE(f.out.consumerLayers[1].second);
}

TEST_CASE("NotificationLimiterTest: limits every kind of value to five notifications per second",
          "[limiter]") {
  Limited f;
  rtc::Tuple tuple;
  for (int i = 0; i < 1000; ++i) {
    const auto odd = static_cast<std::uint8_t>(i % 2);
    tuple.remotePort = odd;
    f.limiter.PlainTransportTuple("t", tuple);
    f.limiter.PlainTransportRtcpTuple("t", tuple);
    f.limiter.IceSelectedTuple("t", tuple);
    f.limiter.IceState("t", odd != 0 ? ice::AgentState::kConnected : ice::AgentState::kDisconnected);
    f.limiter.ProducerScores("p", {{.encodingIdx = 0, .ssrc = Ssrc(1), .rid = {}, .score = odd}});
    f.limiter.ProducerVideoOrientation("p", {.camera = odd != 0});
    f.Score("c", odd);
    f.limiter.ConsumerLayersChange("c", rtc::ConsumerLayers{odd, odd});
    f.Advance(Milliseconds(9));
  }
  f.Advance(Seconds(1));
  // In nine seconds; the last notification has the value of the last call.
  const auto within = [](std::size_t count) { return count >= 20 && count <= 46; };
  CHECK(within(f.out.tuples.size()));
  CHECK(f.out.tuples.back().second.remotePort == 1);
  CHECK(within(f.out.rtcpTuples.size()));
  CHECK(f.out.rtcpTuples.back().second.remotePort == 1);
  CHECK(within(f.out.iceTuples.size()));
  CHECK(f.out.iceTuples.back().second.remotePort == 1);
  CHECK(within(f.out.iceStates.size()));
  CHECK(f.out.iceStates.back().second == ice::AgentState::kConnected);
  CHECK(within(f.out.producerScores.size()));
  CHECK(f.out.producerScores.back().second.at(0).score == 1);
  CHECK(within(f.out.videoOrientations.size()));
  CHECK(f.out.videoOrientations.back().second.camera);
  CHECK(within(f.out.consumerScores.size()));
  CHECK(f.out.consumerScores.back().second.score == 1);
  CHECK(within(f.out.consumerLayers.size()));
  CHECK(f.out.consumerLayers.back().second == rtc::ConsumerLayers{1, 1});
}

TEST_CASE("NotificationLimiterTest: forwards state changes at once and in order", "[limiter]") {
  Limited f;
  for (int i = 0; i < 3; ++i) {
    f.limiter.ConsumerProducerPause("c");
    f.limiter.ConsumerProducerResume("c");
  }
  f.limiter.ConsumerProducerClose("c");
  CHECK(f.out.consumerEvents == std::vector<std::string>{"pause c", "resume c", "pause c", "resume c",
                                                         "pause c", "resume c", "close c"});
  f.limiter.DtlsState("t", dtls::State::kConnecting, "");
  f.limiter.DtlsState("t", dtls::State::kConnected, "PEM");
  REQUIRE(f.out.dtlsStates.size() == 2);
  CHECK(f.out.dtlsStates[1].remoteCertificate == "PEM");
  CHECK_FALSE(f.timers.NextTimeout());
}

TEST_CASE("NotificationLimiterTest: forwards nothing for an object that closed", "[limiter]") {
  Limited f;
  f.Score("c", 1);
  f.Score("c", 2);
  SECTION("closed by its owner") { f.limiter.Forget("c"); }
  SECTION("closed with its producer") { f.limiter.ConsumerProducerClose("c"); }
  CHECK(f.limiter.Size() == 0);
  f.Advance(Seconds(10));
  CHECK(f.Scores("c") == Scores{1});
}

TEST_CASE("NotificationLimiterTest: starts a new interval when an id is used again", "[limiter]") {
  Limited f;
  f.Score("c", 1);
  f.Advance(Milliseconds(100));
  f.limiter.Forget("c");
  f.Score("c", 3);
  f.Score("c", 4);
  CHECK(f.Scores("c") == Scores{1, 3});
  // The interval of the first object ends; the interval of the second object ends 100 ms later.
  f.Advance(Milliseconds(100));
  CHECK(f.Scores("c").empty());
  f.Advance(Milliseconds(100));
  CHECK(f.Scores("c") == Scores{4});
}

// --- In the worker ---

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kSsrc = 2222;
constexpr std::uint8_t kOrientationId = 5;

// A participant "in" with one producer, and consumers of it.
struct Room {
  Room(MediaKind kind, std::size_t consumers) {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    MediaSetup setup;
    if (kind == MediaKind::kVideo) setup.extensions = {{rtp::Extension::kVideoOrientation, kOrientationId}};
    sim.Produce("in", "p", kind, kSsrc, setup);
    for (std::size_t i = 0; i < consumers; ++i)
      sim.Consume("out", "c" + std::to_string(i), "p", 7001 + static_cast<std::uint32_t>(i));
  }
  std::size_t SendAudio() {
    const auto packet = RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                                 .sequenceNumber = sequence++,
                                 .ssrc = kSsrc,
                                 .payload = OpusPayload(20)}
                            .Write();
    sim.Receive("in", kPublisher, packet);
    return packet.size();
  }
  std::size_t SendBye() {
    const auto bye = RtcpBytes([](rtcp::CompoundWriter& writer) { writer.AddBye(std::array{Ssrc(kSsrc)}); });
    sim.Receive("in", kPublisher, bye);
    return bye.size();
  }
  void SendVideo(std::uint8_t orientation) {
    sim.Receive("in", kPublisher,
                RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                         .marker = true,
                         .sequenceNumber = sequence++,
                         .ssrc = kSsrc,
                         .extensions = {{kOrientationId, {orientation}}},
                         .payload = Vp8Payload(true, 100)}
                    .Write());
  }

  SimWorker sim;
  std::uint16_t sequence = 100;
};

}  // namespace

TEST_CASE(
    "NotificationLimiterTest: forwards two scores for each object during 6.9 kB of alternating BYE and RTP",
    "[limiter][attack]") {
  constexpr std::size_t kConsumers = 100;
  Room room(MediaKind::kAudio, kConsumers);
  std::size_t bytes = 0;
  while (bytes < 6900) {
    bytes += room.SendAudio();
    bytes += room.SendBye();
  }
  room.SendAudio();
  static_cast<void>(room.sim.EndTurn());
  // The first score is forwarded at once; the return of the stream to 10 causes no second notification.
  CHECK(room.sim.notifier.producerScores.size() == 1);
  CHECK(room.sim.notifier.consumerScores.size() == kConsumers);
  room.SendBye();
  room.sim.Advance(Milliseconds(250));
  CHECK(room.sim.notifier.producerScores.size() == 2);
  CHECK(room.sim.notifier.producerScores.back().second.at(0).score == 0);
  CHECK(room.sim.notifier.consumerScores.size() == 2 * kConsumers);
  CHECK(room.sim.worker.Report().coalescedNotifications > 100 * kConsumers);
}

TEST_CASE(
    "NotificationLimiterTest: forwards five scores per second during ten seconds of alternating BYE and RTP",
    "[limiter][attack]") {
  Room room(MediaKind::kAudio, 2);
  for (int i = 0; i < 500; ++i) {
    room.SendAudio();
    room.sim.Advance(Milliseconds(7));
    room.SendBye();
    static_cast<void>(room.sim.EndTurn());
    room.sim.Advance(Milliseconds(13));
  }
  room.sim.Advance(Milliseconds(200));
  const auto& scores = room.sim.notifier.producerScores;
  CHECK(scores.size() <= 52);
  CHECK(scores.size() >= 10);
  CHECK(scores.back().second.at(0).score == 0);
  CHECK(room.sim.notifier.consumerScores.size() <= 104);
  CHECK(room.sim.notifier.consumerScores.back().second.producerScore == 0);
}

TEST_CASE("NotificationLimiterTest: forwards five orientations per second when each packet rotates the video",
          "[limiter][attack]") {
  Room room(MediaKind::kVideo, 0);
  for (int i = 0; i < 500; ++i) {
    room.SendVideo(static_cast<std::uint8_t>(i % 4));
    static_cast<void>(room.sim.EndTurn());
    room.sim.Advance(Milliseconds(4));
  }
  room.sim.Advance(Milliseconds(200));
  const auto& orientations = room.sim.notifier.videoOrientations;
  CHECK(orientations.size() >= 5);
  CHECK(orientations.size() <= 12);
  CHECK(orientations.back().second.rotation == 270);
}

TEST_CASE("NotificationLimiterTest: forwards five selected tuples per second during a storm of nominations",
          "[limiter][attack]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddWebRtc("room", "t");
  const auto place = [](std::uint16_t port) { return *net::Address::Parse("192.0.2.7", port); };
  SimPeer first(sim, "t", place(4000));
  SimPeer second(sim, "t", place(4001));
  for (int i = 0; i < 100; ++i) {
    first.Check(true);
    sim.Advance(Milliseconds(10));
    second.Check(true);
    sim.Advance(Milliseconds(10));
  }
  sim.Advance(Milliseconds(200));
  CHECK(sim.notifier.iceTuples.size() >= 3);
  CHECK(sim.notifier.iceTuples.size() <= 12);
  CHECK(sim.notifier.iceTuples.back().second == *sim.Transport("t").Dump().webRtc->iceSelectedTuple);
  CHECK(sim.notifier.iceStates.size() <= 2);
}

TEST_CASE("NotificationLimiterTest: forwards no notification of a closed consumer", "[limiter]") {
  Room room(MediaKind::kAudio, 2);
  room.SendAudio();
  room.SendBye();
  REQUIRE(room.sim.notifier.consumerScores.size() == 2);
  REQUIRE(room.sim.Transport("out").CloseConsumer("c0").Ok());
  room.sim.Advance(Seconds(1));
  REQUIRE(room.sim.notifier.consumerScores.size() == 3);
  CHECK(room.sim.notifier.consumerScores[2].first == "c1");
  room.SendAudio();
  room.SendBye();
  REQUIRE(room.sim.worker.CloseRouter("room", room.sim.now).Ok());
  room.sim.notifier.consumerScores.clear();
  room.sim.notifier.producerScores.clear();
  room.sim.Advance(Seconds(1));
  CHECK(room.sim.notifier.consumerScores.empty());
  CHECK(room.sim.notifier.producerScores.empty());
}

}  // namespace ringcast::test
