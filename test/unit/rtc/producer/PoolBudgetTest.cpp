// The pool keeps buffers for STUN, DTLS, RTCP and audio, whatever publishers send.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "ringcast/rtc/producer/PoolBudget.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kFlooder = *net::Address::Parse("192.0.2.66", 4000);
const net::Address kSpeaker = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kListener = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kAudioSsrc = 2222;
constexpr std::uint32_t kVideoSsrc = 3000;
constexpr std::uint32_t kEncodings = 12;
constexpr std::uint8_t kDescriptorId = 4;

// A speaker "voice" with a listener "ear", and a publisher "flood" of video.
struct Room {
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "voice", {.comedia = true});
    sim.AddPlain("room", "ear", {.remote = kListener});
    sim.Produce("voice", "audio", MediaKind::kAudio, kAudioSsrc);
    sim.Consume("ear", "listen", "audio", 7001);
    AddFlooder(0);
  }
  static std::string Flooder(std::size_t index) { return "flood" + std::to_string(index); }
  void AddFlooder(std::size_t index) {
    sim.AddPlain("room", Flooder(index), {.comedia = true});
    sim.Produce(Flooder(index), "video" + std::to_string(index), MediaKind::kVideo, kVideoSsrc,
                {.extensions = {{rtp::Extension::kDependencyDescriptor, kDescriptorId}},
                 .rtx = true,
                 .encodings = kEncodings});
  }
  // Returns a packet whose dependency structure never arrives: no consumer can use it.
  static std::vector<std::uint8_t> Video(std::uint32_t encoding, std::uint16_t number) {
    return RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                    .sequenceNumber = number,
                    .timestamp = 9000,
                    .ssrc = kVideoSsrc + encoding,
                    .extensions = {{kDescriptorId, {0x80, 0, 1}}},
                    .payload = Vp8Payload(false, 100)}
        .Write();
  }
  // Receives, of each encoding, one packet and `count` packets behind a gap.
  void LeaveGaps(std::size_t flooder, std::uint16_t count) {
    for (std::uint32_t encoding = 0; encoding < kEncodings; ++encoding) {
      sim.Receive(Flooder(flooder), kFlooder, Video(encoding, 1));
      for (std::uint16_t i = 0; i < count; ++i)
        sim.Receive(Flooder(flooder), kFlooder, Video(encoding, static_cast<std::uint16_t>(3 + i)));
    }
    EndTurns();
  }
  std::vector<Datagram> EndTurns() {
    auto sent = sim.EndTurn();
    while (sim.more) {
      const auto rest = sim.EndTurn();
      sent.insert(sent.end(), rest.begin(), rest.end());
    }
    return sent;
  }
  // Returns true if a packet from the speaker reaches the listener.
  bool AudioPasses() {
    sim.Receive("voice", kSpeaker,
                RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                         .sequenceNumber = audioNumber++,
                         .ssrc = kAudioSsrc,
                         .payload = OpusPayload(80)}
                    .Write());
    return Rtp(EndTurns()).size() == 1;
  }
  // Returns true if a browser can connect, which takes buffers for STUN and DTLS.
  bool BrowserConnects() {
    const auto name = "browser" + std::to_string(browsers++);
    sim.AddWebRtc("room", name);
    SimPeer peer(sim, name, *net::Address::Parse("192.0.2.9", static_cast<std::uint16_t>(6000 + browsers)));
    peer.Establish();
    return peer.State() == dtls::State::kConnected;
  }
  [[nodiscard]] rtc::PoolReport::Holder Holder(const std::string& name) const {
    for (const auto& holder : sim.worker.Report().pool.holders) {
      if (holder.name == name) return holder;
    }
    return {};
  }
  [[nodiscard]] std::uint64_t Drops(net::DropReason reason) const {
    return sim.worker.Report().drops[reason];
  }
  // Takes buffers until no more than `count` are free.
  void LeaveFree(std::size_t count) {
    while (sim.pool.Free() > count) taken.push_back(sim.pool.Acquire());
  }

  SimWorker sim;
  std::uint16_t audioNumber = 1;
  std::size_t browsers = 0;
  std::vector<net::PacketRef> taken;
};

}  // namespace

