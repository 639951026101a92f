#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/IndexMonitor.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

// No publisher, receiver or controller can make a transport encrypt two packets with the same SRTP index.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kSsrc = 1111;
constexpr std::uint32_t kWatchSsrc = 7001;
constexpr std::uint8_t kMidId = 1;
constexpr std::uint16_t kPictures = 50;  // frames from one key frame to the next

// A publisher "in" over plain RTP, and a viewer "out" over SRTP.
class Room {
 public:
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddWebRtc("room", "out");
    peer.emplace(sim, "out", kViewer);
    peer->Establish();
    REQUIRE(peer->State() == dtls::State::kConnected);
  }

  void Publish(MediaKind kind, bool byMid = false) {
    kind_ = kind;
    sim.Produce("in", "p", kind, byMid ? std::nullopt : std::optional(kSsrc),
                {.extensions = {{rtp::Extension::kMid, kMidId}}, .mid = "m", .nack = false, .rtx = true});
  }
  void Consume(bool nack = true, bool rtx = true) {
    sim.Consume("out", "c", "p", kWatchSsrc,
                {.extensions = {{rtp::Extension::kAbsSendTime, 3}}, .nack = nack, .rtx = rtx});
  }

  // `body` distinguishes packets with the same sequence number.
  [[nodiscard]] RtpBytes Media(std::uint16_t number, std::uint8_t body, std::uint32_t ssrc = kSsrc) const {
    const bool video = kind_ == MediaKind::kVideo;
    auto payload = video ? Vp8Payload(number % kPictures == 0, 400) : OpusPayload(100);
    payload.back() = body;
    return {.payloadType = video ? SimWorker::kVideoPayloadType : SimWorker::kAudioPayloadType,
            .sequenceNumber = number,
            .timestamp = number * 960U,
            .ssrc = ssrc,
            .extensions = {{kMidId, Bytes("m")}},
            .payload = std::move(payload)};
  }
  void Send(std::uint16_t number, std::uint8_t body = 1, std::uint32_t ssrc = kSsrc) {
    sim.Receive("in", kPublisher, Media(number, body, ssrc).Write());
  }
  void SendRange(std::uint16_t from, std::uint16_t to, std::uint8_t body = 1, std::uint32_t ssrc = kSsrc) {
    for (auto number = from; number != to; ++number) Send(number, body, ssrc);
  }
  // Sends the packet as RTX (RFC 4588 section 4).
  void SendRtx(std::uint16_t number, std::uint8_t body) {
    auto packet = Media(number, body, SimWorker::RtxOf(kSsrc));
    packet.payloadType = SimWorker::kVideoRtxPayloadType;
    packet.sequenceNumber = rtxSequence_++;
    packet.payload.insert(packet.payload.begin(),
                          {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
    sim.Receive("in", kPublisher, packet.Write());
  }
  void Nack(std::uint16_t number) {
    const rtcp::CompoundWriter::NackItem item{number, 0};
    peer->SendRtcp(RtcpBytes([&](rtcp::CompoundWriter& writer) {
      writer.AddNack(Ssrc(1), Ssrc(kWatchSsrc), std::span(&item, 1));
    }));
  }

  // Returns the encrypted RTP packets that the worker sends to the viewer now.
  std::vector<std::vector<std::uint8_t>> EndTurn() {
    std::vector<std::vector<std::uint8_t>> out;
    do {
      for (auto& datagram : Rtp(sim.EndTurn())) {
        monitor.OnSent(datagram.bytes);
        out.push_back(std::move(datagram.bytes));
      }
    } while (sim.more);
    return out;
  }
  std::uint64_t Drops(net::DropReason reason) const { return sim.worker.Report().drops[reason]; }
  // No index was used twice, and the egress refused no packet.
  void CheckClean() {
    for (const auto& fault : monitor.Faults().Texts()) CHECK(fault.empty());
    CHECK(Drops(net::DropReason::kSrtpIndexUsed) == 0);
  }

  SimWorker sim;
  std::optional<SimPeer> peer;
  IndexMonitor monitor;

 private:
  MediaKind kind_ = MediaKind::kVideo;
  std::uint16_t rtxSequence_ = 0;
};

std::uint16_t NumberOf(const std::vector<std::uint8_t>& packet) { return LoadU16(&packet[2]); }
std::uint32_t SsrcOf(const std::vector<std::uint8_t>& packet) { return LoadU32(&packet[8]); }

}  // namespace

