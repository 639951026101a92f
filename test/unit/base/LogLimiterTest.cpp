#include <catch2/catch.hpp>

#include "ringcast/base/LogLimiter.hpp"

using namespace ringcast;

TEST_CASE("LogLimiterTest: admits a burst, then ten lines per second", "[base]") {
  log::Limiter limiter;
  Instant now(Seconds(5));
  std::int64_t admitted = 0;
  while (limiter.Admit(now)) ++admitted;
  CHECK(admitted == log::Limiter::kBurst);
  CHECK(limiter.Suppressed() == 1);

  // A flood of 1,000 lines per second, for a minute. Lines that report suppressed ones count as well.
  admitted = 0;
  for (int i = 0; i < 60'000; ++i, now += Milliseconds(1)) {
    if (!limiter.Admit(now)) continue;
    admitted += limiter.TakeUnreported(now) > 0 ? 2 : 1;
  }
  CHECK(admitted >= 60 * log::Limiter::kLinesPerSecond - 1);
  CHECK(admitted <= 60 * log::Limiter::kLinesPerSecond + 1);
}

TEST_CASE("LogLimiterTest: reports suppressed lines once", "[base]") {
  log::Limiter limiter;
  Instant now(Seconds(5));
  for (std::int64_t i = 0; i < log::Limiter::kBurst + 7; ++i) static_cast<void>(limiter.Admit(now));
  now += Seconds(1);
  REQUIRE(limiter.Admit(now));
  CHECK(limiter.TakeUnreported(now) == 7);
  CHECK(limiter.TakeUnreported(now) == 0);
  CHECK(limiter.Suppressed() == 7);
}