TEST_CASE("PoolBudgetTest: leaves buffers for others when a publisher leaves gaps and stops", "[rtc][pool]") {
  Room room;
  room.LeaveGaps(0, 1000);
  const auto held = room.Holder("gaps");
  CHECK(held.packets > 0);
  CHECK(held.packets <= held.limit / 2);
  CHECK(room.sim.pool.Free() > room.sim.pool.Limit() / 2);
  CHECK(room.AudioPasses());
  CHECK(room.BrowserConnects());

  SECTION("releases all packets at the age limit without another packet") {
    room.sim.Advance(rtc::GapBuffer::kMaxAge + rtc::GapBuffer::kGrid);
    room.EndTurns();
    CHECK(room.Holder("gaps").packets == 0);
    CHECK(room.sim.pool.InUse() == room.Holder("history").packets);
  }
  SECTION("releases all packets when the producer is paused") {
    room.sim.Producer("video0").Pause();
    CHECK(room.Holder("gaps").packets == 0);
  }
  SECTION("releases all packets when the producer is closed") {
    CHECK(room.sim.Transport(Room::Flooder(0)).CloseProducer("video0").Ok());
    CHECK(room.Holder("gaps").packets == 0);
  }
}

TEST_CASE("PoolBudgetTest: keeps all gaps of a worker within their budget", "[rtc][pool]") {
  Room room;
  for (std::size_t i = 1; i < 6; ++i) room.AddFlooder(i);
  for (std::size_t i = 0; i < 6; ++i) {
    room.LeaveGaps(i, 100);
    const auto held = room.Holder("gaps");
    CHECK(held.packets <= held.limit);
    CHECK(room.AudioPasses());
  }
  CHECK(room.sim.worker.Report().pool.gapPacketsShed > 0);
  CHECK(room.Drops(net::DropReason::kGapShed) == room.sim.worker.Report().pool.gapPacketsShed);
  CHECK(room.BrowserConnects());
  room.sim.Advance(Seconds(2));
  room.EndTurns();
  CHECK(room.Holder("gaps").packets == 0);
}

TEST_CASE("PoolBudgetTest: drops video at its reserve, and audio at the smaller one", "[rtc][pool]") {
  Room room;
  const auto budget = rtc::PoolBudget{room.sim.pool.Limit()};
  // The packet itself uses a buffer when the limit is checked.
  room.LeaveFree(budget.VideoReserve() + 2);
  room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, 1));
  room.EndTurns();
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 0);
  room.LeaveFree(budget.VideoReserve());
  room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, 2));
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 1);
  CHECK(room.AudioPasses());
  CHECK(room.BrowserConnects());

  room.LeaveFree(budget.AudioReserve());
  CHECK_FALSE(room.AudioPasses());
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 2);
  CHECK(room.BrowserConnects());

  room.taken.clear();
  room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, 3));
  CHECK(room.AudioPasses());
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 2);
}

TEST_CASE("PoolBudgetTest: releases packets behind gaps before it drops packets that can be forwarded",
          "[rtc][pool]") {
  Room room;
  room.AddFlooder(1);
  room.LeaveGaps(0, 20);
  const auto held = room.Holder("gaps").packets;
  REQUIRE(held > 0);
  room.LeaveFree(rtc::PoolBudget{room.sim.pool.Limit()}.VideoReserve());
  room.sim.Receive(Room::Flooder(1), kFlooder, Room::Video(0, 1));
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 0);
  CHECK(room.Holder("gaps").packets < held);
}

TEST_CASE("PoolBudgetTest: requests no retransmission of a packet that it dropped", "[rtc][pool]") {
  Room room;
  room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, 1));
  room.LeaveFree(rtc::PoolBudget{room.sim.pool.Limit()}.VideoReserve());
  for (std::uint16_t number = 2; number < 50; ++number)
    room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, number));
  CHECK(room.Drops(net::DropReason::kPoolReserve) == 48);
  room.taken.clear();
  room.sim.Receive(Room::Flooder(0), kFlooder, Room::Video(0, 50));
  room.sim.Advance(Seconds(2));
  CHECK(room.sim.Producer("video0").Streams().Stats(room.sim.now)[0].nackCount == 0);
}

TEST_CASE("PoolBudgetTest: divides pools of any size", "[rtc][pool]") {
  for (const std::size_t buffers : {0U, 1U, 63U, 64U, 65U, 1000U, 32768U}) {
    CAPTURE(buffers);
    const rtc::PoolBudget budget{buffers};
    CHECK(budget.History() + budget.Waiting() + budget.Gaps() + budget.VideoReserve() <= buffers);
    CHECK(budget.AudioReserve() <= budget.VideoReserve());
  }
}

}  // namespace ringcast::test
