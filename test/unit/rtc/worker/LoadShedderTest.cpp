#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/worker/LoadGovernor.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kAudioSsrc = 2222;
constexpr std::size_t kViewers = 10;

// A publisher that sends video and audio to ten viewers; the test sets the load of the loop.
struct BusyRoom {
  BusyRoom() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc);
    for (std::size_t i = 0; i < kViewers; ++i) {
      const auto name = std::to_string(i);
      const auto number = static_cast<std::uint32_t>(i);
      sim.AddPlain("room", "out" + name, {.remote = *net::Address::Parse("192.0.2.2", Port(i))});
      sim.Consume("out" + name, "watch" + name, "video", 10000 + number);
      sim.Consume("out" + name, "listen" + name, "audio", 20000 + number);
    }
  }
  static std::uint16_t Port(std::size_t viewer) { return static_cast<std::uint16_t>(5000 + viewer); }

  // Runs a window of the governor: ten loop iterations, each with ten video packets and one audio packet.
  std::vector<Datagram> Window(double idleShare, bool keyFrame = true) {
    std::vector<Datagram> sent;
    for (int turn = 0; turn < 10; ++turn) {
      for (int i = 0; i < 10; ++i)
        Send(SimWorker::kVideoPayloadType, kVideoSsrc, videoSequence++, Vp8Payload(keyFrame, 200));
      Send(SimWorker::kAudioPayloadType, kAudioSsrc, audioSequence++, OpusPayload(80));
      const auto step = LoadGovernor::kWindow / 10;
      const auto idleBefore = sim.idle;
      sim.Advance(step);
      sim.idle =
          idleBefore + Microseconds(static_cast<std::int64_t>(idleShare * static_cast<double>(step.count())));
      do {
        const auto datagrams = sim.EndTurn();
        sent.insert(sent.end(), datagrams.begin(), datagrams.end());
      } while (sim.more);
    }
    return sent;
  }
  void Send(std::uint8_t payloadType, std::uint32_t ssrc, std::uint16_t sequenceNumber,
            std::vector<std::uint8_t> payload) {
    sim.Receive("in", *net::Address::Parse("192.0.2.1", 4000),
                RtpBytes{.payloadType = payloadType,
                         .sequenceNumber = sequenceNumber,
                         .ssrc = ssrc,
                         .payload = std::move(payload)}
                    .Write());
  }
  void Overload() {
    for (int i = 0; i < 4 && ShedOnes().empty(); ++i) static_cast<void>(Window(0));
  }
  [[nodiscard]] std::vector<std::size_t> ShedOnes() {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < kViewers; ++i) {
      if (sim.Consumer("watch" + std::to_string(i)).Load().shed) out.push_back(i);
    }
    return out;
  }
  using LoadGovernor = rtc::LoadGovernor;

  SimWorker sim;
  std::uint16_t videoSequence = 1;
  std::uint16_t audioSequence = 1;
};

std::size_t CountOf(const std::vector<Datagram>& sent, std::size_t viewer, std::uint8_t payloadType) {
  std::size_t count = 0;
  for (const auto& datagram : Rtp(sent))
    count +=
        datagram.to.Port() == BusyRoom::Port(viewer) && (datagram.bytes[1] & 0x7f) == payloadType ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("LoadShedderTest: sheds nothing with spare time", "[rtc][load]") {
  BusyRoom room;
  for (int i = 0; i < 10; ++i) static_cast<void>(room.Window(0.1));
  CHECK(room.ShedOnes().empty());
  CHECK(room.sim.worker.Report().load.utilisation == Approx(0.9));
}

TEST_CASE("LoadShedderTest: sheds the latest consumers of video and keeps audio when the loop never waits",
          "[rtc][load]") {
  BusyRoom room;
  room.Overload();
  // The loop processed everything, but without idle time: 10 % of the load is shed, in whole consumers.
  CHECK(room.ShedOnes() == std::vector<std::size_t>{8, 9});
  CHECK(room.sim.worker.Report().load.shedConsumers == 2);
  CHECK(room.sim.worker.Report().load.sheddings == 2);

  const auto sent = room.Window(0.1);
  CHECK(CountOf(sent, 7, SimWorker::kMappedVideoPayloadType) == 100);
  CHECK(CountOf(sent, 9, SimWorker::kMappedVideoPayloadType) == 0);
  CHECK(CountOf(sent, 9, SimWorker::kMappedAudioPayloadType) == 10);
}

TEST_CASE("LoadShedderTest: sheds consumers of lower priority before later ones", "[rtc][load]") {
  BusyRoom room;
  for (std::size_t i = 0; i < kViewers; ++i)
    room.sim.Consumer("watch" + std::to_string(i)).SetPriority(i == 3 ? 1 : 2);
  room.Overload();
  CHECK(room.ShedOnes() == std::vector<std::size_t>{3, 9});
}

TEST_CASE("LoadShedderTest: sheds no paused consumer, because that frees no capacity", "[rtc][load]") {
  BusyRoom room;
  room.sim.Consumer("watch9").Pause();
  room.Overload();
  CHECK(room.ShedOnes() == std::vector<std::size_t>{8});
}

TEST_CASE("LoadShedderTest: requests a key frame for a restored consumer and continues from it",
          "[rtc][load]") {
  BusyRoom room;
  room.Overload();
  REQUIRE(room.ShedOnes().size() == 2);
  std::vector<Datagram> sent;
  for (int i = 0; i < 40 && !room.ShedOnes().empty(); ++i) sent = room.Window(0.4, false);
  CHECK(room.ShedOnes().empty());
  CHECK(room.sim.worker.Report().load.restorals == 2);
  sent = room.Window(0.4, false);
  CHECK(CountOf(sent, 9, SimWorker::kMappedVideoPayloadType) == 0);
  room.sim.Advance(Seconds(1));
  CHECK(CountPictureLoss(room.sim.EndTurn()) >= 1);
  sent = room.Window(0.4);
  CHECK(CountOf(sent, 9, SimWorker::kMappedVideoPayloadType) == 100);
}

TEST_CASE("LoadShedderTest: stops counting a shed consumer when it closes", "[rtc][load]") {
  BusyRoom room;
  room.Overload();
  REQUIRE(room.ShedOnes() == std::vector<std::size_t>{8, 9});
  CHECK(room.sim.Transport("out9").CloseConsumer("watch9").Ok());
  CHECK(room.sim.worker.Report().load.shedConsumers == 1);
}

}  // namespace ringcast::test
