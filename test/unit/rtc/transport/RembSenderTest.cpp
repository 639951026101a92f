#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/RembSender.hpp"

namespace ringcast::rtc {

namespace {

using Use = RembSender::Use;
constexpr Instant kStart(Seconds(1000));

std::optional<std::uint64_t> SentBitrate(RembSender& advice, Instant now, std::uint64_t received = 0) {
  const auto bitrate = advice.OnTimeout(now, DataRate(received));
  return bitrate ? std::optional(bitrate->Value()) : std::nullopt;
}

constexpr std::uint64_t kFloor = RembSender::kFloor.Value();
constexpr std::uint64_t kNoLimit = RembSender::kNoLimit.Value();

}  // namespace

TEST_CASE("RembSenderTest: sends no REMB without negotiation or before the first packet") {
  RembSender advice;
  advice.OnPacket(kStart);
  advice.SetLimit(DataRate(100'000), kStart);
  CHECK_FALSE(advice.NextTimeout());

  RembSender silent;
  silent.SetUse(Use::kEstimate);
  silent.SetLimit(DataRate(100'000), kStart);
  CHECK_FALSE(silent.NextTimeout());
  CHECK_FALSE(SentBitrate(silent, kStart));
}

TEST_CASE(
    "RembSenderTest: starts the estimate at the floor, raises it with the received rate and never lowers "
    "it") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  REQUIRE(advice.NextTimeout() == kStart);
  struct Row {
    std::uint64_t received;
    std::uint64_t bitrate;
  };
  const Row rows[] = {
      {0, kFloor},       {100'000, kFloor},      {200'000, 400'000}, {400'000, 800'000},
      {50'000, 800'000}, {2'000'000, 4'000'000}, {0, 4'000'000},     {~std::uint64_t{0}, kNoLimit},
  };
  Instant now = kStart;
  for (const auto& row : rows) {
    INFO(row.received);
    CHECK_FALSE(SentBitrate(advice, now - Microseconds(1), row.received));
    CHECK(SentBitrate(advice, now, row.received) == row.bitrate);
    advice.OnPacket(now);
    CHECK(advice.NextTimeout() == now + RembSender::kInterval);
    now += RembSender::kInterval;
  }
}

TEST_CASE("RembSenderTest: aligns each REMB to the grid, up to one grid step before the interval ends") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart + Milliseconds(42));
  CHECK(SentBitrate(advice, kStart + Milliseconds(42)));
  CHECK(advice.NextTimeout() == kStart + Milliseconds(1000));
}

TEST_CASE("RembSenderTest: sends no REMB to a silent sender until its next packet") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(SentBitrate(advice, kStart));
  CHECK_FALSE(SentBitrate(advice, kStart + Seconds(1)));
  CHECK_FALSE(advice.NextTimeout());
  advice.OnPacket(kStart + Seconds(5));
  CHECK(advice.NextTimeout() == kStart + Seconds(5));
}

TEST_CASE("RembSenderTest: caps the estimate by the limit and sends a set or removed limit at once") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(SentBitrate(advice, kStart, 1'000'000) == 2'000'000);
  const Instant later = kStart + Milliseconds(300);
  advice.SetLimit(DataRate(150'000), later);
  CHECK(SentBitrate(advice, later, 1'000'000) == 150'000);
  CHECK(advice.Limit() == DataRate(150'000));
  advice.OnPacket(later);
  CHECK(SentBitrate(advice, kStart + Seconds(2), 1'000'000) == 150'000);
  advice.SetLimit(std::nullopt, kStart + Seconds(2));
  CHECK(SentBitrate(advice, kStart + Seconds(2), 100'000) == 2'000'000);
  CHECK_FALSE(advice.Limit());
}

TEST_CASE(
    "RembSenderTest: sends only the limit each second, and its removal three times, when the sender "
    "estimates bandwidth") {
  RembSender advice;
  advice.SetUse(Use::kLimit);
  advice.OnPacket(kStart);
  CHECK_FALSE(advice.NextTimeout());
  Instant now = kStart + Milliseconds(200);
  advice.SetLimit(DataRate(500'000), now);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(advice.NextTimeout());
    now = *advice.NextTimeout();
    CHECK(SentBitrate(advice, now, 9'000'000) == 500'000);
    advice.OnPacket(now);
  }
  advice.SetLimit(std::nullopt, now);
  for (int i = 0; i < RembSender::kReleases; ++i) {
    REQUIRE(advice.NextTimeout());
    now = *advice.NextTimeout();
    CHECK(SentBitrate(advice, now) == kNoLimit);
    advice.OnPacket(now);
  }
  CHECK_FALSE(advice.NextTimeout());
  // No limit was set, so there is no limit to remove.
  advice.SetLimit(std::nullopt, now);
  CHECK_FALSE(advice.NextTimeout());
}

TEST_CASE("RembSenderTest: removes the estimate when the sender starts to estimate bandwidth itself") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(SentBitrate(advice, kStart) == kFloor);
  advice.SetUse(Use::kLimit);
  advice.OnPacket(kStart + Milliseconds(10));
  CHECK(SentBitrate(advice, kStart + Seconds(1)) == kNoLimit);
  advice.SetUse(Use::kNone);
  advice.OnPacket(kStart + Seconds(1));
  CHECK_FALSE(SentBitrate(advice, kStart + Seconds(2)));
}

}  // namespace ringcast::rtc
