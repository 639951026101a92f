// Sender reports of consumers carry the capture time of the source (RFC 3550 section 6.4.1).
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kPeer = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kStranger = *net::Address::Parse("203.0.113.9", 4000);

std::vector<std::uint8_t> Audio(std::uint16_t sequenceNumber, std::uint32_t timestamp = 0) {
  return RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                  .sequenceNumber = sequenceNumber,
                  .timestamp = timestamp,
                  .ssrc = 5,
                  .payload = OpusPayload(40)}
      .Write();
}

std::vector<std::uint8_t> KeyFrame(std::uint16_t sequenceNumber, std::uint32_t timestamp,
                                   std::uint32_t ssrc = 6) {
  return RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                  .marker = true,
                  .sequenceNumber = sequenceNumber,
                  .timestamp = timestamp,
                  .ssrc = ssrc,
                  .payload = Vp8Payload(true, 100)}
      .Write();
}

std::vector<std::uint8_t> Report(Ssrc ssrc, std::uint32_t timestamp, std::uint32_t second = 1) {
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  writer.AddSenderReport(ssrc, {.ntp = {second, 0}, .rtpTimestamp = timestamp}, {});
  return {buffer.data(), buffer.data() + writer.Size()};
}

// Returns the sender reports in the datagrams.
std::vector<rtcp::SenderReport> SenderReports(const std::vector<Datagram>& datagrams) {
  std::vector<rtcp::SenderReport> reports;
  for (const auto& datagram : datagrams) {
    rtcp::CompoundReader reader(datagram.bytes);
    while (const auto packet = reader.Next()) {
      if (std::holds_alternative<rtcp::SenderReport>(*packet))
        reports.push_back(std::get<rtcp::SenderReport>(*packet));
    }
  }
  return reports;
}

struct Fixture {
  Fixture() { sim.AddRouter("room"); }
  SimWorker sim;
};

}  // namespace

TEST_CASE(
    "SenderReportsTest: sends the first sender report before the first packet, with the source's timing") {
  constexpr std::uint32_t kReported = 4800;
  for (const bool reportedByTheSource : {true, false}) {
    CAPTURE(reportedByTheSource);
    Fixture f;
    f.sim.AddPlain("room", "in", {.remote = kPeer});
    f.sim.AddPlain("room", "out", {.remote = kStranger});
    f.sim.Produce("in", "p", MediaKind::kAudio, 5);
    f.sim.Consume("out", "c", "p", 7001);
    if (reportedByTheSource) {
      f.sim.Receive("in", kPeer, Report(Ssrc(5), kReported));
    }
    f.sim.Advance(Milliseconds(10));
    f.sim.Receive("in", kPeer, Audio(1));
    const auto sent = f.sim.EndTurn();
    CHECK(Rtp({sent.back()}).size() == 1);
    const auto reports = SenderReports(sent);
    REQUIRE(reports.size() == (reportedByTheSource ? 1 : 0));
    if (!reports.empty()) {
      CHECK(reports[0].sender == Ssrc(7001));
      CHECK(reports[0].packetCount == 0);
      CHECK(reports[0].rtpTimestamp == kReported + 480);
    }

    f.sim.Receive("in", kPeer, Audio(2));
    CHECK(SenderReports(f.sim.EndTurn()).empty());
  }
}

TEST_CASE("SenderReportsTest: uses the source's reports that arrive before the packets of each encoding") {
  Fixture f;
  f.sim.AddPlain("room", "in", {.remote = kPeer});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kVideo, 6, {.encodings = 3});
  f.sim.Consume("out", "c", "p", 7001, {.pipe = true});
  constexpr std::uint32_t kReported[] = {900'000, 1'800'000, 2'700'000};
  // The first encoding reports twice; the later report is used.
  f.sim.Receive("in", kPeer, Report(Ssrc(6), 1));
  for (std::uint32_t i = 0; i < 3; ++i) f.sim.Receive("in", kPeer, Report(Ssrc(6 + i), kReported[i]));
  f.sim.Advance(Milliseconds(10));
  for (std::uint32_t i = 0; i < 3; ++i) f.sim.Receive("in", kPeer, KeyFrame(1, kReported[i] + 100, 6 + i));
  const auto reports = SenderReports(f.sim.EndTurn());
  REQUIRE(reports.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(reports[i].sender == Ssrc(7001 + i));
    CHECK(reports[i].rtpTimestamp == kReported[i] + 900);
  }
}

