#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"
#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

// Retransmission requests of a consumer's receiver, and the retransmitted packets.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kWatchSsrc = 7001;

constexpr std::uint8_t kPaddings[] = {0, 4};  // disabled, and the difference of the packet sizes here

struct Way {
  bool srtp = false;
  bool rtx = false;
  std::uint8_t gsoPadding = 0;
};

// A publisher "in" of video, and a viewer "out" that consumes it over plain RTP or WebRTC.
class Room {
 public:
  explicit Room(const Way& way) : sim(1, {.gsoPadding = way.gsoPadding}) {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    if (way.srtp) {
      sim.AddWebRtc("room", "out");
    } else {
      sim.AddPlain("room", "out", {.remote = kViewer});
    }
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    // The values of both extensions are known only when a packet is sent.
    sim.Consume("out", "watch", "video", kWatchSsrc,
                {.extensions = {{rtp::Extension::kAbsSendTime, 3}, {rtp::Extension::kTransportWideCc, 5}},
                 .rtx = way.rtx});
    if (!way.srtp) return;
    peer_.emplace(sim, "out", kViewer);
    peer_->Establish();
    REQUIRE(peer_->State() == dtls::State::kConnected);
  }

  // Sends the next packets of a video that starts with a key frame, all in one loop iteration.
  void Publish(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) PublishOne(1000 + sequence_ % 3U);
  }
  void PublishOne(std::size_t payloadSize) {
    auto payload = Vp8Payload(!started_, payloadSize);
    StoreU16(&payload[2], sequence_);
    started_ = true;
    const RtpBytes packet{.payloadType = SimWorker::kVideoPayloadType,
                          .marker = sequence_ % 2 == 0,
                          .sequenceNumber = sequence_,
                          .timestamp = sequence_ / 2U * 3000,
                          .ssrc = kVideoSsrc,
                          .payload = std::move(payload)};
    sim.Receive("in", kPublisher, packet.Write());
    ++sequence_;
  }
  void Lose(std::uint16_t count) { sequence_ = static_cast<std::uint16_t>(sequence_ + count); }

  // Returns the RTP packets that the viewer received since the last call, as they were on the wire.
  std::vector<std::vector<std::uint8_t>> OnWire() {
    std::vector<std::vector<std::uint8_t>> out;
    for (auto& datagram : Rtp(sim.EndTurn())) out.push_back(std::move(datagram.bytes));
    return out;
  }
  // Returns the same packets, decrypted.
  std::vector<rtp::Packet> Received() {
    std::vector<std::vector<std::uint8_t>> plain;
    if (peer_) {
      peer_->Pump();
      plain.swap(peer_->rtp);
    } else {
      plain = OnWire();
    }
    std::vector<rtp::Packet> out;
    for (const auto& bytes : plain) out.push_back(*rtp::Packet::Parse(sim.pool.Copy(bytes, sim.now)));
    return out;
  }

  void Nack(std::span<const std::uint16_t> numbers) {
    std::vector<rtcp::CompoundWriter::NackItem> items;
    for (const auto number : numbers) items.push_back({number, 0});
    SendRtcp(
        RtcpBytes([&](rtcp::CompoundWriter& writer) { writer.AddNack(Ssrc(1), Ssrc(kWatchSsrc), items); }));
  }
  void Report(std::uint32_t highest, std::int32_t lost) {
    rtp::ReportBlock block;
    block.ssrc = Ssrc(kWatchSsrc);
    block.highestSequence = highest;
    block.cumulativeLost = lost;
    SendReport(block);
  }
  // The viewer's report gives a round trip time of `roundTrip`.
  void ReportRoundTrip(Duration roundTrip) {
    rtp::ReportBlock block;
    block.ssrc = Ssrc(kWatchSsrc);
    block.lastSenderReport = SimWorker::kWallClock.Ntp(sim.now - roundTrip).Compact();
    SendReport(block);
  }

  SimWorker sim;

 private:
  void SendReport(const rtp::ReportBlock& block) {
    SendRtcp(RtcpBytes(
        [&](rtcp::CompoundWriter& writer) { writer.AddReceiverReport(Ssrc(1), std::span(&block, 1)); }));
  }
  void SendRtcp(std::vector<std::uint8_t> compound) {
    if (peer_) {
      peer_->SendRtcp(std::move(compound));
    } else {
      sim.Receive("out", kViewer, compound);
    }
  }

  std::optional<SimPeer> peer_;
  std::uint16_t sequence_ = 65'530;
  bool started_ = false;
};

