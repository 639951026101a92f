// The limits on the packets that one producer publishes, and the handling of a producer that exceeds them.
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/producer/Policer.hpp"
#include "ringcast/rtc/worker/LoadGovernor.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

using rtc::Policer;

constexpr std::uint32_t kFirstSsrc = 1000;

net::Address Place(std::size_t index) {
  return *net::Address::Parse("192.0.2.1", static_cast<std::uint16_t>(4000 + index));
}

// Publishers "in0", "in1", ... of "p0", "p1", ..., and listeners "out0", ... that consume all of them.
struct Room {
  explicit Room(std::size_t listeners) : listenerCount(listeners) {
    sim.AddRouter("room");
    for (std::size_t i = 0; i < listeners; ++i)
      sim.AddPlain("room", "out" + std::to_string(i),
                   {.remote = *net::Address::Parse("192.0.2.2", static_cast<std::uint16_t>(5000 + i))});
  }
  std::size_t Publish(MediaKind kind, const MediaSetup& setup = {}) {
    const auto index = publishers.size();
    publishers.push_back({kind, std::vector<std::uint16_t>(setup.encodings, 1)});
    const auto name = std::to_string(index);
    sim.AddPlain("room", "in" + name, {.comedia = true});
    sim.Produce("in" + name, "p" + name, kind, FirstSsrc(index), setup);
    for (std::size_t i = 0; i < listenerCount; ++i)
      sim.Consume("out" + std::to_string(i), "c" + name + "." + std::to_string(i), "p" + name,
                  OutputSsrc(index));
    return index;
  }
  static std::uint32_t FirstSsrc(std::size_t publisher) {
    return kFirstSsrc + 100 * static_cast<std::uint32_t>(publisher);
  }
  static std::uint32_t OutputSsrc(std::size_t publisher) {
    return 70000 + static_cast<std::uint32_t>(publisher);
  }
  void Send(std::size_t publisher, std::size_t packets = 1, bool keyFrame = false, std::size_t encoding = 0) {
    auto& from = publishers[publisher];
    const bool video = from.kind == MediaKind::kVideo;
    for (std::size_t i = 0; i < packets; ++i) {
      sim.Receive("in" + std::to_string(publisher), Place(publisher),
                  RtpBytes{.payloadType = video ? SimWorker::kVideoPayloadType : SimWorker::kAudioPayloadType,
                           .marker = i + 1 == packets,
                           .sequenceNumber = from.next[encoding]++,
                           .ssrc = FirstSsrc(publisher) + static_cast<std::uint32_t>(encoding),
                           .payload = video ? Vp8Payload(keyFrame && i == 0, 100) : OpusPayload(60)}
                      .Write());
    }
  }
  void EndTurn() {
    for (const auto& datagram : Rtp(sim.EndTurn())) ++forwarded[LoadU32(datagram.bytes.data() + 8)];
  }
  void EndTurns() {
    do EndTurn();
    while (sim.more);
  }
  // Returns the packets of the publisher that all listeners received.
  [[nodiscard]] std::size_t Forwarded(std::size_t publisher) { return forwarded[OutputSsrc(publisher)]; }
  [[nodiscard]] std::uint64_t Drops(std::size_t publisher, net::DropReason reason) {
    return sim.Transport("in" + std::to_string(publisher)).Traffic().drops[reason];
  }

  struct Publisher {
    MediaKind kind = MediaKind::kAudio;
    std::vector<std::uint16_t> next;  // sequence number, by encoding
  };
  SimWorker sim;
  std::size_t listenerCount;
  std::vector<Publisher> publishers;
  std::map<std::uint32_t, std::size_t> forwarded;  // by ssrc
};

}  // namespace