TEST_CASE(
    "SenderReportsTest: sends a report before the next packet when the source's first report arrives late") {
  Fixture f;
  f.sim.AddPlain("room", "in", {.remote = kPeer});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  f.sim.Consume("out", "c", "p", 7001);
  f.sim.Receive("in", kPeer, Audio(1));
  CHECK(SenderReports(f.sim.EndTurn()).empty());
  f.sim.Advance(Milliseconds(300));
  f.sim.Receive("in", kPeer, Report(Ssrc(5), 4800));
  f.sim.Advance(Milliseconds(10));
  f.sim.EndTurn();
  f.sim.Receive("in", kPeer, Audio(2));
  const auto sent = f.sim.EndTurn();
  REQUIRE(sent.size() == 2);
  const auto early = SenderReports({sent[0]});
  REQUIRE(early.size() == 1);
  CHECK(early[0].rtpTimestamp == 4800 + 480);
  f.sim.Receive("in", kPeer, Audio(3));
  CHECK(SenderReports(f.sim.EndTurn()).empty());
}

TEST_CASE(
    "SenderReportsTest: reports audio and video of one source on one clock when their reports have different "
    "delays") {
  const auto far = *net::Address::Parse("192.0.2.77", 4000);
  constexpr std::uint32_t kAudioAtStart = 48'000;
  constexpr std::uint32_t kVideoAtStart = 0xFFFFFF00;
  for (const std::int64_t videoTakesMs : {0, 200, 900}) {
    CAPTURE(videoTakesMs);
    Fixture f;
    f.sim.AddPlain("room", "fast", {.remote = kPeer});
    f.sim.AddPlain("room", "slow", {.remote = far});
    f.sim.AddPlain("room", "out", {.remote = kStranger});
    f.sim.Produce("fast", "sound", MediaKind::kAudio, 5);
    f.sim.Produce("slow", "picture", MediaKind::kVideo, 6);
    f.sim.Consume("out", "heard", "sound", 7001);
    f.sim.Consume("out", "seen", "picture", 7002);
    // Both are captured and reported at second 1 of the source's clock.
    f.sim.Receive("fast", kPeer, Report(Ssrc(5), kAudioAtStart));
    f.sim.Receive("fast", kPeer, Audio(1));
    f.sim.EndTurn();
    f.sim.Advance(Milliseconds(videoTakesMs));
    f.sim.Receive("slow", far, Report(Ssrc(6), kVideoAtStart));
    f.sim.Receive("slow", far, KeyFrame(1, kVideoAtStart));
    f.sim.EndTurn();
    f.sim.Advance(Seconds(10));
    std::optional<rtcp::SenderReport> audio;
    std::optional<rtcp::SenderReport> video;
    for (const auto& report : SenderReports(f.sim.EndTurn()))
      (report.sender == Ssrc(7001) ? audio : video) = report;
    REQUIRE(audio);
    REQUIRE(video);
    CHECK(audio->ntp == video->ntp);
    const auto audioTime = static_cast<double>(audio->rtpTimestamp - kAudioAtStart) / 48'000;
    const auto videoTime = static_cast<double>(video->rtpTimestamp - kVideoAtStart) / 90'000;
    CHECK(audioTime == Approx(videoTime).margin(0.001));
  }
}

