#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/NackList.hpp"
#include "ringcast/rtp/NackTracker.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

// Retransmission and key frame requests to publishers, and the packets that answer them.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kWatchSsrc = 7001;

using Numbers = std::vector<std::uint16_t>;

// A publisher "in" of video, and a viewer "out" that consumes it.
struct Room {
  explicit Room(std::uint32_t keyFrameRequestDelayMs = 0) {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc,
                {.rtx = true, .keyFrameRequestDelayMs = keyFrameRequestDelayMs});
    sim.Consume("out", "watch", "video", kWatchSsrc);
  }

  static RtpBytes Video(std::uint16_t number, bool keyFrame) {
    auto payload = Vp8Payload(keyFrame, 800);
    StoreU16(&payload[2], number);
    return {.payloadType = SimWorker::kVideoPayloadType,
            .sequenceNumber = number,
            .timestamp = 9000,
            .ssrc = kVideoSsrc,
            .payload = std::move(payload)};
  }
  void Send(std::uint16_t number, bool keyFrame = false) {
    sim.Receive("in", kPublisher, Video(number, keyFrame).Write());
  }
  // Sends the packet as RTX (RFC 4588 section 4).
  void SendAgain(std::uint16_t number, bool keyFrame = false) {
    auto packet = Video(number, keyFrame);
    packet.ssrc = SimWorker::RtxOf(kVideoSsrc);
    packet.payloadType = SimWorker::kVideoRtxPayloadType;
    packet.sequenceNumber = rtxSequence++;
    packet.payload.insert(packet.payload.begin(),
                          {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
    sim.Receive("in", kPublisher, packet.Write());
  }

  // Returns the RTP packets that the viewer received since the last call.
  std::vector<std::vector<std::uint8_t>> Seen() {
    std::vector<std::vector<std::uint8_t>> out;
    for (auto& datagram : Rtp(sim.EndTurn())) out.push_back(std::move(datagram.bytes));
    return out;
  }

  struct Request {
    Duration at{};  // since the call of Asked()
    Numbers numbers;
  };
  // Advances the time while the video continues. Returns the NACK requests that the publisher receives.
  std::vector<Request> Asked(Duration duration, std::uint16_t next) {
    std::vector<Request> out;
    const auto start = sim.now;
    for (int i = 1; sim.now < start + duration; ++i) {
      sim.Advance(Milliseconds(1));
      if (i % 20 == 0) Send(next++);
      for (const auto& datagram : sim.EndTurn()) {
        for (const auto& nack : MessagesOf<rtcp::Nack>(datagram.bytes)) {
          CHECK(nack.media == Ssrc(kVideoSsrc));
          auto& request = out.emplace_back(Request{sim.now - start, {}});
          rtcp::NackNumbers numbers(nack);
          while (const auto number = numbers.Next()) request.numbers.push_back(*number);
        }
        keyFramesAsked += MessagesOf<rtcp::PictureLoss>(datagram.bytes).size();
      }
    }
    return out;
  }

  // The publisher answers the worker's reference time with a DLRR block after `roundTrip` (RFC 3611
  // section 4.5).
  void MeasureRoundTrip(Duration roundTrip) {
    while (true) {
      sim.Advance(Milliseconds(10));
      for (const auto& datagram : sim.EndTurn()) {
        for (const auto& report : MessagesOf<rtcp::ExtendedReport>(datagram.bytes)) {
          if (!report.referenceTime) continue;
          sim.Advance(roundTrip);
          const rtcp::CompoundWriter::DlrrItem item{report.sender, report.referenceTime->Compact(), 0};
          sim.Receive("in", kPublisher, RtcpBytes([&](rtcp::CompoundWriter& writer) {
                        writer.AddDlrr(Ssrc(kVideoSsrc), std::array{item});
                      }));
          return;
        }
      }
    }
  }

  rtc::RtpStreamStats Stats() { return sim.Producer("video").Streams().Stats(sim.now).at(0); }
  std::uint64_t Drops(net::DropReason reason) { return sim.Transport("in").Traffic().drops[reason]; }

  SimWorker sim;
  std::uint16_t rtxSequence = 65'535;
  std::size_t keyFramesAsked = 0;
};

}  // namespace

