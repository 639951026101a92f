#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kAudioSsrc = 2222;

// A publisher "in" of video and audio, and viewers "out0", "out1", ... with one consumer of each.
struct Crowd {
  explicit Crowd(std::size_t viewers, const SimWorker::Options& options = {}) : sim(1, options) {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc);
    for (std::size_t i = 0; i < viewers; ++i) {
      const auto name = std::to_string(i);
      const auto number = static_cast<std::uint32_t>(i);
      sim.AddPlain("room", "out" + name, {.remote = Viewer(i)});
      sim.Consume("out" + name, "watch" + name, "video", 10000 + number);
      sim.Consume("out" + name, "listen" + name, "audio", 20000 + number);
    }
    // Each stream has started before the test.
    SendVideo(1, true);
    SendAudio();
    while (EndTurn(), sim.more) {
    }
    sent.clear();
  }
  static net::Address Viewer(std::size_t index) {
    return *net::Address::Parse("192.0.2.2", static_cast<std::uint16_t>(5000 + index));
  }
  void SendVideo(std::size_t packets, bool keyFrame = false, bool marker = true) {
    for (std::size_t i = 0; i < packets; ++i) {
      sim.Receive("in", publisher,
                  RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                           .marker = marker && i + 1 == packets,
                           .sequenceNumber = videoSequence++,
                           .timestamp = 9000,
                           .ssrc = kVideoSsrc,
                           .payload = Vp8Payload(keyFrame, 500)}
                      .Write());
    }
  }
  void SendAudio() {
    sim.Receive("in", publisher,
                RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                         .sequenceNumber = audioSequence++,
                         .timestamp = 960,
                         .ssrc = kAudioSsrc,
                         .payload = OpusPayload(80)}
                    .Write());
  }
  void EndTurn() {
    const auto datagrams = Rtp(sim.EndTurn());
    sent.insert(sent.end(), datagrams.begin(), datagrams.end());
  }
  [[nodiscard]] static bool IsVideo(const Datagram& datagram) {
    return (datagram.bytes[1] & 0x7f) == SimWorker::kMappedVideoPayloadType;
  }
  [[nodiscard]] std::size_t Count(bool video) const {
    return static_cast<std::size_t>(std::count_if(
        sent.begin(), sent.end(), [video](const Datagram& datagram) { return IsVideo(datagram) == video; }));
  }
  // Returns the video sequence numbers that a viewer received, relative to the first.
  [[nodiscard]] std::vector<int> VideoOf(std::size_t viewer) const {
    std::vector<int> out;
    std::optional<std::uint16_t> first;
    for (const auto& datagram : sent) {
      if (datagram.to != Viewer(viewer) || !IsVideo(datagram)) continue;
      const auto number = LoadU16(datagram.bytes.data() + 2);
      if (!first) first = number;
      out.push_back(static_cast<std::int16_t>(number - *first));
    }
    return out;
  }

  net::Address publisher = *net::Address::Parse("192.0.2.1", 4000);
  SimWorker sim;
  std::vector<Datagram> sent;
  std::uint16_t videoSequence = 100;
  std::uint16_t audioSequence = 500;
};

// More packets than the initial slice of a worker, 666 packets.
constexpr std::size_t kManyViewers = 100;
constexpr std::size_t kManyPackets = 20;

