#include <catch2/catch.hpp>

#include "ringcast/rtp/SenderClock.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

// The source's wall clock, 1000 s into some era.
NtpTime SourceClock(std::int64_t milliseconds) { return WallClock(Seconds(1000)).Ntp(At(milliseconds)); }

}  // namespace

TEST_CASE("Before the first sender report nothing is known of the source's clock", "[rtp]") {
  CHECK_FALSE(SenderClock(90'000).TimestampAt(At(0)));
}

TEST_CASE("From one sender report on, the source's timestamp goes on with its clock rate", "[rtp]") {
  SenderClock clock(90'000);
  clock.OnSenderReport(SourceClock(0), 0xFFFFFFF0, At(500));
  CHECK(clock.TimestampAt(At(500)) == 0xFFFFFFF0);
  CHECK(clock.TimestampAt(At(1500)) == 0xFFFFFFF0 + 90'000U);
  CHECK(clock.TimestampAt(At(400)) == 0xFFFFFFF0 - 9'000U);
}

TEST_CASE("A sender report that came late moves nothing", "[rtp]") {
  SenderClock clock(48'000);
  clock.OnSenderReport(SourceClock(0), 0, At(20));
  clock.OnSenderReport(SourceClock(1000), 48'000, At(1300));  // 280 ms more than the first took
  CHECK(clock.TimestampAt(At(2020)) == 96'000U);
}

TEST_CASE("A sender report that travelled faster corrects the clock, and counts for eight reports", "[rtp]") {
  SenderClock clock(1000);
  clock.OnSenderReport(SourceClock(0), 0, At(100));
  clock.OnSenderReport(SourceClock(1000), 1000, At(1040));
  CHECK(clock.TimestampAt(At(2040)) == 2000U);
  for (int i = 2; i <= 8; ++i) {
    clock.OnSenderReport(SourceClock(i * 1000), static_cast<std::uint32_t>(i) * 1000, At(i * 1000 + 100));
  }
  CHECK(clock.TimestampAt(At(9040)) == 9000U);
  clock.OnSenderReport(SourceClock(9000), 9000, At(9100));
  CHECK(clock.TimestampAt(At(10'100)) == 10'000U);
}

TEST_CASE("A source whose wall clock was set is believed at once", "[rtp]") {
  SenderClock clock(1000);
  clock.OnSenderReport(SourceClock(0), 0, At(10));
  clock.OnSenderReport(SourceClock(5000), 1000, At(1010));  // set forward by 4 s
  CHECK(clock.TimestampAt(At(2010)) == 2000U);
  clock.OnSenderReport({0, 0}, 2000, At(2010));  // a new era, or nonsense
  CHECK(clock.TimestampAt(At(3010)) == 3000U);
  clock.OnSenderReport({0xFFFFFFFF, 0xFFFFFFFF}, 3000, At(3010));
  CHECK(clock.TimestampAt(At(4010)) == 4000U);
}