TEST_CASE("LossRecoveryTest: requests a missing packet once and forwards its RTX retransmission in sequence",
          "[rtc][nack]") {
  for (const int start : {0, 32'760, 65'530}) {
    CAPTURE(start);
    Room room;
    const auto number = [&](int i) { return static_cast<std::uint16_t>(start + i); };
    const std::vector<int> lost = {4, 5, 12};
    for (int i = 0; i < 20; ++i) {
      if (std::find(lost.begin(), lost.end(), i) == lost.end()) room.Send(number(i), i == 0);
    }
    auto seen = room.Seen();
    REQUIRE(seen.size() == 17);
    const auto first = LoadU16(&seen[0][2]);

    const auto requests = room.Asked(Milliseconds(19), number(20));
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].numbers == Numbers{number(4), number(5), number(12)});

    for (const int i : {5, 12, 4}) {
      room.SendAgain(number(i));
      seen = room.Seen();
      REQUIRE(seen.size() == 1);
      const auto& packet = seen[0];
      CHECK(LoadU16(&packet[2]) == static_cast<std::uint16_t>(first + i));
      CHECK(LoadU32(&packet[8]) == kWatchSsrc);
      CHECK((packet[1] & 0x7F) == SimWorker::kMappedVideoPayloadType);
      CHECK(std::vector(packet.begin() + 12, packet.end()) == Room::Video(number(i), false).payload);
    }
    room.SendAgain(number(5));
    CHECK(room.Seen().empty());
    CHECK(room.Drops(net::DropReason::kDuplicate) == 1);
    room.Send(number(12));
    CHECK(room.Seen().empty());
    CHECK(room.Drops(net::DropReason::kDuplicate) == 2);

    CHECK(room.Asked(Seconds(2), number(20)).empty());
    CHECK(room.keyFramesAsked == 0);
    const auto stats = room.Stats();
    CHECK(stats.nackCount == 1);
    CHECK(stats.nackPacketCount == 3);
    CHECK(stats.packetsRepaired == 3);
    CHECK(stats.packetsRetransmitted == 4);
    CHECK(stats.rtxPacketsDiscarded == 1);
    CHECK(stats.rtxSsrc == Ssrc(SimWorker::RtxOf(kVideoSsrc)));
  }
}

TEST_CASE(
    "LossRecoveryTest: lowers the score by three for 10 % loss, and by one when the lost packets are "
    "repaired",
    "[rtc][nack]") {
  for (const bool repaired : {false, true}) {
    CAPTURE(repaired);
    Room room;
    for (std::uint16_t i = 0; i < 1500; ++i) {
      room.sim.Advance(Milliseconds(20));
      if (i % 10 != 5) room.Send(i, i == 0);
      if (i % 10 == 7 && repaired) room.SendAgain(static_cast<std::uint16_t>(i - 2));
      static_cast<void>(room.Seen());
    }
    CHECK(room.Stats().score == (repaired ? 9 : 7));
  }
}

TEST_CASE("LossRecoveryTest: forwards a reordered packet in sequence without a request", "[rtc][nack]") {
  Room room;
  room.Send(1, true);
  room.Send(3);
  room.Send(4);
  const auto before = room.Seen();
  REQUIRE(before.size() == 3);
  room.sim.Advance(Milliseconds(1));
  room.Send(2);
  const auto after = room.Seen();
  REQUIRE(after.size() == 1);
  CHECK(LoadU16(&after[0][2]) == static_cast<std::uint16_t>(LoadU16(&before[0][2]) + 1));
  CHECK(room.Asked(Seconds(1), 5).empty());
  CHECK(room.Stats().packetsRepaired == 0);
}

TEST_CASE(
    "LossRecoveryTest: repeats requests at the pace of the round trip time up to a limit, then requests a "
    "key frame",
    "[rtc][nack]") {
  using rtp::NackTracker;
  struct Row {
    std::optional<Duration> roundTrip;
    Duration pace;
    std::size_t most;
  };
  // The retry interval is 9/8 of the round trip time.
  const Row rows[] = {{std::nullopt, Microseconds(112'500), 6},
                      {Milliseconds(4), NackTracker::kMinRetryInterval, NackTracker::kMaxTries},
                      {Milliseconds(80), Milliseconds(90), 7},
                      {Milliseconds(200), Milliseconds(225), 5}};
  for (const auto& row : rows) {
    CAPTURE(row.pace.count());
    Room room;
    room.Send(1, true);
    room.Send(2);
    static_cast<void>(room.sim.EndTurn());
    if (row.roundTrip) room.MeasureRoundTrip(*row.roundTrip);
    room.Send(4);
    const auto requests = room.Asked(Seconds(2), 5);
    REQUIRE(requests.size() == row.most);
    CHECK(requests[0].at <= NackTracker::kMinReorderWait + NackTracker::kGrid);
    CHECK(requests.back().at < NackTracker::kMaxAge);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CAPTURE(i);
      CHECK(requests[i].numbers == Numbers{3});
      if (i == 0) continue;
      const auto waited = requests[i].at - requests[i - 1].at;
      CHECK(waited >= row.pace);
      if (i < NackTracker::kQuickTries) CHECK(waited <= row.pace + NackTracker::kGrid);
    }
    CHECK(room.keyFramesAsked == 1);
    CHECK(room.Stats().nackCount == row.most);

    // The tracker gave up on the packet, so a retransmission is discarded now.
    static_cast<void>(room.Seen());
    room.SendAgain(3);
    CHECK(room.Seen().empty());
    CHECK(room.Stats().rtxPacketsDiscarded == 1);
  }
}

TEST_CASE("LossRecoveryTest: requests no retransmission unless it is negotiated", "[rtc][nack]") {
  Room room;
  room.sim.Produce("in", "audio", MediaKind::kAudio, 2222);
  for (const std::uint16_t number : std::array<std::uint16_t, 3>{1, 2, 5}) {
    room.sim.Receive("in", kPublisher,
                     RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                              .sequenceNumber = number,
                              .ssrc = 2222,
                              .payload = OpusPayload(50)}
                         .Write());
  }
  room.Send(1, true);
  CHECK(room.Asked(Seconds(2), 2).empty());
}