TEST_CASE("PolicerTest: limits a flood of audio and forwards all other audio", "[rtc][police]") {
  constexpr std::size_t kListeners = 20;
  constexpr std::size_t kSeconds = 2;
  Room room(kListeners);
  const auto flooder = room.Publish(MediaKind::kAudio, {.feedback = {"nack"}});
  const auto speaker = room.Publish(MediaKind::kAudio);
  std::size_t spoken = 0;
  for (std::size_t millisecond = 0; millisecond < 1000 * kSeconds; ++millisecond) {
    room.Send(flooder, 5);
    if (millisecond % 20 == 0) {
      room.Send(speaker);
      ++spoken;
    }
    room.EndTurns();
    room.sim.Advance(Milliseconds(1));
  }
  const auto limit = static_cast<std::size_t>(Policer::kAudioRate) * kSeconds +
                     static_cast<std::size_t>(Policer::kAudioRate / Policer::kBurstDivisor);
  CHECK(room.Forwarded(flooder) <= limit * kListeners);
  CHECK(room.Forwarded(flooder) >= limit * kListeners * 9 / 10);
  CHECK(room.Forwarded(flooder) / kListeners + room.Drops(flooder, net::DropReason::kPoliced) ==
        5000 * kSeconds);
  CHECK(room.Forwarded(speaker) == spoken * kListeners);
  CHECK(room.Drops(speaker, net::DropReason::kPoliced) == 0);
  // The worker requests no retransmission of dropped packets from the flooder.
  CHECK(room.sim.Producer("p0").Streams().Stats(room.sim.now)[0].nackCount == 0);
}

