#include <deque>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtp/PacketHistory.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using rtp::PacketHistory;

namespace {

struct Fixture {
  explicit Fixture(std::size_t limit = PacketHistory::kDefaultLimit) : history(limit) {}

  std::uint64_t Add(std::uint16_t sequenceNumber) {
    test::PacketBuilder builder;
    builder.sequenceNumber = sequenceNumber;
    const auto packet = builder.Parse(pool);
    REQUIRE(packet);
    return history.Add(*packet, now);
  }

  net::PacketPool pool;
  PacketHistory history;
  Instant now{Seconds(1000)};
};

}  // namespace

TEST_CASE("Packets are found by their serial numbers, which begin at one and never come again",
          "[rtp][history]") {
  Fixture f;
  CHECK(f.history.Find(0) == nullptr);
  CHECK(f.history.Find(1) == nullptr);
  for (std::uint16_t i = 1; i <= 1000; ++i) CHECK(f.Add(i) == i);
  CHECK(f.history.Size() == 1000);
  for (std::uint16_t i = 1; i <= 1000; ++i) {
    const auto* packet = f.history.Find(i);
    REQUIRE(packet != nullptr);
    CHECK(packet->SequenceNumber() == i);
  }
  CHECK(f.history.Find(0) == nullptr);
  CHECK(f.history.Find(1001) == nullptr);
  CHECK(f.history.Find(UINT64_MAX) == nullptr);
}

TEST_CASE("No bytes are copied, and they go back to the pool when the last one lets go", "[rtp][history]") {
  Fixture f;
  f.Add(1);
  CHECK(f.pool.InUse() == 1);
  {
    const auto copy = *f.history.Find(1);
    CHECK(copy.Buffer().Data() == f.history.Find(1)->Buffer().Data());
    f.history.ForgetOld(f.now + Seconds(2));
    CHECK(f.history.Find(1) == nullptr);
    CHECK(f.pool.InUse() == 1);
  }
  CHECK(f.pool.InUse() == 0);
}

TEST_CASE("The oldest packets make room where the limit is reached", "[rtp][history]") {
  for (const std::size_t limit : {1U, 2U, 255U, 256U, 257U, 300U}) {
    CAPTURE(limit);
    Fixture f(limit);
    std::uint64_t last = 0;
    for (std::uint16_t i = 0; i < 1000; ++i) {
      last = f.Add(i);
      REQUIRE(f.history.Size() <= limit);
    }
    CHECK(f.history.Size() == limit);
    CHECK(f.pool.InUse() == limit);
    CHECK(f.history.Find(last - limit) == nullptr);
    CHECK(f.history.Find(last - limit + 1)->SequenceNumber() == 1000 - limit);
    CHECK(f.history.Find(last)->SequenceNumber() == 999);
  }
}

TEST_CASE("What is too old goes: with each new packet up to two, when asked all", "[rtp][history]") {
  Fixture f;
  for (std::uint16_t i = 0; i < 10; ++i) f.Add(i);
  f.now += PacketHistory::kMaxAge;
  f.Add(10);
  CHECK(f.history.Size() == 11);
  f.now += Microseconds(1);
  f.Add(11);
  CHECK(f.history.Size() == 10);
  CHECK(f.history.Find(2) == nullptr);
  CHECK(f.history.Find(3) != nullptr);
  f.history.ForgetOld(f.now);
  CHECK(f.history.Size() == 2);
  CHECK(f.history.Find(11)->SequenceNumber() == 10);
}
