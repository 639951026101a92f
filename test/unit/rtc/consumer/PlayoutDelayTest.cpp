#include <catch2/catch.hpp>

#include "ringcast/rtc/consumer/PlayoutDelay.hpp"

namespace ringcast::rtc {
namespace {

constexpr Instant kStart{Seconds(1000)};
using Repair = std::optional<rtp::RepairTime>;

Repair Takes(int once, int twice) { return rtp::RepairTime{Milliseconds(once), Milliseconds(twice)}; }

}  // namespace

TEST_CASE("PlayoutDelayTest: covers the repair time up to the limit") {
  struct Row {
    Repair fromSource, toReceiver;
    int delay;  // ms
  };
  const Row rows[] = {
      {{}, {}, 0},
      {Takes(25, 45), {}, 80},    // 45 + 30, rounded up to steps of 20
      {Takes(70, 130), {}, 160},  // covers two tries
      {{}, Takes(60, 160), 200},  // 190, rounded up
      {Takes(70, 130), Takes(30, 130), 160},
      {Takes(25, 45), Takes(30, 130), 160},  // the slower direction
      {Takes(105, 230), {}, 140},            // covers the first try only
      {Takes(170, 340), {}, 200},
      {Takes(171, 340), {}, 0},  // covers no try
  };
  for (const auto& row : rows) {
    CAPTURE(row.delay);
    PlayoutDelay delay;
    delay.OnInterval(row.fromSource, row.toReceiver, kStart);
    CHECK(delay.ToSend().has_value() == (row.delay != 0));
    if (row.delay != 0) CHECK(*delay.ToSend() == row.delay / 10);
  }
}

TEST_CASE("PlayoutDelayTest: sends a delay for two intervals, raises it at once and lowers it after 30 s") {
  PlayoutDelay delay;
  auto now = kStart;
  const auto interval = [&](const Repair& repair) {
    now += Seconds(1);
    delay.OnInterval(repair, {}, now);
    return delay.ToSend();
  };
  CHECK_FALSE(interval({}));
  CHECK(interval(Takes(25, 45)) == 8);
  CHECK(interval(Takes(25, 45)) == 8);
  CHECK_FALSE(interval(Takes(25, 45)));
  CHECK(interval(Takes(70, 130)) == 16);
  for (int i = 0; i < 29; ++i) CHECK(interval(i == 3 ? Takes(70, 130) : Repair()) != 0);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(interval({}));
  CHECK(interval({}) == 0);
  CHECK(interval({}) == 0);
  CHECK_FALSE(interval({}));
}

}  // namespace ringcast::rtc
