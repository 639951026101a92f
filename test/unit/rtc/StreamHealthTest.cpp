#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

// Scores, activity, statistics and traces of streams that carry packets.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kAudioSsrc = 2222;
constexpr std::uint32_t kWatchSsrc = 7001;
constexpr std::uint32_t kListenSsrc = 7002;
constexpr std::uint8_t kOrientationId = 5;

// A publisher "in" with a video and an audio producer, and a viewer "out" with one consumer of each.
struct Room {
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce(
        "in", "video", MediaKind::kVideo, kVideoSsrc,
        {.extensions = {{rtp::Extension::kVideoOrientation, kOrientationId}}, .mid = {}, .feedback = {}});
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc);
    sim.Consume("out", "watch", "video", kWatchSsrc);
    sim.Consume("out", "listen", "audio", kListenSsrc);
  }

  void Video(bool keyFrame, std::optional<std::uint8_t> orientation = {}) {
    RtpBytes packet{.payloadType = SimWorker::kVideoPayloadType,
                    .marker = true,
                    .sequenceNumber = videoSequence++,
                    .timestamp = static_cast<std::uint32_t>(sim.now.time_since_epoch().count() * 9 / 100),
                    .ssrc = kVideoSsrc,
                    .payload = Vp8Payload(keyFrame, 1000)};
    if (orientation) packet.extensions.push_back({kOrientationId, {*orientation}});
    sim.Receive("in", kPublisher, packet.Write());
  }
  void Audio() {
    sim.Receive(
        "in", kPublisher,
        RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                 .sequenceNumber = audioSequence++,
                 .timestamp = static_cast<std::uint32_t>(sim.now.time_since_epoch().count() * 48 / 1000),
                 .ssrc = kAudioSsrc,
                 .payload = OpusPayload(80)}
            .Write());
  }
  // Sends an audio packet every 20 ms; every `loseEvery`th packet is lost (0: none).
  void Talk(Duration duration, unsigned loseEvery = 0) {
    const auto end = sim.now + duration;
    for (unsigned i = 1; sim.now < end; ++i) {
      if (loseEvery != 0 && i % loseEvery == 0) {
        ++audioSequence;
      } else {
        Audio();
      }
      static_cast<void>(sim.EndTurn());
      sim.Advance(Milliseconds(20));
    }
  }
  [[nodiscard]] std::uint8_t AudioScore() { return sim.Producer("audio").Streams().Scores().at(0); }
  // Returns the score last notified to the controller, or nullopt without a notification since the last call.
  [[nodiscard]] std::optional<int> NotifiedScore() {
    std::optional<int> score;
    for (const auto& [id, scores] : sim.notifier.producerScores) {
      if (id == "audio") score = scores.at(0).score;
    }
    sim.notifier.producerScores.clear();
    return score;
  }

  SimWorker sim;
  std::uint16_t videoSequence = 100;
  std::uint16_t audioSequence = 65'000;
};

}  // namespace

TEST_CASE("StreamHealthTest: scores a stream 0 before its first packet, 10 afterwards, and 0 when it stops",
          "[health]") {
  Room room;
  CHECK(room.AudioScore() == 0);
  CHECK(room.sim.Consumer("listen").Summary().score.producerScore == 0);
  CHECK_FALSE(room.NotifiedScore());

  room.Talk(Seconds(10));
  CHECK(room.NotifiedScore() == 10);
  CHECK(room.AudioScore() == 10);
  CHECK(room.sim.notifier.consumerScores.size() == 1);
  CHECK(room.sim.notifier.consumerScores[0].second.producerScore == 10);
  CHECK(room.sim.notifier.consumerScores[0].second.score == 10);

  // The last packet arrived 20 ms ago.
  room.sim.Advance(Milliseconds(1400));
  CHECK_FALSE(room.NotifiedScore());
  room.sim.Advance(Milliseconds(200));
  CHECK(room.NotifiedScore() == 0);
  CHECK(room.AudioScore() == 0);
  room.sim.Advance(Seconds(60));
  CHECK_FALSE(room.NotifiedScore());

  room.Talk(Milliseconds(20));
  CHECK(room.NotifiedScore() == 10);
  CHECK(room.AudioScore() == 10);
}