std::vector<int> Steps(int count) {
  std::vector<int> out;
  for (int i = 0; i < count; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("ForwardingSchedulerTest: forwards few packets all at once", "[rtc]") {
  Crowd crowd(10);
  crowd.SendVideo(5);
  crowd.SendAudio();
  crowd.EndTurn();
  CHECK_FALSE(crowd.sim.more);
  CHECK(crowd.Count(true) == 50);
  CHECK(crowd.Count(false) == 10);
}

TEST_CASE("ForwardingSchedulerTest: forwards audio first and video in slices when there are many packets",
          "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.SendAudio();
  crowd.EndTurn();
  CHECK(crowd.sim.more);
  CHECK(crowd.Count(false) == kManyViewers);
  CHECK(std::none_of(crowd.sent.begin(), crowd.sent.begin() + kManyViewers, Crowd::IsVideo));
  CHECK(crowd.Count(true) < 1000);
  CHECK(crowd.Count(true) >= 600);

  while (crowd.sim.more) crowd.EndTurn();
  CHECK(crowd.Count(true) == kManyViewers * kManyPackets);
  CHECK(crowd.sim.worker.Report().load.splitTurns == 1);
  for (std::size_t i = 0; i < kManyViewers; ++i) CHECK(crowd.VideoOf(i) == Steps(kManyPackets));
}

TEST_CASE("ForwardingSchedulerTest: forwards audio that arrives between two slices of video", "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.EndTurn();
  REQUIRE(crowd.sim.more);
  crowd.sent.clear();
  crowd.SendAudio();
  crowd.EndTurn();
  CHECK(crowd.Count(false) == kManyViewers);
  CHECK(std::none_of(crowd.sent.begin(), crowd.sent.begin() + kManyViewers, Crowd::IsVideo));
}

TEST_CASE("ForwardingSchedulerTest: keeps the order of video that arrives between two slices", "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.EndTurn();
  REQUIRE(crowd.sim.more);
  crowd.SendVideo(3);
  while (crowd.sim.more) crowd.EndTurn();
  for (std::size_t i = 0; i < kManyViewers; ++i) CHECK(crowd.VideoOf(i) == Steps(kManyPackets + 3));
}

TEST_CASE("ForwardingSchedulerTest: skips consumers closed or paused between two slices", "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.EndTurn();
  REQUIRE(crowd.sim.more);
  REQUIRE(crowd.VideoOf(99).empty());
  CHECK(crowd.sim.Transport("out99").CloseConsumer("watch99").Ok());
  crowd.sim.Consumer("watch98").Pause();
  CHECK(crowd.sim.worker.FindRouter("room")->CloseTransport("out97", crowd.sim.now).Ok());
  while (crowd.sim.more) crowd.EndTurn();
  for (const std::size_t viewer : {97U, 98U, 99U}) CHECK(crowd.VideoOf(viewer).empty());
  CHECK(crowd.VideoOf(96) == Steps(kManyPackets));
}

TEST_CASE("ForwardingSchedulerTest: skips a transport that loses consent between two slices", "[rtc]") {
  Crowd crowd(kManyViewers);
  const auto address = *net::Address::Parse("192.0.2.3", 4000);
  const auto received = [&] {
    return std::count_if(crowd.sent.begin(), crowd.sent.end(),
                         [&](const Datagram& datagram) { return datagram.to == address; });
  };
  crowd.sim.AddWebRtc("room", "web");
  crowd.sim.Consume("web", "watchWeb", "video", 30000);
  SimPeer peer(crowd.sim, "web", address);
  peer.Establish();
  crowd.SendVideo(1, true);
  while (crowd.EndTurn(), crowd.sim.more) {
  }
  REQUIRE(received() == 1);

  crowd.SendVideo(kManyPackets);
  crowd.EndTurn();
  REQUIRE(crowd.sim.more);
  REQUIRE(received() == 1);
  crowd.sim.Advance(Seconds(31));
  REQUIRE_FALSE(crowd.sim.Transport("web").Connected());
  while (crowd.sim.more) crowd.EndTurn();
  CHECK(received() == 1);
  CHECK(crowd.VideoOf(kManyViewers - 1).size() >= kManyPackets);
}

TEST_CASE("ForwardingSchedulerTest: drops the waiting packets of a producer that closes between two slices",
          "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.EndTurn();
  REQUIRE(crowd.sim.more);
  crowd.SendVideo(1);
  CHECK(crowd.sim.Transport("in").CloseProducer("video").Ok());
  crowd.sent.clear();
  while (crowd.sim.more) crowd.EndTurn();
  CHECK(crowd.sent.empty());
  crowd.SendAudio();
  crowd.EndTurn();
  CHECK(crowd.Count(false) == kManyViewers);
}

TEST_CASE("ForwardingSchedulerTest: drops and counts video, not audio, beyond its limit", "[rtc]") {
  Crowd crowd(1);
  // At a producer's rate limit.
  crowd.SendVideo(rtc::ForwardingScheduler::kMaxWaiting / 2);
  crowd.sim.Advance(Seconds(1));
  crowd.SendVideo(rtc::ForwardingScheduler::kMaxWaiting / 2 + 5);
  crowd.SendAudio();
  CHECK(crowd.sim.worker.Report().drops[net::DropReason::kOverloaded] == 5);
  crowd.EndTurn();
  while (crowd.sim.more) crowd.EndTurn();
  CHECK(crowd.Count(true) == rtc::ForwardingScheduler::kMaxWaiting);
  CHECK(crowd.Count(false) == 1);
  // The scheduler has room again.
  crowd.SendVideo(1);
  CHECK(crowd.sim.worker.Report().drops[net::DropReason::kOverloaded] == 5);
}

TEST_CASE("ForwardingSchedulerTest: forwards waiting packets before a request unless there are many",
          "[rtc]") {
  Crowd crowd(kManyViewers);
  crowd.SendAudio();
  crowd.sim.worker.BeforeRequest(crowd.sim.now);
  CHECK(crowd.sim.SentSoFar() == kManyViewers);
  crowd.SendVideo(kManyPackets);
  crowd.sim.worker.BeforeRequest(crowd.sim.now);
  CHECK(crowd.sim.SentSoFar() == kManyViewers);
}

TEST_CASE("ForwardingSchedulerTest: holds video for the rest of its frame, but not audio", "[rtc]") {
  Crowd crowd(2, {.coalescing = Milliseconds(2)});
  crowd.SendVideo(1, false, false);
  crowd.SendAudio();
  crowd.EndTurn();
  CHECK_FALSE(crowd.sim.more);
  CHECK(crowd.Count(true) == 0);
  CHECK(crowd.Count(false) == 2);
  CHECK(crowd.sim.worker.Report().load.coalescedTurns == 1);

  SECTION("holds video until the frame is complete") {
    crowd.SendVideo(1, false, true);
    crowd.EndTurn();
    CHECK(crowd.Count(true) == 4);
  }
  SECTION("holds video until the window ends") {
    crowd.sim.Advance(Milliseconds(1));
    crowd.EndTurn();
    CHECK(crowd.Count(true) == 0);
    CHECK(crowd.sim.timers.NextTimeout() == crowd.sim.now + Milliseconds(1));
    crowd.sim.Advance(Milliseconds(1));
    crowd.EndTurn();
    CHECK(crowd.Count(true) == 2);
  }
  SECTION("holds video until a request arrives") {
    crowd.sim.worker.BeforeRequest(crowd.sim.now);
    CHECK(crowd.sim.SentSoFar() == 2);
  }
}

}  // namespace ringcast::test