TEST_CASE("SrtpIndexTest: drops RTX older than the duplicate history when nothing tracks losses",
          "[rtc][srtp]") {
  for (const int behind : {127, 128, 200, 500, 1000, 2999}) {
    CAPTURE(behind);
    Room room;
    room.Publish(MediaKind::kVideo);
    room.Consume();
    constexpr std::uint16_t kNewest = 3100;
    const auto repeated = static_cast<std::uint16_t>(kNewest - behind);
    for (std::uint16_t number = 0; number <= kNewest; ++number) {
      if (number != repeated) room.Send(number);
      if (number % 500 == 0) room.EndTurn();
    }
    REQUIRE_FALSE(room.EndTurn().empty());
    for (std::uint8_t body = 2; body < 5; ++body) {
      room.SendRtx(repeated, body);
      room.EndTurn();
    }
    CHECK(room.Drops(net::DropReason::kTooOld) == (behind < 128 ? 0 : 3));
    CHECK(room.Drops(net::DropReason::kDuplicate) == (behind < 128 ? 2 : 0));
    room.CheckClean();
  }
}

TEST_CASE(
    "SrtpIndexTest: restarts the numbering with each change of the source, whatever is dropped in between",
    "[rtc][srtp]") {
  Room room;
  room.Publish(MediaKind::kAudio, true);
  room.Consume();
  constexpr std::uint32_t kOther = 2222;
  room.SendRange(0, 100, 1);
  room.Send(50, 2, kOther);
  room.Send(99, 1);  // a duplicate
  room.SendRange(100, 120, 1);
  room.Send(50, 2, kOther);  // a duplicate
  room.SendRange(51, 120, 2, kOther);
  CHECK(room.EndTurn().size() == 100 + 1 + 20 + 69);
  room.CheckClean();
}

TEST_CASE("SrtpIndexTest: restarts the numbering with a source that was forgotten and returns",
          "[rtc][srtp]") {
  Room room;
  room.Publish(MediaKind::kVideo, true);
  room.Consume();
  // The forwarding round is full and takes no packet of the next four sources. A producer keeps four sources
  // of an encoding.
  for (std::uint16_t number = 0; room.Drops(net::DropReason::kOverloaded) <= 4; ++number) {
    room.sim.now += Microseconds(200);  // within a publisher's rate limit
    room.Send(number, 1, room.Drops(net::DropReason::kOverloaded) == 0 ? kSsrc : 3000U + number);
    REQUIRE(number < 20'000);
  }
  const auto sent = room.EndTurn();
  REQUIRE(sent.size() > 500);
  const auto again = static_cast<std::uint16_t>((sent.size() - 200) / kPictures * kPictures);
  room.SendRange(again, static_cast<std::uint16_t>(again + 100), 2);
  CHECK(room.EndTurn().size() == 100);
  room.CheckClean();
}

TEST_CASE("SrtpIndexTest: restarts the numbering when the source restarted while the viewer was disconnected",
          "[rtc][srtp]") {
  Room room;
  room.Publish(MediaKind::kAudio);
  room.Consume();
  // The largest burst that a publisher may send.
  room.SendRange(0, 500, 1);
  CHECK(room.EndTurn().size() == 500);
  room.sim.Advance(Seconds(1));
  room.SendRange(500, 1000, 1);
  CHECK(room.EndTurn().size() == 500);
  room.sim.Advance(Seconds(31));
  REQUIRE_FALSE(room.sim.Transport("out").Connected());
  room.SendRange(700, 710, 2);
  CHECK(room.EndTurn().empty());
  room.peer->Check(true);
  REQUIRE(room.sim.Transport("out").Connected());
  // The number of packets that an unconfirmed address gets.
  room.SendRange(710, 800, 2);
  CHECK(room.EndTurn().size() == 90);
  room.CheckClean();
}

TEST_CASE("SrtpIndexTest: continues the sequence numbers of a closed consumer with the same ssrcs",
          "[rtc][srtp]") {
  for (const bool rtx : {false, true}) {
    CAPTURE(rtx);
    Room room;
    room.Publish(MediaKind::kVideo);
    std::optional<std::uint16_t> last;
    std::optional<std::uint16_t> lastRtx;
    for (std::uint8_t round = 0; round < 20; ++round) {
      room.Consume(true, rtx);
      const auto first = static_cast<std::uint16_t>(round * kPictures);
      room.SendRange(first, first + kPictures, round);
      const auto sent = room.EndTurn();
      REQUIRE(sent.size() == kPictures);
      if (last) CHECK(NumberOf(sent.front()) == static_cast<std::uint16_t>(*last + 1));
      last = NumberOf(sent.back());
      room.Nack(static_cast<std::uint16_t>(*last - 10));
      const auto again = room.EndTurn();
      REQUIRE(again.size() == 1);
      CHECK(SsrcOf(again[0]) == (rtx ? SimWorker::RtxOf(kWatchSsrc) : kWatchSsrc));
      if (rtx && lastRtx) CHECK(NumberOf(again[0]) == static_cast<std::uint16_t>(*lastRtx + 1));
      lastRtx = NumberOf(again[0]);
      REQUIRE(room.sim.Transport("out").CloseConsumer("c").Ok());
    }
    room.CheckClean();
    CHECK(room.monitor.Counted().repeats == (rtx ? 0 : 20));
  }
}

}  // namespace ringcast::test