// --- Key frames ---

namespace {

constexpr int kAudience = 100;
constexpr std::uint32_t kFirstSeat = 8000;

// A room with kAudience more consumers, after their first key frame request was answered.
struct FullRoom : Room {
  explicit FullRoom(std::uint32_t keyFrameRequestDelayMs) : Room(keyFrameRequestDelayMs) {
    Send(number++, true);
    for (int i = 0; i < kAudience; ++i)
      sim.Consume("out", "seat" + std::to_string(i), "video", kFirstSeat + static_cast<std::uint32_t>(i));
    Send(number++, true);
    static_cast<void>(sim.EndTurn());
    sim.Advance(Seconds(5));
    static_cast<void>(sim.EndTurn());
  }
  // Each consumer requests a key frame, by PLI (RFC 4585 section 6.3.1) and FIR (RFC 5104 section 4.3.1) in
  // turn.
  void AllAsk() {
    for (int i = 0; i < kAudience; ++i) {
      const Ssrc seat(kFirstSeat + static_cast<std::uint32_t>(i));
      sim.Receive("out", kViewer, RtcpBytes([&](rtcp::CompoundWriter& writer) {
                    if (i % 2 == 0) {
                      writer.AddPictureLoss(Ssrc(1), seat);
                    } else {
                      writer.AddFullIntraRequest(Ssrc(1), seat, static_cast<std::uint8_t>(i));
                    }
                  }));
    }
  }
  std::size_t AskedInTurn() { return CountPictureLoss(sim.EndTurn()); }
  std::uint16_t number = 1;
};

}  // namespace

TEST_CASE(
    "LossRecoveryTest: merges a hundred key frame requests into one, and repeats it after the delay without "
    "a key frame",
    "[rtc][keyframe]") {
  for (const bool comes : {false, true}) {
    CAPTURE(comes);
    FullRoom room(1000);
    room.AllAsk();
    CHECK(room.AskedInTurn() == 1);
    room.sim.Advance(Milliseconds(300));
    room.AllAsk();
    CHECK(room.AskedInTurn() == 0);
    if (comes) room.Send(room.number++, true);
    room.sim.Advance(Milliseconds(699));
    CHECK(room.AskedInTurn() == 0);
    room.sim.Advance(Milliseconds(1));
    CHECK(room.AskedInTurn() == (comes ? 0 : 1));
    room.sim.Advance(Seconds(3));
    CHECK(room.AskedInTurn() == 0);
  }
}

TEST_CASE("LossRecoveryTest: requests one key frame for each delay during continuous requests",
          "[rtc][keyframe]") {
  FullRoom room(1000);
  constexpr int kAnswerSteps = 2;  // steps of 100 ms until a key frame arrives
  std::size_t asked = 0;
  int answer = -1;
  for (int i = 0; i < 100; ++i) {
    room.AllAsk();
    const auto now = room.AskedInTurn();
    CHECK(now <= 1);
    asked += now;
    if (now != 0) answer = i + kAnswerSteps;
    if (i == answer) room.Send(room.number++, true);
    room.sim.Advance(Milliseconds(100));
  }
  CHECK(asked == 10);
}

TEST_CASE(
    "LossRecoveryTest: forwards a whole key frame to a new consumer when its first packet is repaired last",
    "[rtc][nack]") {
  Room room;
  room.Send(1, true);
  room.sim.AddPlain("room", "other", {.remote = *net::Address::Parse("192.0.2.3", 5000)});
  const auto earlier = room.Seen();
  REQUIRE(earlier.size() == 1);
  room.sim.Consume("other", "late", "video", kWatchSsrc + 1);
  // Packet 2, the first packet of a key frame, is lost.
  for (std::uint16_t number = 3; number <= 5; ++number) room.Send(number);
  const auto first = room.Seen();
  CHECK(first.size() == 3);  // to the earlier consumer
  room.sim.Advance(Milliseconds(60));
  room.SendAgain(2, true);
  room.Send(6);
  Numbers one, two;
  for (const auto& bytes : room.Seen()) {
    auto& numbers = LoadU32(&bytes[8]) == kWatchSsrc ? one : two;
    numbers.push_back(LoadU16(&bytes[2]));
  }
  const std::uint16_t last = LoadU16(&earlier[0][2]);
  CHECK(one == Numbers{static_cast<std::uint16_t>(last + 1), static_cast<std::uint16_t>(last + 5)});
  REQUIRE(two.size() == 5);
  for (std::size_t i = 0; i < two.size(); ++i) CHECK(two[i] == static_cast<std::uint16_t>(two[0] + i));
}

}  // namespace ringcast::test
