#include <catch2/catch.hpp>

#include "ringcast/base/Time.hpp"

using namespace ringcast;

TEST_CASE("TimeTest: counts NTP time from 1900", "[base]") {
  // The example of RFC 868: 2,208,988,800 is 1970-01-01 00:00:00.
  const WallClock clock(Duration::zero());
  CHECK(clock.Ntp(Instant{}) == NtpTime{2'208'988'800, 0});
  CHECK(clock.Ntp(Instant(Milliseconds(1500))) == NtpTime{2'208'988'801, 0x80000000});
  CHECK(clock.Ntp(Instant(Microseconds(1))).fraction == 4294);
}

TEST_CASE("TimeTest: derives the wall clock by an offset from the monotonic time", "[base]") {
  const WallClock clock(Seconds(1'700'000'000));
  CHECK(clock.UnixTime(Instant(Seconds(5))) == Seconds(1'700'000'005));
}

TEST_CASE("TimeTest: computes the LSR of RFC 3550's example", "[base]") {
  // Section 6.4.1, figure 2: 10 Nov 1995 11:33:25.125 UTC.
  const WallClock clock(Seconds(816'003'205));
  const NtpTime ntp = clock.Ntp(Instant(Milliseconds(125)));
  CHECK(ntp == NtpTime{0xB44DB705, 0x20000000});
  CHECK(ntp.Compact() == 0xB7052000);
}

TEST_CASE("TimeTest: converts units", "[base]") {
  CHECK(ToMilliseconds(Seconds(3)) == 3000);
  CHECK(ToMicroseconds(Milliseconds(-2)) == -2000);
  CHECK(ToTimestampMs(Instant(Microseconds(1999))) == 1);
}

TEST_CASE("TimeTest: returns the earlier of two optional deadlines", "[base]") {
  const Instant early(Seconds(1));
  const Instant late(Seconds(2));
  CHECK(Earlier(early, late) == early);
  CHECK(Earlier(late, early) == early);
  CHECK(Earlier(std::nullopt, late) == late);
  CHECK(Earlier(late, std::nullopt) == late);
  CHECK_FALSE(Earlier(std::nullopt, std::nullopt));
}