TEST_CASE("PolicerTest: drops no packet of legitimate publishers with high rates", "[rtc][police]") {
  constexpr std::size_t kEncodings = 3;
  Room room(1);
  const auto camera = room.Publish(MediaKind::kVideo, {.encodings = kEncodings});
  const auto studio = room.Publish(MediaKind::kAudio);
  for (int frame = 0; frame < 90; ++frame) {
    const bool keyFrame = frame % 45 == 0;
    // 50 Mbit/s of each encoding in packets of 1,000 bytes at 30 fps, key frames three times as large.
    for (std::size_t encoding = 0; encoding < kEncodings; ++encoding)
      room.Send(camera, keyFrame ? 625 : 208, keyFrame, encoding);
    // Opus in frames of 2.5 ms, each repeated by FEC in a packet of its own: 800 packets/s.
    room.Send(studio, 27);
    room.EndTurns();
    room.sim.Advance(Microseconds(33'333));
  }
  CHECK(room.sim.worker.Report().drops.Total() == 0);
  CHECK(room.Forwarded(studio) == 90 * 27);
}

TEST_CASE("PolicerTest: measures by arrival time when the loop is late", "[rtc][police]") {
  Policer policer(MediaKind::kAudio, 1);
  const Instant start{Seconds(100)};
  for (int i = 0; i < 3000; ++i) CHECK(policer.Admit(start + Milliseconds(i)));
  CHECK(policer.TakeRefused() == 0);
}

TEST_CASE("PolicerTest: does not count duplicates", "[rtc][police]") {
  Room room(1);
  const auto speaker = room.Publish(MediaKind::kAudio);
  for (int i = 0; i < 2000; ++i) {
    room.publishers[speaker].next[0] = 1;
    room.Send(speaker);
  }
  room.Send(speaker);
  CHECK(room.Drops(speaker, net::DropReason::kDuplicate) == 1999);
  CHECK(room.Drops(speaker, net::DropReason::kPoliced) == 0);
}

TEST_CASE("PolicerTest: forwards many audio packets in several rounds, in order", "[rtc][egress]") {
  constexpr std::size_t kListeners = 100;
  constexpr std::size_t kPackets = 250;
  Room room(kListeners);
  const auto flooder = room.Publish(MediaKind::kAudio);
  const auto speaker = room.Publish(MediaKind::kAudio);
  room.Send(flooder, kPackets);
  room.Send(speaker);
  room.EndTurn();
  CHECK(room.sim.more);
  CHECK(room.Forwarded(flooder) <= rtc::ForwardingScheduler::kMaxAudioWork);
  CHECK(room.Forwarded(flooder) > 0);
  CHECK(room.Forwarded(speaker) == kListeners);
  room.EndTurns();
  CHECK(room.Forwarded(flooder) == kPackets * kListeners);
  CHECK(room.sim.worker.Report().drops.Total() == 0);
}

TEST_CASE("PolicerTest: limits the waiting audio of one producer", "[rtc][egress]") {
  Room room(1);
  const auto flooder = room.Publish(MediaKind::kAudio);
  // At a producer's rate limit.
  room.Send(flooder, rtc::ForwardingScheduler::kMaxAudioWaiting / 2);
  room.sim.Advance(Seconds(1));
  room.Send(flooder, rtc::ForwardingScheduler::kMaxAudioWaiting / 2 + 7);
  CHECK(room.Drops(flooder, net::DropReason::kOverloaded) == 7);
  room.EndTurns();
  room.Send(flooder);
  room.EndTurns();
  CHECK(room.Drops(flooder, net::DropReason::kOverloaded) == 7);
}

TEST_CASE("PolicerTest: frees room for video by dropping from the producer with the most waiting packets",
          "[rtc][egress]") {
  Room room(1);
  const auto first = room.Publish(MediaKind::kVideo, {.encodings = 2});
  const auto second = room.Publish(MediaKind::kVideo);
  room.Send(first, 4000, true, 0);
  room.Send(first, 4000, true, 1);
  room.Send(second, 192, true);
  REQUIRE(room.Drops(first, net::DropReason::kOverloaded) == 0);
  room.Send(second, 10);
  CHECK(room.Drops(second, net::DropReason::kOverloaded) == 0);
  CHECK(room.Drops(first, net::DropReason::kOverloaded) == 4000);
  room.EndTurns();
  CHECK(room.Forwarded(second) == 202);
}

TEST_CASE("PolicerTest: limits a flood of audio before it sheds video", "[rtc][load]") {
  constexpr std::size_t kListeners = 10;
  Room room(kListeners);
  const auto flooder = room.Publish(MediaKind::kAudio);
  const auto speaker = room.Publish(MediaKind::kAudio);
  const auto camera = room.Publish(MediaKind::kVideo);
  // A window of the governor; the loop never waits if `idle` is zero.
  const auto window = [&](double idle) {
    for (int i = 0; i < 10; ++i) {
      room.Send(flooder, 9);
      if (i % 2 == 0) room.Send(speaker);
      room.Send(camera, 3, true);
      const auto before = room.sim.idle;
      room.sim.Advance(rtc::LoadGovernor::kWindow / 10);
      room.sim.idle = before + Microseconds(static_cast<std::int64_t>(
                                   idle * static_cast<double>((rtc::LoadGovernor::kWindow / 10).count())));
      room.EndTurns();
    }
  };
  const auto videoShed = [&] { return room.sim.worker.Report().load.sheddings; };
  for (int i = 0; i < 6 && !room.sim.Producer("p0").Load().Limits().Tight(); ++i) window(0);
  CHECK(room.sim.Producer("p0").Load().Limits().Tight());
  CHECK_FALSE(room.sim.Producer("p1").Load().Limits().Tight());
  CHECK(videoShed() == 0);

  room.forwarded.clear();
  for (int i = 0; i < 10; ++i) window(0.15);
  // The packets of one second, plus a burst of half a second.
  CHECK(room.Forwarded(flooder) <= kListeners * static_cast<std::size_t>(Policer::kTightAudioRate) * 3 / 2);
  CHECK(room.Forwarded(speaker) == kListeners * 50);
  CHECK(room.Forwarded(camera) == kListeners * 300);

  // The limit rises again when the worker has spare time.
  for (int i = 0; i < 100; ++i) window(0.9);
  CHECK_FALSE(room.sim.Producer("p0").Load().Limits().Tight());
}

TEST_CASE("PolicerTest: sheds first the consumers of a producer that sends far more than most",
          "[rtc][load]") {
  Room room(4);
  const auto flooder = room.Publish(MediaKind::kVideo);
  const auto camera = room.Publish(MediaKind::kVideo);
  const auto other = room.Publish(MediaKind::kVideo);
  for (int i = 0; i < 80 && room.sim.worker.Report().load.sheddings == 0; ++i) {
    room.Send(flooder, 50, true);
    room.Send(camera, 3, true);
    room.Send(other, 3, true);
    const auto before = room.sim.idle;
    room.sim.Advance(rtc::LoadGovernor::kWindow / 10);
    room.sim.idle = before;
    room.EndTurns();
  }
  REQUIRE(room.sim.worker.Report().load.sheddings > 0);
  bool flooderShed = false;
  for (int i = 0; i < 4; ++i) {
    flooderShed = flooderShed || room.sim.Consumer("c0." + std::to_string(i)).Load().shed;
    CHECK_FALSE(room.sim.Consumer("c1." + std::to_string(i)).Load().shed);
    CHECK_FALSE(room.sim.Consumer("c2." + std::to_string(i)).Load().shed);
  }
  CHECK(flooderShed);
}

}  // namespace ringcast::test