std::vector<std::uint8_t> ToVector(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::uint16_t NumberOf(const std::vector<std::uint8_t>& packet) { return LoadU16(&packet[2]); }

// Checks an RTX packet (RFC 4588 section 4): a separate stream, and the original sequence number before the
// original payload.
void CheckRepeats(const rtp::Packet& rtx, const rtp::Packet& original) {
  CHECK(rtx.SenderSsrc() == Ssrc(SimWorker::RtxOf(kWatchSsrc)));
  CHECK(rtx.PayloadType() == PayloadType(SimWorker::kMappedVideoRtxPayloadType));
  CHECK(rtx.Timestamp() == original.Timestamp());
  CHECK(rtx.Marker() == original.Marker());
  CHECK(rtx.PaddingSize() == 0);
  const auto payload = rtx.Payload();
  REQUIRE(payload.size() == original.PayloadSize() + 2);
  CHECK(LoadU16(payload.data()) == original.SequenceNumber());
  CHECK(ToVector(payload.subspan(2)) == ToVector(original.Payload()));
}

}  // namespace

TEST_CASE("RetransmissionTest: retransmits by RTX, at most once within a round trip", "[rtc][nack]") {
  for (const bool srtp : {false, true}) {
    for (const std::uint8_t gsoPadding : kPaddings) {
      CAPTURE(srtp, int{gsoPadding});
      Room room({.srtp = srtp, .rtx = true, .gsoPadding = gsoPadding});
      room.Publish(10);
      const auto sent = room.Received();
      REQUIRE(sent.size() == 10);
      constexpr std::size_t kLost[] = {2, 3, 7};
      std::vector<std::uint16_t> lost;
      for (const auto i : kLost) lost.push_back(sent[i].SequenceNumber());

      std::optional<std::uint16_t> next;
      std::size_t repeated = 0;
      const auto ask = [&](bool answered) {
        room.Nack(lost);
        const auto got = room.Received();
        REQUIRE(got.size() == (answered ? std::size(kLost) : 0));
        for (std::size_t i = 0; i < got.size(); ++i) {
          CheckRepeats(got[i], sent[kLost[i]]);
          if (next) CHECK(got[i].SequenceNumber() == *next);
          next = static_cast<std::uint16_t>(got[i].SequenceNumber() + 1);
        }
        repeated += got.size();
      };
      ask(true);
      ask(false);
      room.sim.Advance(Milliseconds(40));
      ask(false);
      room.sim.Advance(Milliseconds(20));
      ask(true);
      room.ReportRoundTrip(Milliseconds(200));
      room.sim.Advance(Milliseconds(190));
      ask(false);
      room.sim.Advance(Milliseconds(20));
      ask(true);
      const auto stats = room.sim.Consumer("watch").Stats(room.sim.now).at(0);
      CHECK(stats.packetsRetransmitted == repeated);
      CHECK(stats.nackCount == 6);
      CHECK(stats.nackPacketCount == 18);
      CHECK(stats.packetCount == 10);

      // The original stream continues its sequence numbers.
      room.Publish(1);
      const auto after = room.Received();
      REQUIRE(after.size() == 1);
      CHECK(after[0].SequenceNumber() == static_cast<std::uint16_t>(sent[9].SequenceNumber() + 1));
    }
  }
}

TEST_CASE("RetransmissionTest: scores repaired packets better than lost ones", "[rtc][nack]") {
  for (const bool repaired : {false, true}) {
    CAPTURE(repaired);
    Room room({.srtp = false, .rtx = true});
    room.Publish(50);
    const std::uint32_t first = room.Received().at(0).SequenceNumber();
    room.Report(first + 49, 0);
    room.Publish(50);
    REQUIRE(room.Received().size() == 50);
    std::vector<std::uint16_t> lost;
    for (std::uint32_t i = 50; i < 100; i += 10) lost.push_back(static_cast<std::uint16_t>(first + i));
    if (repaired) room.Nack(lost);
    CHECK(room.Received().size() == (repaired ? lost.size() : 0));
    room.Report(first + 99, static_cast<std::int32_t>(lost.size()));
    CHECK(room.sim.Consumer("watch").Summary().score.score == (repaired ? 9 : 7));
  }
}

TEST_CASE("RetransmissionTest: sends a packet once when a NACK names it twice, and no unknown packet",
          "[rtc][nack]") {
  for (const bool rtx : {false, true}) {
    Room room({.rtx = rtx});
    room.Publish(3);
    const auto sent = room.Received();
    REQUIRE(sent.size() == 3);
    const auto first = sent[0].SequenceNumber();
    const std::uint16_t numbers[] = {first, first, static_cast<std::uint16_t>(first - 1),
                                     static_cast<std::uint16_t>(first + 3),
                                     static_cast<std::uint16_t>(first + 0x8000)};
    room.Nack(numbers);
    CHECK(room.Received().size() == 1);
  }
}