TEST_CASE("StreamHealthTest: lowers a stream's score with loss and restores it without loss", "[health]") {
  Room room;
  room.Talk(Seconds(30));
  REQUIRE(room.NotifiedScore() == 10);
  room.Talk(Seconds(120), 5);
  CHECK(room.NotifiedScore() == 4);  // 20 % missing
  CHECK(room.sim.Producer("audio").Streams().Stats(room.sim.now).at(0).score == 4);
  CHECK(room.sim.Producer("audio").Dump().rtpStreams.at(0).score == 4);
  CHECK(room.sim.Consumer("listen").Summary().score.producerScore == 4);
  CHECK(room.sim.Transport("in").Stats(room.sim.now).packetLossReceived.value() == Approx(0.2).margin(0.02));
  CHECK_FALSE(room.sim.Transport("out").Stats(room.sim.now).packetLossReceived);
  room.Talk(Seconds(180));
  CHECK(room.AudioScore() == 10);
}

TEST_CASE(
    "StreamHealthTest: keeps the score of a paused producer, and checks its activity again after resume",
    "[health]") {
  Room room;
  room.Talk(Seconds(1));
  REQUIRE(room.NotifiedScore() == 10);
  room.sim.Producer("audio").Pause();
  room.sim.Advance(Seconds(60));
  CHECK_FALSE(room.NotifiedScore());
  room.sim.Producer("audio").Resume(room.sim.now);
  room.sim.Advance(Milliseconds(1400));
  CHECK_FALSE(room.NotifiedScore());
  room.sim.Advance(Milliseconds(200));
  CHECK(room.NotifiedScore() == 0);
}

TEST_CASE("StreamHealthTest: marks a source inactive after BYE and stops its receiver reports", "[health]") {
  Room room;
  room.Talk(Seconds(1));
  REQUIRE(room.NotifiedScore() == 10);
  room.sim.Receive("in", kPublisher, RtcpBytes([](rtcp::CompoundWriter& writer) {
                     writer.AddReceiverReport(Ssrc(kAudioSsrc), {});
                     writer.AddBye(std::array{Ssrc(99), Ssrc(kAudioSsrc)});
                   }));
  CHECK(room.NotifiedScore() == 0);
  room.sim.Advance(Seconds(10));  // a receiver report covers the packets before the BYE
  static_cast<void>(room.sim.EndTurn());
  room.sim.Advance(Seconds(20));
  for (const auto& datagram : room.sim.EndTurn()) {
    for (const auto& report : MessagesOf<rtcp::ReceiverReport>(datagram.bytes))
      CHECK(report.blocks.Size() == 0);
  }
  room.Audio();
  CHECK(room.NotifiedScore() == 10);
}

TEST_CASE("StreamHealthTest: computes a consumer's score from receiver reports", "[health]") {
  Room room;
  room.Talk(Seconds(1));
  room.sim.notifier.consumerScores.clear();
  const auto report = [&room](std::uint32_t highest, std::int32_t lost) {
    rtp::ReportBlock block;
    block.ssrc = Ssrc(kListenSsrc);
    block.highestSequence = highest;
    block.cumulativeLost = lost;
    block.fractionLost = 64;
    block.jitter = 480;  // 10 ms
    room.sim.Receive("out", kViewer, RtcpBytes([&block](rtcp::CompoundWriter& writer) {
                       writer.AddReceiverReport(Ssrc(1), std::array{block});
                     }));
  };
  report(1000, 0);
  report(1100, 0);
  CHECK(room.sim.notifier.consumerScores.empty());
  CHECK(room.sim.Consumer("listen").Summary().score.score == 10);
  report(1200, 20);
  REQUIRE(room.sim.notifier.consumerScores.size() == 1);
  CHECK(room.sim.notifier.consumerScores[0].first == "listen");
  CHECK(room.sim.notifier.consumerScores[0].second.score == 6);  // (10 + 2 x 4.1) / 3
  CHECK(room.sim.Consumer("listen").Summary().score.score == 6);

  const auto stats = room.sim.Consumer("listen").Stats(room.sim.now);
  CHECK(stats.at(0).score == 6);
  CHECK(stats.at(0).packetsLost == 20);
  CHECK(stats.at(0).fractionLost == 64);
  CHECK(stats.at(0).jitter == 480);
  CHECK(stats.at(0).packetCount == 50);
  CHECK(room.sim.Consumer("listen").Dump().rtpStreams.at(0).score == 6);
  CHECK(room.sim.Transport("out").Stats(room.sim.now).packetLossSent == 0.2);
}

