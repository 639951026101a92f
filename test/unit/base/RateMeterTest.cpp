#include <catch2/catch.hpp>

#include "ringcast/base/RateMeter.hpp"

using namespace ringcast;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

// Adds `packets` of 100 bytes, one every 10 ms (80 kbit/s), and returns the time of the last one.
std::int64_t Feed(RateMeter& meter, std::int64_t fromMs, int packets) {
  for (int i = 0; i < packets; ++i) meter.Add(100, At(fromMs + i * 10));
  return fromMs + (packets - 1) * 10;
}

}  // namespace

TEST_CASE("RateMeterTest: reads zero without input", "[base]") {
  RateMeter meter;
  CHECK(meter.Rate(At(0)).Value() == 0);
  CHECK(meter.Rate(At(123'456'789)).Value() == 0);
  CHECK(meter.Bytes() == 0);
  CHECK(meter.Packets() == 0);
}

TEST_CASE("RateMeterTest: measures the last second at any offset of the window", "[base]") {
  for (const std::int64_t start : {0, 7, 49, 50, 123'456'789}) {
    RateMeter meter;
    const auto last = Feed(meter, start, 300);
    for (std::int64_t later = 0; later < 10; ++later) {
      // Within one packet of 80 kbit/s.
      CHECK(meter.Rate(At(last + later)).Value() >= 79'200);
      CHECK(meter.Rate(At(last + later)).Value() <= 80'800);
    }
    CHECK(meter.Bytes() == 30'000);
    CHECK(meter.Packets() == 300);
  }
}

TEST_CASE("RateMeterTest: grows with the input in the first second", "[base]") {
  RateMeter meter;
  meter.Add(1000, At(20));
  CHECK(meter.Rate(At(20)).Value() == 8000);
  meter.Add(500, At(400));
  CHECK(meter.Rate(At(1000)).Value() == 12'000);
}

TEST_CASE("RateMeterTest: falls to zero a second and a bucket after the input ends", "[base]") {
  RateMeter meter;
  const auto last = Feed(meter, 0, 200);
  const auto half = meter.Rate(At(last + 500)).Value();
  CHECK(half >= 39'200);
  CHECK(half <= 40'800);
  CHECK(meter.Rate(At(last + 1100)).Value() == 0);
  CHECK(meter.Bytes() == 20'000);
}

TEST_CASE("RateMeterTest: removes the oldest bucket gradually", "[base]") {
  RateMeter meter;
  meter.Add(1000, At(0));
  CHECK(meter.Rate(At(1000)).Value() == 8000);
  CHECK(meter.Rate(At(1050)).Value() == 4000);
  CHECK(meter.Rate(At(1098)).Value() == 160);
  CHECK(meter.Rate(At(1100)).Value() == 0);
}

TEST_CASE("RateMeterTest: keeps its count when time goes backwards", "[base]") {
  RateMeter meter;
  meter.Add(100, At(5000));
  meter.Add(100, At(1000));
  meter.Add(100, Instant(Seconds(-10)));
  CHECK(meter.Rate(At(3000)).Value() == 2400);
  CHECK(meter.Rate(At(5000)).Value() == 2400);
  CHECK(meter.Rate(At(6100)).Value() == 0);
  CHECK(meter.Packets() == 3);
}

TEST_CASE("RateMeterTest: measures new input after an idle gap of any length", "[base]") {
  for (const std::int64_t gap : {1100, 1199, 2000, 2100, 3'600'000}) {
    RateMeter meter;
    const auto last = Feed(meter, 0, 100);
    meter.Add(250, At(last + gap));
    CHECK(meter.Rate(At(last + gap)).Value() == 2000);
  }
  RateMeter meter;
  meter.Add(1, At(0));
  meter.Add(1, Instant(Seconds(std::int64_t{50} * 365 * 24 * 3600)));  // takes no time per skipped year
  CHECK(meter.Rate(Instant(Seconds(std::int64_t{50} * 365 * 24 * 3600))).Value() == 8);
}
