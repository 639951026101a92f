#include <set>

#include <catch2/catch.hpp>

#include "ringcast/ice/ReturnRoutability.hpp"
#include "unit/ice/AgentFixture.hpp"

namespace ringcast::ice::test {

namespace {

using Use = ReturnRoutability::Use;

constexpr WallClock kClock{Seconds(1'700'000'000)};
const Tuple kOld = TupleOf(0);
const Tuple kNew = TupleOf(1);

struct Fixture {
  Fixture() {
    routability.Add(kOld);
    routability.OnSelected(kOld, now);
    routability.OnDtlsSent(kOld);
    routability.OnDtlsConnected();
  }
  void Select(const Tuple& tuple) {
    routability.Add(tuple);
    routability.OnSelected(tuple, now);
  }
  // Sends media in packets of 1,000 bytes until none is allowed, and returns the bytes sent.
  std::size_t Drain(const Tuple& to) {
    std::size_t sent = 0;
    while (routability.Take(to, 1000, Use::kMedia, now)) sent += 1000;
    return sent;
  }
  std::uint32_t Challenge() { return kClock.Ntp(routability.ChallengeTime(random, now)).Compact(); }

  ReturnRoutability routability{kClock};
  SeededRandom random{1};
  Instant now{Seconds(1000)};
};

}  // namespace

TEST_CASE("ReturnRoutabilityTest: confirms an address by a DTLS handshake that used no other address",
          "[ice]") {
  Fixture f;
  CHECK(f.routability.IsConfirmed(kOld));
  CHECK_FALSE(f.routability.Limited());
  CHECK(f.routability.Take(kOld, 1'000'000'000, Use::kMedia, f.now));
}

TEST_CASE("ReturnRoutabilityTest: confirms no address by a handshake that used two addresses or none",
          "[ice]") {
  for (const bool sent : {false, true}) {
    INFO(sent);
    ReturnRoutability routability(kClock);
    routability.Add(kOld);
    routability.Add(kNew);
    routability.OnSelected(kNew, Instant(Seconds(1)));
    if (sent) routability.OnDtlsSent(kOld);
    if (sent) routability.OnDtlsSent(kNew);
    routability.OnDtlsConnected();
    CHECK_FALSE(routability.IsConfirmed(kOld));
    CHECK_FALSE(routability.IsConfirmed(kNew));
    CHECK(routability.Limited());
    CHECK(routability.Fallback() == nullptr);
  }
}

// A browser that nominates another pair during the handshake finishes it on that pair.
TEST_CASE(
    "ReturnRoutabilityTest: falls back to the address of the handshake when another is selected before its "
    "end",
    "[ice]") {
  ReturnRoutability routability(kClock);
  routability.Add(kOld);
  routability.OnSelected(kOld, Instant(Seconds(1)));
  routability.OnDtlsSent(kOld);
  routability.Add(kNew);
  routability.OnSelected(kNew, Instant(Seconds(1)));
  CHECK(routability.Fallback() == nullptr);
  routability.OnDtlsConnected();
  CHECK(routability.IsConfirmed(kOld));
  CHECK_FALSE(routability.IsConfirmed(kNew));
  CHECK(routability.Limited());
  REQUIRE(routability.Fallback() != nullptr);
  CHECK(*routability.Fallback() == kOld);
  routability.Remove(kOld);
  CHECK(routability.Fallback() == nullptr);
}

TEST_CASE("ReturnRoutabilityTest: treats TCP connections as confirmed", "[ice]") {
  Fixture f;
  f.Select(TupleOf(2, net::TransportProtocol::kTcp));
  CHECK_FALSE(f.routability.Limited());
}

TEST_CASE("ReturnRoutabilityTest: limits the bytes to a new address to three times the bytes from it",
          "[ice]") {
  Fixture f;
  f.Select(kNew);
  CHECK(f.routability.Limited());
  REQUIRE(f.routability.Fallback() != nullptr);
  CHECK(*f.routability.Fallback() == kOld);
  constexpr auto kMedia = ReturnRoutability::kAllowance - ReturnRoutability::kReserve;
  CHECK(f.Drain(kNew) == kMedia);
  f.routability.OnReceived(kNew, 100'000);
  CHECK(f.Drain(kNew) == 3 * 100'000 - kMedia);
  // The reserve for control packets is still available.
  CHECK(f.routability.Take(kNew, ReturnRoutability::kReserve, Use::kControl, f.now));
  CHECK_FALSE(f.routability.Take(kNew, 1, Use::kControl, f.now));
  CHECK(f.routability.Take(kOld, 1000, Use::kMedia, f.now));
}

TEST_CASE("ReturnRoutabilityTest: shares the allowance between all tried addresses", "[ice]") {
  Fixture f;
  std::size_t sent = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 1; i < 20; ++i) {
      f.Select(TupleOf(i));
      sent += f.Drain(TupleOf(i));
      f.routability.Remove(TupleOf(i));
    }
  }
  CHECK(sent == ReturnRoutability::kAllowance - ReturnRoutability::kReserve);
  f.now += ReturnRoutability::kRefillTime / 2;
  f.Select(kNew);
  CHECK(f.Drain(kNew) == ReturnRoutability::kAllowance / 2);
  // The allowance also grows in steps that are too short for a byte.
  for (int i = 0; i < 1'500'000; ++i) {
    f.now += Microseconds(10);
    static_cast<void>(f.routability.Take(kNew, 1'000'000, Use::kMedia, f.now));
  }
  CHECK(f.Drain(kNew) >= ReturnRoutability::kAllowance / 2 - 1000);
}

TEST_CASE("ReturnRoutabilityTest: confirms an address that reports the timestamp of a sender report",
          "[ice]") {
  Fixture f;
  f.Select(kNew);
  const auto first = f.Challenge();
  CHECK(f.Challenge() == first);  // one challenge per second
  f.now += Seconds(1);
  const auto second = f.Challenge();
  CHECK(second != first);
  const bool latest = GENERATE(false, true);
  CHECK_FALSE(
      f.routability.OnLastSenderReport(kOld, first));  // from an address that did not get the challenge
  CHECK_FALSE(f.routability.OnLastSenderReport(kNew, 0));
  CHECK(f.routability.Limited());
  CHECK(f.routability.OnLastSenderReport(kNew, latest ? second : first));
  CHECK_FALSE(f.routability.Limited());
  CHECK(f.routability.Fallback() == nullptr);
  // A change back and forth needs no further proof.
  f.Select(kOld);
  CHECK_FALSE(f.routability.Limited());
  f.Select(kNew);
  CHECK_FALSE(f.routability.Limited());
}

TEST_CASE("ReturnRoutabilityTest: does not confirm an address by a report of another address's timestamp",
          "[ice]") {
  Fixture f;
  f.Select(kNew);
  const auto timestamp = f.Challenge();
  f.Select(TupleOf(2));
  CHECK_FALSE(f.routability.OnLastSenderReport(TupleOf(2), timestamp));
  CHECK(f.routability.Limited());
}

TEST_CASE("ReturnRoutabilityTest: chooses an unpredictable timestamp within the next second", "[ice]") {
  std::set<std::uint32_t> timestamps;
  constexpr std::size_t kTries = 1000;
  for (std::size_t i = 0; i < kTries; ++i) {
    Fixture f;
    f.Select(kNew);
    SeededRandom random(i);
    const auto time = f.routability.ChallengeTime(random, f.now);
    CHECK(time > f.now);
    CHECK(time <= f.now + Seconds(1));
    timestamps.insert(kClock.Ntp(time).Compact());
  }
  // There are 65,536 values, so a thousand random ones have seven or eight collisions.
  CHECK(timestamps.size() > kTries - 30);
}

TEST_CASE("ReturnRoutabilityTest: stops confirmation by reports after a few wrong timestamps", "[ice]") {
  Fixture f;
  f.Select(kNew);
  const auto before = kClock.Ntp(f.now - Seconds(3)).Compact();
  const auto timestamp = f.Challenge();
  // The peer may report earlier sender reports.
  for (int i = 0; i < 100; ++i) CHECK_FALSE(f.routability.OnLastSenderReport(kNew, before));
  const bool patient = GENERATE(false, true);
  const auto guesses = ReturnRoutability::kMaxGuesses - (patient ? 1 : 0);
  for (std::uint32_t i = 1; i <= guesses; ++i) f.routability.OnLastSenderReport(kNew, timestamp + i);
  CHECK(f.routability.OnLastSenderReport(kNew, timestamp) == patient);
  // Another address does not allow further guesses.
  f.Select(TupleOf(2));
  f.now += Seconds(2);
  CHECK(f.routability.OnLastSenderReport(TupleOf(2), f.Challenge()) == patient);
}

TEST_CASE("ReturnRoutabilityTest: forgets removed addresses", "[ice]") {
  Fixture f;
  f.Select(kNew);
  f.routability.Remove(kOld);
  CHECK(f.routability.Fallback() == nullptr);
  CHECK_FALSE(f.routability.IsConfirmed(kOld));
  f.routability.Remove(kNew);
  CHECK_FALSE(f.routability.Limited());
  CHECK_FALSE(f.routability.Take(kNew, 1, Use::kControl, f.now));
  f.Select(kOld);
  CHECK(f.routability.Limited());
}

}  // namespace ringcast::ice::test
