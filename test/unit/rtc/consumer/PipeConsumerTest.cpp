#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/Demux.hpp"
#include "support/RtcpBytes.hpp"
#include "support/SimCamera.hpp"

// A consumer of type pipe forwards every encoding, and another worker selects among them.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kFarWorker = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::size_t kEncodings = SimCamera::kEncodings;
constexpr std::uint32_t kFirstSsrc = 1111;
constexpr std::uint32_t kPipeSsrc = 7001;

// The packets received with one ssrc.
struct Stream {
  std::vector<rtp::Packet> packets, repeated;
  std::size_t reports = 0;
};

struct Room {
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kFarWorker});
    sim.Produce("in", "video", MediaKind::kVideo, kFirstSsrc, {.encodings = kEncodings, .layers = "L1T1"});
    sim.Consume("out", "pipe", "video", kPipeSsrc, {.rtx = true, .pipe = true});
  }
  rtc::Consumer& Pipe() { return sim.Consumer("pipe"); }
  void Run(Duration duration) {
    for (const auto end = sim.now + duration; sim.now < end; sim.Advance(Milliseconds(5))) {
      camera.Play();
      for (const auto& datagram : sim.EndTurn()) Take(datagram);
    }
  }
  void Take(const Datagram& datagram) {
    if (net::Classify(datagram.bytes) == net::PacketProtocol::kRtp) {
      auto packet = rtp::Packet::Parse(sim.pool.Copy(datagram.bytes, sim.now));
      REQUIRE(packet);
      const auto ssrc = packet->SenderSsrc().Value();
      const bool rtx = ssrc >= SimWorker::RtxOf(kPipeSsrc);
      const auto index = ssrc - (rtx ? SimWorker::RtxOf(kPipeSsrc) : kPipeSsrc);
      REQUIRE(index < kEncodings);
      (rtx ? streams[index].repeated : streams[index].packets).push_back(std::move(*packet));
    } else if (datagram.to == kPublisher) {
      const auto asked = MessagesOf<rtcp::PictureLoss>(datagram.bytes);
      for (const auto& request : asked) ++keyFramesAsked.at(request.media.Value() - kFirstSsrc);
      camera.OnRtcp(datagram.bytes);
    } else {
      for (const auto& report : MessagesOf<rtcp::SenderReport>(datagram.bytes)) {
        REQUIRE(report.sender.Value() - kPipeSsrc < kEncodings);
        ++streams[report.sender.Value() - kPipeSsrc].reports;
      }
      for (const auto& bye : MessagesOf<rtcp::Bye>(datagram.bytes)) {
        for (std::size_t i = 0; i < bye.Size(); ++i) goodbyes.push_back(bye.At(i));
      }
    }
  }
  template <typename Write>
  void Feedback(Write write) {
    sim.Receive("out", kFarWorker, RtcpBytes(write));
  }

  SimWorker sim;
  SimCamera camera{sim, kPublisher, kFirstSsrc};
  std::array<Stream, kEncodings> streams;
  std::array<std::size_t, kEncodings> keyFramesAsked{};
  std::vector<Ssrc> goodbyes;
};

}  // namespace

TEST_CASE("PipeConsumerTest: forwards each encoding under its own ssrc", "[rtc][pipe]") {
  Room room;
  room.Run(Seconds(2));
  for (std::size_t i = 0; i < kEncodings; ++i) {
    const auto& stream = room.streams[i];
    CAPTURE(i);
    REQUIRE(stream.packets.size() > 40 * SimCamera::kPackets);
    const auto first = SimCamera::MarkOf(stream.packets[0].Payload());
    CHECK((first.keyFrame && first.packet == 0));
    for (std::size_t k = 1; k < stream.packets.size(); ++k) {
      const auto& before = stream.packets[k - 1];
      const auto& packet = stream.packets[k];
      const auto mark = SimCamera::MarkOf(packet.Payload());
      CHECK(mark.encoding == i);
      CHECK(packet.SequenceNumber() == static_cast<std::uint16_t>(before.SequenceNumber() + 1));
      CHECK(packet.Timestamp() - before.Timestamp() == (mark.packet == 0 ? SimCamera::kTicks : 0));
    }
    // The timestamps of all encodings can be compared.
    CHECK(stream.reports >= 2);
  }
}

