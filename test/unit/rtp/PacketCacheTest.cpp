#include <optional>

#include <catch2/catch.hpp>

#include "ringcast/rtp/PacketCache.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using rtp::PacketCache;

namespace {

struct Fixture {
  explicit Fixture(std::size_t limit = PacketCache::kDefaultLimit) : cache(limit) {}

  PacketCache::Ref Add(std::uint16_t sequenceNumber) {
    test::PacketBuilder builder;
    builder.sequenceNumber = sequenceNumber;
    const auto packet = builder.Parse(pool);
    REQUIRE(packet);
    return cache.Add(*packet, now);
  }

  net::PacketPool pool;
  PacketCache cache;
  Instant now{Seconds(1000)};
};

}  // namespace

TEST_CASE("PacketCacheTest: finds packets by serial numbers that begin at 1 and never repeat", "[rtp]") {
  Fixture f;
  CHECK_FALSE(f.cache.Find(0));
  CHECK_FALSE(f.cache.Find(1));
  for (std::uint16_t i = 1; i <= 1000; ++i) CHECK(f.Add(i).SerialNumber() == i);
  CHECK(f.cache.Size() == 1000);
  for (std::uint16_t i = 1; i <= 1000; ++i) {
    const auto packet = f.cache.Find(i);
    REQUIRE(packet);
    CHECK(packet->SequenceNumber() == i);
    CHECK(packet.SerialNumber() == i);
  }
  CHECK_FALSE(f.cache.Find(0));
  CHECK_FALSE(f.cache.Find(1001));
  CHECK_FALSE(f.cache.Find(UINT64_MAX));
}

TEST_CASE("PacketCacheTest: copies no bytes and returns them to the pool with the last reference", "[rtp]") {
  Fixture f;
  auto first = f.Add(1);
  CHECK(f.pool.InUse() == 1);
  auto second = f.cache.Find(1);
  CHECK(first->Buffer().Data() == second->Buffer().Data());
  f.cache.DropOld(f.now + Seconds(2));
  CHECK_FALSE(f.cache.Find(1));
  CHECK(f.cache.Size() == 0);
  first = PacketCache::Ref();
  CHECK(f.pool.InUse() == 1);
  CHECK(second->SequenceNumber() == 1);
  const auto third = std::move(second);
  CHECK(third->SequenceNumber() == 1);
  second = third;
  second = PacketCache::Ref();
  CHECK(f.pool.InUse() == 1);
}

TEST_CASE("PacketCacheTest: keeps a referenced packet unchanged while the cache wraps around", "[rtp]") {
  Fixture f(300);
  const auto kept = f.Add(7);
  for (std::uint16_t i = 0; i < 2000; ++i) f.Add(i);
  CHECK_FALSE(f.cache.Find(1));
  CHECK(kept->SequenceNumber() == 7);
  CHECK(kept.SerialNumber() == 1);
  CHECK(f.pool.InUse() == 301);
}

TEST_CASE("PacketCacheTest: drops the oldest packets at its limit", "[rtp]") {
  for (const std::size_t limit : {1U, 2U, 255U, 256U, 257U, 300U}) {
    CAPTURE(limit);
    Fixture f(limit);
    std::uint64_t last = 0;
    for (std::uint16_t i = 0; i < 1000; ++i) {
      last = f.Add(i).SerialNumber();
      REQUIRE(f.cache.Size() <= limit);
    }
    CHECK(f.cache.Size() == limit);
    CHECK(f.pool.InUse() == limit);
    CHECK_FALSE(f.cache.Find(last - limit));
    CHECK(f.cache.Find(last - limit + 1)->SequenceNumber() == 1000 - limit);
    CHECK(f.cache.Find(last)->SequenceNumber() == 999);
  }
}

TEST_CASE("PacketCacheTest: drops two old packets with each new one, and all on request", "[rtp]") {
  Fixture f;
  for (std::uint16_t i = 0; i < 10; ++i) f.Add(i);
  f.now += PacketCache::kMaxAge;
  f.Add(10);
  CHECK(f.cache.Size() == 11);
  f.now += Microseconds(1);
  f.Add(11);
  CHECK(f.cache.Size() == 10);
  CHECK_FALSE(f.cache.Find(2));
  CHECK(f.cache.Find(3));
  f.cache.DropOld(f.now);
  CHECK(f.cache.Size() == 2);
  CHECK(f.cache.Find(11)->SequenceNumber() == 10);
}
