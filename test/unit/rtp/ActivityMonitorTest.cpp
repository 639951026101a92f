#include <catch2/catch.hpp>

#include "ringcast/rtp/ActivityMonitor.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

}  // namespace

TEST_CASE(
    "ActivityMonitorTest: reports a stream as active from its first packet until the limit passes without "
    "one",
    "[rtp][activity]") {
  struct Row {
    bool dtx;
    std::int64_t limitMs;
  };
  for (const auto& row : {Row{false, 1500}, Row{true, 5000}}) {
    CAPTURE(row.dtx);
    ActivityMonitor monitor(row.dtx);
    CHECK_FALSE(monitor.Active());
    CHECK_FALSE(monitor.NextTimeout());
    CHECK_FALSE(monitor.OnTimeout(At(100'000)));

    CHECK(monitor.OnPacket(At(1000)));
    CHECK(monitor.Active());
    CHECK(monitor.NextTimeout() == At(1000 + row.limitMs));
    CHECK_FALSE(monitor.OnPacket(At(1020)));
    // The deadline of the first packet is too early and moves to the right time.
    CHECK_FALSE(monitor.OnTimeout(At(1000 + row.limitMs)));
    CHECK(monitor.NextTimeout() == At(1100 + row.limitMs));
    CHECK(monitor.OnTimeout(At(1100 + row.limitMs)));
    CHECK_FALSE(monitor.Active());
    CHECK_FALSE(monitor.NextTimeout());
    CHECK_FALSE(monitor.OnTimeout(At(1200 + row.limitMs)));

    CHECK(monitor.OnPacket(At(20'000)));
    CHECK(monitor.Active());
  }
}

TEST_CASE("ActivityMonitorTest: sets deadlines on the grid, never before the limit", "[rtp][activity]") {
  for (std::int64_t us = 0; us < 300'000; us += 997) {
    ActivityMonitor monitor(false);
    REQUIRE(monitor.OnPacket(Instant(Microseconds(us))));
    const auto deadline = monitor.NextTimeout()->time_since_epoch();
    REQUIRE(deadline % ActivityMonitor::kGrid == Duration::zero());
    REQUIRE(deadline >= Microseconds(us) + ActivityMonitor::kLimit);
    REQUIRE(deadline < Microseconds(us) + ActivityMonitor::kLimit + ActivityMonitor::kGrid);
  }
}

TEST_CASE("ActivityMonitorTest: ends activity on a BYE, and starts it again at the next packet",
          "[rtp][activity]") {
  ActivityMonitor monitor(false);
  CHECK_FALSE(monitor.End());
  REQUIRE(monitor.OnPacket(At(0)));
  CHECK(monitor.End());
  CHECK_FALSE(monitor.End());
  CHECK_FALSE(monitor.NextTimeout());
  CHECK(monitor.OnPacket(At(1)));
}

TEST_CASE("ActivityMonitorTest: does not count time before a restart", "[rtp][activity]") {
  ActivityMonitor monitor(false);
  monitor.Restart(At(0));
  CHECK_FALSE(monitor.NextTimeout());  // a stream without packets cannot become inactive
  REQUIRE(monitor.OnPacket(At(0)));
  monitor.Restart(At(60'000));
  CHECK_FALSE(monitor.OnTimeout(At(61'499)));
  CHECK(monitor.OnTimeout(At(61'500)));
}