TEST_CASE("PipeConsumerTest: starts each encoding at its own key frame, and requests only that",
          "[rtc][pipe]") {
  Room room;
  room.Run(Seconds(1));
  room.Pipe().Pause();
  room.Run(Milliseconds(200));
  room.streams = {};
  room.keyFramesAsked = {};
  room.Pipe().Resume(room.sim.now);
  room.Run(Milliseconds(500));
  for (const auto& stream : room.streams) {
    REQUIRE(!stream.packets.empty());
    CHECK(SimCamera::MarkOf(stream.packets[0].Payload()).keyFrame);
  }
  CHECK(room.keyFramesAsked == std::array<std::size_t, kEncodings>{1, 1, 1});

  room.Feedback([](rtcp::CompoundWriter& writer) { writer.AddPictureLoss(Ssrc(1), Ssrc(kPipeSsrc + 1)); });
  room.Run(Milliseconds(200));
  CHECK(room.keyFramesAsked == std::array<std::size_t, kEncodings>{1, 2, 1});
}

TEST_CASE("PipeConsumerTest: retransmits each encoding by its own RTX", "[rtc][pipe][nack]") {
  Room room;
  room.Run(Seconds(1));
  std::array<std::uint16_t, kEncodings> asked{};
  for (std::size_t i = 0; i < kEncodings; ++i) {
    const auto& packets = room.streams[i].packets;
    asked[i] = packets[packets.size() - 5].SequenceNumber();
    room.Feedback([&](rtcp::CompoundWriter& writer) {
      const rtcp::CompoundWriter::NackItem item{asked[i], 0};
      writer.AddNack(Ssrc(1), Ssrc(kPipeSsrc + static_cast<std::uint32_t>(i)), std::span(&item, 1));
    });
  }
  room.Run(Milliseconds(5));
  const auto stats = room.Pipe().Stats(room.sim.now);
  REQUIRE(stats.size() == kEncodings);
  for (std::size_t i = 0; i < kEncodings; ++i) {
    auto& stream = room.streams[i];
    REQUIRE(stream.repeated.size() == 1);
    CHECK(LoadU16(stream.repeated[0].Payload().data()) == asked[i]);
    CHECK(SimCamera::MarkOf(stream.repeated[0].Payload().subspan(2)).encoding == i);
    CHECK(stats[i].ssrc == Ssrc(kPipeSsrc + static_cast<std::uint32_t>(i)));
    CHECK(stats[i].packetCount == stream.packets.size());
    CHECK(stats[i].nackCount == 1);
    CHECK(stats[i].packetsRetransmitted == 1);
  }
}

