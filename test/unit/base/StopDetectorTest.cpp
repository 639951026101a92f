#include <catch2/catch.hpp>

#include "ringcast/base/StopDetector.hpp"

namespace ringcast {

TEST_CASE("StopDetectorTest: reports a stop when a timer fires late after a long wait", "[base]") {
  struct Row {
    const char* what;
    Duration wait;      // since the loop started to wait
    Duration deadline;  // of the timer, since the loop started to wait
    bool stopped;
  };
  const Row rows[] = {
      {"a timer on time after a long wait", Seconds(30), Seconds(30), false},
      {"a timer that is a little late", Seconds(30), Seconds(30) - Milliseconds(999), false},
      {"a timer that is late", Seconds(31), Seconds(30), true},
      {"a stop in the middle of a long wait", Seconds(70), Seconds(30), true},
      {"a timer that was due before the loop waited", Milliseconds(1), -Seconds(5), false},
      {"a timer that was due long ago, and a stop", Seconds(40), -Seconds(5), true},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const Instant start(Seconds(1000));
    StopDetector detector;
    detector.OnWait(start);
    const auto stopped = detector.OnTimer(start + row.deadline, start + row.wait);
    CHECK(stopped.has_value() == row.stopped);
    if (stopped) CHECK(*stopped == row.wait);
  }
}

TEST_CASE("StopDetectorTest: reports a stop once, so that timers fire after the sockets were read",
          "[base]") {
  const Instant start(Seconds(1000));
  StopDetector detector;
  CHECK_FALSE(detector.OnTimer(start, start + Seconds(40)));  // the loop has not run yet
  detector.OnWait(start);
  REQUIRE(detector.OnTimer(start + Seconds(1), start + Seconds(40)));
  detector.OnWait(start + Seconds(40));
  CHECK_FALSE(detector.OnTimer(start + Seconds(1), start + Seconds(40) + Milliseconds(1)));
}

}  // namespace ringcast