TEST_CASE("SenderReportsTest: ignores an implausible report of the source") {
  Fixture f;
  f.sim.AddPlain("room", "in", {.remote = kPeer});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  f.sim.Consume("out", "c", "p", 7001);
  f.sim.Receive("in", kPeer, Report(Ssrc(5), 3'000'000'000));
  f.sim.Receive("in", kPeer, Audio(1));
  CHECK(SenderReports(f.sim.EndTurn()).empty());
  // The source may still send a valid report. It sends none, so the worker uses packet arrival times.
  f.sim.Advance(Seconds(16));
  const auto reports = SenderReports(f.sim.EndTurn());
  REQUIRE_FALSE(reports.empty());
  CHECK(reports[0].rtpTimestamp < 16 * 48'000);
}

TEST_CASE(
    "SenderReportsTest: waits for the report of a restarted source before it uses packet arrival times") {
  constexpr std::uint32_t kRestarted = 2'000'000'000;
  Fixture f;
  f.sim.AddPlain("room", "in", {.remote = kPeer});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  f.sim.Consume("out", "c", "p", 7001);
  f.sim.Receive("in", kPeer, Report(Ssrc(5), 0));
  f.sim.Receive("in", kPeer, Audio(1));
  f.sim.EndTurn();
  f.sim.Advance(Seconds(20));
  REQUIRE_FALSE(SenderReports(f.sim.EndTurn()).empty());
  for (std::uint16_t i = 0; i < 3; ++i)
    f.sim.Receive("in", kPeer, Audio(static_cast<std::uint16_t>(30'000 + i), kRestarted));
  REQUIRE_FALSE(Rtp(f.sim.EndTurn()).empty());
  f.sim.Advance(Milliseconds(7500));
  CHECK(SenderReports(f.sim.EndTurn()).empty());
  f.sim.Receive("in", kPeer, Report(Ssrc(5), kRestarted + 360'000));
  f.sim.Advance(Milliseconds(7500));
  const auto reports = SenderReports(f.sim.EndTurn());
  REQUIRE_FALSE(reports.empty());
  // The timestamps continue where the old source would be: 20 s after its packet with timestamp 0.
  CHECK(reports[0].rtpTimestamp >= 27 * 48'000);
  CHECK(reports[0].rtpTimestamp <= 36 * 48'000);
}

TEST_CASE("SenderReportsTest: waits for the report of a new encoding and then uses its timing") {
  constexpr std::uint32_t kLow = 1'000'000;
  constexpr std::uint32_t kHigh = 3'000'000'000;
  Fixture f;
  f.sim.AddPlain("room", "in", {.remote = kPeer});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kVideo, 6, {.encodings = 2});
  f.sim.Consume("out", "c", "p", 7001);
  f.sim.Receive("in", kPeer, Report(Ssrc(6), kLow));
  f.sim.Receive("in", kPeer, KeyFrame(1, kLow));
  REQUIRE(Rtp(f.sim.EndTurn()).size() == 1);
  f.sim.Advance(Seconds(1));
  f.sim.EndTurn();
  // Captured 800 ms after the report, with 200 ms of network delay.
  f.sim.Receive("in", kPeer, KeyFrame(1, kHigh + 72'000, 7));
  const auto switched = Rtp(f.sim.EndTurn());
  REQUIRE(switched.size() == 1);
  const auto timestamp = LoadU32(switched[0].bytes.data() + 4);
  f.sim.Advance(Seconds(5));
  CHECK(SenderReports(f.sim.EndTurn()).empty());
  f.sim.Receive("in", kPeer, Report(Ssrc(7), kHigh + 540'000, 7));
  f.sim.Receive("in", kPeer, KeyFrame(2, kHigh + 522'000, 7));
  const auto reports = SenderReports(f.sim.EndTurn());
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].rtpTimestamp == timestamp + 540'000 - 72'000);
}

TEST_CASE("SenderReportsTest: reports on video within 1.6 s when audio came first") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SimWorker sim(seed);
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.remote = kPeer});
    sim.Produce("in", "sound", MediaKind::kAudio, 5);
    sim.Receive("in", kPeer, Audio(1));
    sim.EndTurn();
    sim.Produce("in", "picture", MediaKind::kVideo, 6);
    sim.Receive("in", kPeer, KeyFrame(1, 0));
    // 1.5 times the video interval, rounded up to the 100 ms grid.
    sim.Advance(Milliseconds(1600));
    bool reported = false;
    for (const auto& datagram : sim.EndTurn()) {
      for (const auto& report : MessagesOf<rtcp::ReceiverReport>(datagram.bytes)) {
        for (std::size_t i = 0; i < report.blocks.Size(); ++i)
          reported = reported || report.blocks.At(i).ssrc == Ssrc(6);
      }
    }
    CHECK(reported);
  }
}

}  // namespace ringcast::test
