#include <optional>

#include <catch2/catch.hpp>

#include "ringcast/rtp/SendStatistics.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

}  // namespace

TEST_CASE("SendStatisticsTest: reports nothing before the first packet", "[rtp]") {
  const SendStatistics stream(Ssrc(1), 90'000);
  CHECK_FALSE(stream.MakeSenderInfo({}, std::nullopt, At(1000)));
  CHECK_FALSE(stream.RoundTripTime());
  CHECK(stream.PacketCount() == 0);
}

TEST_CASE("SendStatisticsTest: reports packets, payload bytes and the relation of NTP and RTP time",
          "[rtp]") {
  SendStatistics stream(Ssrc(7), 90'000);
  stream.OnSent({.timestamp = 1000, .count = 1, .payloadBytes = 100, .bytes = 120}, At(5000));
  stream.OnSent({.timestamp = 1000, .count = 1, .payloadBytes = 50, .bytes = 70}, At(5010));
  const NtpTime ntp{0xB44DB705, 0x20000000};
  const auto info = stream.MakeSenderInfo(ntp, std::nullopt, At(15'000));
  REQUIRE(info);
  CHECK(info->ntp == ntp);
  CHECK(info->packetCount == 2);
  CHECK(info->octetCount == 150);
  CHECK(info->rtpTimestamp == 1000 + 900'000);  // ten seconds after the first packet of the frame
  CHECK(stream.PacketCount() == 2);
  CHECK(stream.Rate().Bytes() == 190);
  CHECK(stream.SenderSsrc() == Ssrc(7));
  CHECK(stream.ClockRate() == 90'000);
}

TEST_CASE("SendStatisticsTest: wraps the RTP time of a sender report after any silence", "[rtp]") {
  struct Row {
    std::uint32_t timestamp;
    std::uint32_t clockRate;
    std::int64_t seconds;
    std::uint32_t expected;
  };
  const Row rows[] = {
      {0xFFFFFFFF, 90'000, 10, 899'999},
      {0, 48'000, 100'000, 505'032'704},           // 4,800,000,000 modulo 2^32
      {0, 90'000, 31'536'000, 3'561'584'640},      // a year: 2,838,240,000,000 modulo 2^32
      {5, 0xFFFFFFFF, 1'000'000, 4'293'967'301U},  // a hostile clock: -1,000,000 + 5
      {5, 0, 100, 5},
  };
  for (const auto& row : rows) {
    SendStatistics stream(Ssrc(1), row.clockRate);
    stream.OnSent({.timestamp = row.timestamp, .count = 1, .payloadBytes = 1, .bytes = 1}, At(0));
    const auto info = stream.MakeSenderInfo({}, std::nullopt, At(row.seconds * 1000));
    REQUIRE(info);
    CHECK(info->rtpTimestamp == row.expected);
  }
}

TEST_CASE(
    "SendStatisticsTest: keeps its time relation at late or repeated packets, and moves it for a new source",
    "[rtp]") {
  struct Row {
    const char* what;
    std::uint32_t timestamp;  // of a packet sent one second after the packet with timestamp 900'000
    std::uint32_t expected;   // RTP time at the same instant
  };
  const Row rows[] = {
      {"the next frame", 990'000, 990'000},
      {"a little behind", 890'000, 990'000},
      {"ten seconds behind", 0, 990'000},
      {"farther behind: started anew", 900'000U - 900'001U, 900'000U - 900'001U},
      {"far ahead", 500'000'000, 500'000'000},
      {"the other half of the clock", 900'000U + 0x80000000U, 900'000U + 0x80000000U},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    SendStatistics stream(Ssrc(1), 90'000);
    stream.Start(0, At(0));
    stream.OnSent({.timestamp = 900'000, .count = 1, .payloadBytes = 1, .bytes = 1}, At(11'000));
    stream.OnSent({.timestamp = row.timestamp, .count = 1, .payloadBytes = 1, .bytes = 1}, At(12'000));
    const auto info = stream.MakeSenderInfo({}, std::nullopt, At(12'000));
    REQUIRE(info);
    CHECK(info->rtpTimestamp == row.expected);
  }
}

TEST_CASE(
    "SendStatisticsTest: uses the source's clock at once, and an estimate from arrivals after eight seconds",
    "[rtp]") {
  SendStatistics stream(Ssrc(1), 1000);
  stream.Start(5000, At(0));
  const auto reported = stream.MakeSenderInfo({}, 4800U, At(0));
  REQUIRE(reported);
  CHECK(reported->rtpTimestamp == 4800);
  CHECK_FALSE(stream.MakeSenderInfo({}, std::nullopt, At(0)));
  CHECK_FALSE(stream.MakeSenderInfo({}, std::nullopt, At(7999)));
  const auto guessed = stream.MakeSenderInfo({}, std::nullopt, At(8000));
  REQUIRE(guessed);
  CHECK(guessed->rtpTimestamp == 13'000);

  // After a restart of the source, or with invalid reports of the source, the estimate starts again.
  stream.OnSourceChange(At(9000));
  for (const auto source : {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(4'000'000)}) {
    CHECK_FALSE(stream.MakeSenderInfo({}, source, At(16'999)));
    CHECK(stream.MakeSenderInfo({}, source, At(17'000)));
  }
  CHECK(stream.MakeSenderInfo({}, 13'900U, At(9000)));
}

TEST_CASE("SendStatisticsTest: measures the round trip time of 6.125 s in the example of RFC 3550", "[rtp]") {
  // Section 6.4.1, figure 2.
  SendStatistics stream(Ssrc(1), 90'000);
  ReportBlock block;
  block.lastSenderReport = 0xB7052000;
  block.delaySinceLastSenderReport = 0x00054000;
  stream.OnReport(block, 0xB7108000);
  CHECK(stream.RoundTripTime() == Milliseconds(6125));
}

TEST_CASE("SendStatisticsTest: reads losses but no round trip time without a preceding sender report",
          "[rtp]") {
  SendStatistics stream(Ssrc(1), 90'000);
  ReportBlock block;
  block.fractionLost = 64;
  block.cumulativeLost = -3;
  block.jitter = 17;
  stream.OnReport(block, 0x12345678);
  CHECK(stream.FractionLost() == 64);
  CHECK(stream.PacketsLost() == -3);
  CHECK(stream.Jitter() == 17);
  CHECK_FALSE(stream.RoundTripTime());
}

TEST_CASE("SendStatisticsTest: measures the round trip time across clock wraps and from false reports",
          "[rtp]") {
  struct Row {
    std::uint32_t now;
    std::uint32_t lastSenderReport;
    std::uint32_t delay;
    Duration expected;
  };
  const Row rows[] = {
      {0x00008000, 0xFFFF8000, 0x00008000, Milliseconds(500)},  // NTP's middle bits wrapped in between
      {0x00010000, 0x00010000, 1, Duration::zero()},            // rounded below zero
      {0x00010000, 0x00010000, 0xFFFFFFFF, Microseconds(15)},
      {0x80010000, 0x00010001, 0,
       Microseconds(32'767'999'984)},  // the longest round trip time that a report can express
      {0x80010000, 0x00010000, 0, Duration::zero()},
  };
  for (const auto& row : rows) {
    SendStatistics stream(Ssrc(1), 90'000);
    ReportBlock block;
    block.lastSenderReport = row.lastSenderReport;
    block.delaySinceLastSenderReport = row.delay;
    stream.OnReport(block, row.now);
    CHECK(stream.RoundTripTime() == row.expected);
  }
}

TEST_CASE("SendStatisticsTest: counts sent and lost packets between two reports", "[rtp]") {
  struct Row {
    const char* what;
    std::uint32_t highest, nextHighest;
    std::int32_t lost, nextLost;
    std::optional<LossCount> expected;
  };
  const Row rows[] = {
      {"some lost", 1000, 1100, 3, 13, {{100, 10}}},
      {"none lost", 1000, 1100, 3, 3, {{100, 0}}},
      {"across the wrap of the wire's number", 0x1fff0, 0x20010, 0, 32, {{32, 32}}},
      {"across the wrap of the extended number", 0xfffffff0, 0x10, 0, 1, {{32, 1}}},
      {"nothing sent", 1000, 1000, 3, 3, {{0, 0}}},
      {"what was lost came after all", 1000, 1100, 3, -20, {{100, 0}}},
      {"more lost than was sent", 1000, 1100, 0, 500, {{100, 100}}},
      {"counted anew from below", 5000, 10, 100, 0, {}},
      {"counted anew from far above", 10, 10'000'000, 0, 0, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    SendStatistics stream(Ssrc(1), 90'000);
    ReportBlock block;
    block.highestSequence = row.highest;
    block.cumulativeLost = row.lost;
    CHECK_FALSE(stream.OnReport(block, 0));
    block.highestSequence = row.nextHighest;
    block.cumulativeLost = row.nextLost;
    const auto interval = stream.OnReport(block, 0);
    REQUIRE(interval.has_value() == row.expected.has_value());
    if (!interval) continue;
    CHECK(interval->expected == row.expected->expected);
    CHECK(interval->lost == row.expected->lost);
  }
}
