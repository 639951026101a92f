#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/RembSender.hpp"

namespace ringcast::rtc {

namespace {

using Use = RembSender::Use;
constexpr Instant kStart(Seconds(1000));

std::optional<std::uint64_t> Told(RembSender& advice, Instant now, std::uint64_t received = 0) {
  const auto told = advice.OnTimeout(now, DataRate(received));
  return told ? std::optional(told->Value()) : std::nullopt;
}

constexpr std::uint64_t kFloor = RembSender::kFloor.Value();
constexpr std::uint64_t kNoLimit = RembSender::kNoLimit.Value();

}  // namespace

TEST_CASE("who did not negotiate it, or never spoke, is told nothing") {
  RembSender advice;
  advice.OnPacket(kStart);
  advice.SetLimit(DataRate(100'000), kStart);
  CHECK_FALSE(advice.NextTimeout());

  RembSender silent;
  silent.SetUse(Use::kEstimate);
  silent.SetLimit(DataRate(100'000), kStart);
  CHECK_FALSE(silent.NextTimeout());
  CHECK_FALSE(Told(silent, kStart));
}

TEST_CASE(
    "an estimate begins at the floor with the first packet, goes up with what is received, and stays up") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  REQUIRE(advice.NextTimeout() == kStart);
  struct Row {
    std::uint64_t received;
    std::uint64_t told;
  };
  const Row rows[] = {
      {0, kFloor},       {100'000, kFloor},      {200'000, 400'000}, {400'000, 800'000},
      {50'000, 800'000}, {2'000'000, 4'000'000}, {0, 4'000'000},     {~std::uint64_t{0}, kNoLimit},
  };
  Instant now = kStart;
  for (const auto& row : rows) {
    INFO(row.received);
    CHECK_FALSE(Told(advice, now - Microseconds(1), row.received));
    CHECK(Told(advice, now, row.received) == row.told);
    advice.OnPacket(now);
    CHECK(advice.NextTimeout() == now + RembSender::kInterval);
    now += RembSender::kInterval;
  }
}

TEST_CASE("words fall on the grid, up to that much earlier than the interval") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart + Milliseconds(42));
  CHECK(Told(advice, kStart + Milliseconds(42)));
  CHECK(advice.NextTimeout() == kStart + Milliseconds(1000));
}

TEST_CASE("a sender that fell silent is told nothing more until it speaks again") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(Told(advice, kStart));
  CHECK_FALSE(Told(advice, kStart + Seconds(1)));
  CHECK_FALSE(advice.NextTimeout());
  advice.OnPacket(kStart + Seconds(5));
  CHECK(advice.NextTimeout() == kStart + Seconds(5));
}

TEST_CASE("a limit caps the estimate, is told at once, and lifted at once") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(Told(advice, kStart, 1'000'000) == 2'000'000);
  const Instant later = kStart + Milliseconds(300);
  advice.SetLimit(DataRate(150'000), later);
  CHECK(Told(advice, later, 1'000'000) == 150'000);
  CHECK(advice.Limit() == DataRate(150'000));
  advice.OnPacket(later);
  CHECK(Told(advice, kStart + Seconds(2), 1'000'000) == 150'000);
  advice.SetLimit(std::nullopt, kStart + Seconds(2));
  CHECK(Told(advice, kStart + Seconds(2), 100'000) == 2'000'000);
  CHECK_FALSE(advice.Limit());
}

TEST_CASE(
    "a sender that estimates by itself is told a limit only, each second, and thrice that it is lifted") {
  RembSender advice;
  advice.SetUse(Use::kLimit);
  advice.OnPacket(kStart);
  CHECK_FALSE(advice.NextTimeout());
  Instant now = kStart + Milliseconds(200);
  advice.SetLimit(DataRate(500'000), now);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(advice.NextTimeout());
    now = *advice.NextTimeout();
    CHECK(Told(advice, now, 9'000'000) == 500'000);
    advice.OnPacket(now);
  }
  advice.SetLimit(std::nullopt, now);
  for (int i = 0; i < RembSender::kReleases; ++i) {
    REQUIRE(advice.NextTimeout());
    now = *advice.NextTimeout();
    CHECK(Told(advice, now) == kNoLimit);
    advice.OnPacket(now);
  }
  CHECK_FALSE(advice.NextTimeout());
  // Nothing was limited: there is nothing to lift.
  advice.SetLimit(std::nullopt, now);
  CHECK_FALSE(advice.NextTimeout());
}

TEST_CASE("a sender that was told an estimate is set free when it begins to estimate by itself") {
  RembSender advice;
  advice.SetUse(Use::kEstimate);
  advice.OnPacket(kStart);
  CHECK(Told(advice, kStart) == kFloor);
  advice.SetUse(Use::kLimit);
  advice.OnPacket(kStart + Milliseconds(10));
  CHECK(Told(advice, kStart + Seconds(1)) == kNoLimit);
  advice.SetUse(Use::kNone);
  advice.OnPacket(kStart + Seconds(1));
  CHECK_FALSE(Told(advice, kStart + Seconds(2)));
}

}  // namespace ringcast::rtc