TEST_CASE("PipeConsumerTest: keeps the other encodings when one restarts", "[rtc][pipe]") {
  Room room;
  room.Run(Seconds(1));
  room.Pipe().Pause();
  // The second encoder restarts while the consumer is paused, and packet arrival times no longer match the
  // capture times.
  constexpr auto kSlower = Milliseconds(15);
  room.camera.SlowDown(kSlower);
  room.camera.Restart(1, 3'000'000'000U);
  room.Run(Milliseconds(200));
  std::array<rtp::Packet*, kEncodings> last{};
  for (std::size_t i = 0; i < kEncodings; ++i) last[i] = &room.streams[i].packets.back();
  std::array<std::uint32_t, kEncodings> before{};
  std::array<std::uint32_t, kEncodings> numbers{};
  for (std::size_t i = 0; i < kEncodings; ++i) {
    before[i] = last[i]->Timestamp();
    numbers[i] = SimCamera::MarkOf(last[i]->Payload()).number;
    room.streams[i].packets.clear();
  }
  room.Pipe().Resume(room.sim.now);
  room.Run(Milliseconds(500));
  for (std::size_t i = 0; i < kEncodings; ++i) {
    CAPTURE(i);
    const auto& first = room.streams[i].packets.at(0);
    const auto passed = (SimCamera::MarkOf(first.Payload()).number - numbers[i]) * SimCamera::kTicks;
    const auto apart = static_cast<std::int32_t>(first.Timestamp() - before[i] - passed);
    // Continued encodings keep their clock to the tick; the restarted one is placed by the elapsed time.
    CHECK(apart == (i == 1 ? 90 * ToMilliseconds(kSlower) : 0));
  }
}

TEST_CASE("PipeConsumerTest: sends BYE for all streams", "[rtc][pipe]") {
  Room room;
  room.Run(Seconds(1));
  REQUIRE(room.sim.Transport("out").CloseConsumer("pipe").Ok());
  room.Run(Milliseconds(10));
  std::vector<Ssrc> expected;
  for (std::uint32_t i = 0; i < kEncodings; ++i) {
    expected.emplace_back(kPipeSsrc + i);
    expected.emplace_back(SimWorker::RtxOf(kPipeSsrc + i));
  }
  CHECK(room.goodbyes == expected);
}

TEST_CASE("PipeConsumerTest: dumps all streams", "[rtc][pipe]") {
  Room room;
  room.Run(Seconds(1));
  const auto dump = room.Pipe().Dump();
  CHECK(dump.type == rtc::RtpType::kPipe);
  REQUIRE(dump.rtpStreams.size() == kEncodings);
  for (std::uint32_t i = 0; i < kEncodings; ++i) {
    CHECK(dump.rtpStreams[i].params.ssrc == Ssrc(kPipeSsrc + i));
    CHECK(dump.rtpStreams[i].params.encodingIdx == i);
    REQUIRE(dump.rtpStreams[i].rtx);
    CHECK(dump.rtpStreams[i].rtx->ssrc == Ssrc(SimWorker::RtxOf(kPipeSsrc + i)));
  }
  CHECK(room.sim.Transport("out").Dump().ssrcConsumerId.size() == kEncodings);
  CHECK(room.sim.Transport("out").Dump().rtxSsrcConsumerId.size() == kEncodings);
  const auto score = room.Pipe().Summary().score;
  CHECK(score.score == 10);
  CHECK(score.producerScore == 10);
  CHECK(score.producerScores == std::vector<std::uint8_t>{10, 10, 10});
  CHECK_FALSE(room.Pipe().SetPreferredLayers(rtc::ConsumerLayers{1, 0}, room.sim.now).Value());
}

TEST_CASE("PipeConsumerTest: refuses parameters that do not fit a pipe", "[rtc][pipe]") {
  Room room;
  rtc::ConsumeOptions options;
  options.consumerId = "other";
  options.producerId = "video";
  options.kind = MediaKind::kVideo;
  options.type = rtc::RtpType::kPipe;
  const auto dump = room.Pipe().Dump();
  options.rtpParameters = dump.rtpParameters;
  options.consumableRtpEncodings = dump.consumableRtpEncodings;
  const auto refused = [&] {
    const auto result = room.sim.Transport("out").Consume(options, room.sim.now);
    return result ? std::string() : result.Failure().reason;
  };
  // Its ssrcs are in use.
  CHECK(refused() == "ssrc 7001 already belongs to a consumer of the same transport");
  auto& encodings = options.rtpParameters.encodings;
  for (std::uint32_t i = 0; i < kEncodings; ++i) {
    encodings[i].ssrc = Ssrc(100 + i);
    if (encodings[i].rtxSsrc) encodings[i].rtxSsrc = Ssrc(200 + i);
  }
  encodings[2].ssrc = Ssrc(kPipeSsrc + 1);
  CHECK(refused() == "ssrc 7002 already belongs to a consumer of the same transport");
  encodings[2].ssrc = encodings[0].ssrc;
  CHECK(refused() == "ssrc 100 is used by two streams");
  encodings[2].ssrc.reset();
  CHECK(refused() == "an encoding of the consumer has no ssrc");
  encodings.pop_back();
  CHECK(refused() == "the consumer has 2 encodings where its type requires 3");
  encodings.push_back(encodings[0]);
  encodings[2].ssrc = Ssrc(102);
  if (encodings[2].rtxSsrc) encodings[2].rtxSsrc = Ssrc(202);
  CHECK(refused().empty());
}

}  // namespace ringcast::test