TEST_CASE("RetransmissionTest: repeats every byte of a packet without RTX, even if encrypted",
          "[rtc][nack]") {
  for (const bool srtp : {false, true}) {
    for (const std::uint8_t gsoPadding : kPaddings) {
      CAPTURE(srtp, int{gsoPadding});
      Room room({.srtp = srtp, .gsoPadding = gsoPadding});
      room.Publish(1);
      auto last = room.OnWire();
      REQUIRE(last.size() == 1);
      // Gaps are forwarded as gaps, so the output's sequence numbers soon wrap, and the rollover counter
      // changes (RFC 3711 section 3.3.1).
      while (NumberOf(last[0]) < 65'528) {
        const auto missing = std::min(2900, 65'528 - NumberOf(last[0]) - 1);
        room.Lose(static_cast<std::uint16_t>(missing));
        room.sim.Advance(Milliseconds(20));
        room.Publish(1);
        last = room.OnWire();
        REQUIRE(last.size() == 1);
      }
      room.Publish(16);
      auto sent = room.OnWire();
      REQUIRE(sent.size() == 16);
      CHECK(NumberOf(sent[15]) < 100);
      std::vector<std::uint16_t> numbers;
      for (const auto& packet : sent) numbers.push_back(NumberOf(packet));
      CHECK(std::set(sent.begin(), sent.end()).size() == 16);

      // Retransmits later, when the send time and the transport-wide sequence number would differ.
      for (int i = 0; i < 3; ++i) {
        room.sim.Advance(Milliseconds(60));
        room.Nack(numbers);
        CHECK(room.OnWire() == sent);
        room.Nack(numbers);
        CHECK(room.OnWire().empty());
      }
      CHECK(room.sim.Consumer("watch").Stats(room.sim.now).at(0).packetsRetransmitted == 48);
      CHECK(room.sim.worker.Report().drops[net::DropReason::kProtectFailed] == 0);

      room.Publish(1);
      const auto after = room.OnWire();
      REQUIRE(after.size() == 1);
      CHECK(NumberOf(after[0]) == NumberOf(sent[15]) + 1);
    }
  }
}

TEST_CASE(
    "RetransmissionTest: limits retransmissions during a flood of requests to the bytes sent and a burst",
    "[rtc][nack]") {
  for (const bool srtp : {false, true}) {
    for (const bool rtx : {false, true}) {
      CAPTURE(srtp, rtx);
      Room room({.srtp = srtp, .rtx = rtx});
      std::vector<std::uint16_t> numbers;
      std::size_t media = 0;
      const auto publish = [&](int turns) {
        for (int i = 0; i < turns; ++i) {
          room.Publish(50);
          for (const auto& packet : room.OnWire()) {
            numbers.push_back(NumberOf(packet));
            media += packet.size();
          }
          room.sim.Advance(Milliseconds(20));
        }
      };
      publish(30);
      REQUIRE(numbers.size() == 1500);
      room.ReportRoundTrip(Duration::zero());
      room.OnWire();

      std::map<std::vector<std::uint8_t>, int> copies;
      std::size_t repeated = 0;
      const auto nackAll = [&] {
        std::size_t count = 0;
        for (std::size_t first = 0; first < numbers.size(); first += 250)
          room.Nack(std::span(numbers).subspan(first, std::min<std::size_t>(250, numbers.size() - first)));
        for (const auto& packet : room.OnWire()) {
          ++copies[packet];
          repeated += packet.size();
          ++count;
        }
        return count;
      };
      for (int i = 0; i < 10; ++i) {
        nackAll();
        room.sim.Advance(Milliseconds(10));
      }
      const auto burst = static_cast<std::size_t>(rtc::RetransmissionBudget::kKeyFrame.Bytes()) + media / 2;
      CHECK(repeated <= burst + burst / 10);
      CHECK(repeated >= burst - burst / 10);
      const auto drops = room.sim.worker.Report().drops;
      CHECK(drops[net::DropReason::kResendBudget] > 10'000);
      for (const auto& [packet, count] : copies) CHECK(count <= rtp::RetransmissionBuffer::kMaxBurst);

      // The budget grows with the bytes sent.
      numbers.clear();
      publish(2);
      const auto answered = nackAll();
      CHECK(answered >= 95);
      CHECK(answered <= 100);
    }
  }
}

// 54 packets of 1,200 bytes almost fill a GSO batch, and a short packet still fits: the batch is smaller than
// its packet count times its segment size.
TEST_CASE("RetransmissionTest: forwards and resends a key frame of 60 packets with a short tail",
          "[rtc][nack][egress]") {
  for (const bool srtp : {false, true}) {
    for (const bool rtx : {false, true}) {
      CAPTURE(srtp, rtx);
      Room room({.srtp = srtp, .rtx = rtx});
      for (const std::size_t size : {54U, 60U}) {
        for (std::size_t i = 0; i < size; ++i) room.PublishOne(1180);
        room.PublishOne(100);
      }
      const auto sent = room.Received();
      REQUIRE(sent.size() == 54 + 60 + 2);
      std::vector<std::uint16_t> all;
      for (const auto& packet : sent) all.push_back(packet.SequenceNumber());
      room.Nack(all);
      CHECK(room.OnWire().size() == all.size());
    }
  }
}

}  // namespace ringcast::test
