#include <limits>

#include <catch2/catch.hpp>

#include "ringcast/ice/TokenBucket.hpp"

using namespace ringcast;
using namespace ringcast::ice;

namespace {

int TakeAll(TokenBucket& bucket, Instant now, int limit = 10'000) {
  int taken = 0;
  while (taken < limit && bucket.Take(now)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("TokenBucketTest: allows its burst at once, then its rate", "[ice]") {
  TokenBucket bucket(100, 20);
  Instant now(Seconds(5));
  CHECK(TakeAll(bucket, now) == 20);
  CHECK(TakeAll(bucket, now + Milliseconds(9)) == 0);
  CHECK(TakeAll(bucket, now + Milliseconds(10)) == 1);
  CHECK(TakeAll(bucket, now + Milliseconds(110)) == 10);
  CHECK(TakeAll(bucket, now + Seconds(3600)) == 20);
}

TEST_CASE("TokenBucketTest: keeps its rate when it is called every microsecond", "[ice]") {
  TokenBucket bucket(1000, 1);
  int taken = 0;
  for (std::int64_t i = 0; i < 100'000; ++i) taken += bucket.Take(Instant(Microseconds(i))) ? 1 : 0;
  CHECK(taken == 100);
}

TEST_CASE("TokenBucketTest: survives times that go back or jump far ahead", "[ice]") {
  TokenBucket bucket(100, 3);
  CHECK(TakeAll(bucket, Instant(Seconds(10))) == 3);
  CHECK(TakeAll(bucket, Instant(Seconds(9))) == 0);
  CHECK(TakeAll(bucket, Instant(Microseconds(std::numeric_limits<std::int64_t>::max()))) == 3);
}

TEST_CASE("TokenBucketTest: allows only its burst without a rate", "[ice]") {
  TokenBucket bucket(0, 2);
  CHECK(TakeAll(bucket, Instant(Seconds(1))) == 2);
  CHECK(TakeAll(bucket, Instant(Seconds(1000))) == 0);
}

TEST_CASE("TokenBucketTest: allows answers to unauthenticated requests a hundred times per second", "[ice]") {
  auto bucket = UnauthenticatedAnswers();
  int taken = 0;
  for (std::int64_t i = 0; i < 500'000; ++i) taken += bucket.Take(Instant(Microseconds(i * 20))) ? 1 : 0;
  CHECK(taken == 100 + 10 * 100 - 1);
}