TEST_CASE("StreamHealthTest: sends feedback without a report only if all producers negotiated reduced size",
          "[health]") {
  const auto firstOfRequest = [](bool second) {
    SimWorker sim;
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc,
                {.extensions = {}, .mid = {}, .feedback = {}, .reducedSize = second});
    sim.Receive(
        "in", kPublisher,
        RtpBytes{
            .payloadType = SimWorker::kVideoPayloadType, .ssrc = kVideoSsrc, .payload = Vp8Payload(true, 100)}
            .Write());
    static_cast<void>(sim.EndTurn());
    sim.Producer("video").RequestKeyFrame(Ssrc(SimWorker::kMappedSsrc), sim.now);
    const auto sent = sim.EndTurn();
    REQUIRE(sent.size() == 1);
    REQUIRE(CountPictureLoss(sent) == 1);
    rtcp::CompoundReader reader(sent[0].bytes);
    return *reader.Next();
  };
  CHECK(std::holds_alternative<rtcp::PictureLoss>(firstOfRequest(true)));
  CHECK(std::holds_alternative<rtcp::ReceiverReport>(firstOfRequest(false)));
}

TEST_CASE("StreamHealthTest: notifies the controller of the first video orientation and of each change",
          "[health]") {
  Room room;
  const auto notified = [&room] {
    room.sim.Advance(rtc::NotificationLimiter::kInterval);
    return std::exchange(room.sim.notifier.videoOrientations, {});
  };
  room.Video(true);
  CHECK(notified().empty());
  room.Video(false, 0);
  auto orientations = notified();
  REQUIRE(orientations.size() == 1);
  CHECK(orientations[0].first == "video");
  CHECK(orientations[0].second == rtp::VideoOrientation{});
  room.Video(false, 0);
  room.Video(false);
  CHECK(notified().empty());
  room.Video(false, 8 + 3);
  orientations = notified();
  REQUIRE(orientations.size() == 1);
  CHECK(orientations[0].second == rtp::VideoOrientation{.camera = true, .flip = false, .rotation = 270});
  room.Video(false, 4);
  CHECK(notified().size() == 1);
}

TEST_CASE("StreamHealthTest: traces nothing by default", "[health]") {
  Room room;
  room.Video(true);
  room.Audio();
  static_cast<void>(room.sim.EndTurn());
  room.sim.Advance(Seconds(1));
  CHECK(room.sim.notifier.producerTraces.empty());
  CHECK(room.sim.notifier.consumerTraces.empty());
}

TEST_CASE("StreamHealthTest: traces received and sent packets", "[health]") {
  using In = rtc::ProducerTraceEvent;
  using Out = rtc::ConsumerTraceEvent;
  Room room;
  auto& in = room.sim.notifier.producerTraces;
  auto& out = room.sim.notifier.consumerTraces;
  room.sim.Producer("video").EnableTraceEvents({In::kRtp, In::kKeyFrame});
  room.sim.Consumer("watch").EnableTraceEvents({Out::kRtp, Out::kKeyFrame});
  CHECK(room.sim.Producer("video").Dump().traceEvents == std::vector{In::kRtp, In::kKeyFrame});
  CHECK(room.sim.Consumer("watch").Dump().traceEvents == std::vector{Out::kRtp, Out::kKeyFrame});
  room.Video(true);
  room.Video(false);
  room.Audio();
  const auto sent = Rtp(room.sim.EndTurn());
  REQUIRE(sent.size() == 3);
  REQUIRE(in.size() == 2);
  REQUIRE(out.size() == 2);
  CHECK(in[0].first == "video");
  CHECK(in[0].second.event == In::kKeyFrame);
  CHECK(in[0].second.direction == rtc::TraceDirection::kIn);
  CHECK(in[0].second.timestampMs == ToTimestampMs(room.sim.now));
  CHECK(in[1].second.event == In::kRtp);
  const auto& received = std::get<rtc::TracedPacket>(in[0].second.info);
  CHECK(received.ssrc == Ssrc(kVideoSsrc));
  CHECK(received.sequenceNumber == 100);
  CHECK(received.keyFrame);
  CHECK(received.payloadSize == 1000);

  CHECK(out[0].first == "watch");
  CHECK(out[0].second.event == Out::kKeyFrame);
  CHECK(out[0].second.direction == rtc::TraceDirection::kOut);
  CHECK(out[1].second.event == Out::kRtp);
  const auto& forwarded = std::get<rtc::TracedPacket>(out[0].second.info);
  CHECK(forwarded.ssrc == Ssrc(kWatchSsrc));
  CHECK(forwarded.payloadType == PayloadType(SimWorker::kMappedVideoPayloadType));
  CHECK(forwarded.sequenceNumber == LoadU16(sent[1].bytes.data() + 2));  // sent after the audio packet
  CHECK(forwarded.size == sent[1].bytes.size());

  room.sim.Producer("video").EnableTraceEvents({});
  room.sim.Consumer("watch").EnableTraceEvents({});
  room.Video(false);
  static_cast<void>(room.sim.EndTurn());
  CHECK(in.size() == 2);
  CHECK(out.size() == 2);
}

TEST_CASE("StreamHealthTest: traces requests and reports at the producer or consumer that they concern",
          "[health]") {
  using In = rtc::ProducerTraceEvent;
  using Out = rtc::ConsumerTraceEvent;
  Room room;
  room.Video(true);
  static_cast<void>(room.sim.EndTurn());
  room.sim.Advance(Seconds(1));
  auto& in = room.sim.notifier.producerTraces;
  auto& out = room.sim.notifier.consumerTraces;
  room.sim.Producer("video").EnableTraceEvents({In::kPli, In::kFir, In::kSr, In::kNack});
  room.sim.Consumer("watch").EnableTraceEvents({Out::kPli, Out::kFir, Out::kNack});

  room.sim.Receive(
      "out", kViewer, RtcpBytes([](rtcp::CompoundWriter& writer) {
        writer.AddReceiverReport(Ssrc(1), {});
        writer.AddPictureLoss(Ssrc(1), Ssrc(kWatchSsrc));
        writer.AddFullIntraRequest(Ssrc(1), Ssrc(kWatchSsrc), 1);
        writer.AddNack(Ssrc(1), Ssrc(kWatchSsrc), std::array{rtcp::CompoundWriter::NackItem{1, 3}});
      }));
  REQUIRE(out.size() == 3);
  CHECK(out[0].second.event == Out::kPli);
  CHECK(out[0].second.direction == rtc::TraceDirection::kIn);
  CHECK(std::get<rtc::TracedRequest>(out[0].second.info).ssrc == Ssrc(kWatchSsrc));
  CHECK(out[1].second.event == Out::kFir);
  CHECK(out[2].second.event == Out::kNack);
  CHECK(std::holds_alternative<std::monostate>(out[2].second.info));
  // The publisher gets one request for both.
  REQUIRE(in.size() == 1);
  CHECK(in[0].second.event == In::kPli);
  CHECK(in[0].second.direction == rtc::TraceDirection::kOut);
  CHECK(std::get<rtc::TracedRequest>(in[0].second.info).ssrc == Ssrc(kVideoSsrc));

  const auto stats = room.sim.Consumer("watch").Stats(room.sim.now);
  CHECK(stats.at(0).pliCount == 1);
  CHECK(stats.at(0).firCount == 1);
  CHECK(stats.at(0).nackCount == 1);
  CHECK(stats.at(0).nackPacketCount == 3);

  in.clear();
  room.sim.Receive("in", kPublisher, RtcpBytes([](rtcp::CompoundWriter& writer) {
                     writer.AddSenderReport(Ssrc(kVideoSsrc), {{1, 2}, 3, 4, 5}, {});
                   }));
  REQUIRE(in.size() == 1);
  CHECK(in[0].second.event == In::kSr);
  CHECK(in[0].second.direction == rtc::TraceDirection::kIn);
  const auto& report = std::get<rtc::TracedSenderReport>(in[0].second.info);
  CHECK(report.ssrc == Ssrc(kVideoSsrc));
  CHECK(report.ntp == NtpTime{1, 2});
  CHECK(report.rtpTimestamp == 3);
  CHECK(report.packetCount == 4);
  CHECK(report.octetCount == 5);
}

}  // namespace ringcast::test
