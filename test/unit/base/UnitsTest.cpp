#include <cstdint>
#include <limits>

#include <catch2/catch.hpp>

#include "ringcast/base/Units.hpp"

using namespace ringcast;

namespace {

constexpr auto kLargest = DataSize(std::numeric_limits<std::int64_t>::max());
constexpr auto kSmallest = DataSize(std::numeric_limits<std::int64_t>::min());

}  // namespace

TEST_CASE("UnitsTest: a rate times a duration is a size", "[base]") {
  CHECK(DataRate(8'000) * Seconds(2) == DataSize(2'000));
  CHECK(DataRate(1'500'000) * Milliseconds(5) == DataSize(937));
  CHECK(DataRate(8'000'000) * Microseconds(1) == DataSize(1));
  CHECK(DataRate(8'000) * -Seconds(1) == DataSize(-1'000));
  CHECK(DataRate::Max() * Duration::max() == kLargest);
  CHECK(DataRate::Max() * Duration::min() == kSmallest);
}

TEST_CASE("UnitsTest: a size divided by a duration is a rate", "[base]") {
  CHECK(DataSize(1'200) / Milliseconds(10) == DataRate(960'000));
  CHECK(DataSize(1) / Seconds(3) == DataRate(2));
  CHECK(DataSize() / Duration::zero() == DataRate());
  CHECK(DataSize(1) / Duration::zero() == DataRate::Max());
  CHECK(DataSize(1) / -Seconds(1) == DataRate());
  CHECK(DataSize(-1) / Seconds(1) == DataRate());
  CHECK(kLargest / Microseconds(1) == DataRate::Max());
}

TEST_CASE("UnitsTest: a size divided by a rate is a duration", "[base]") {
  CHECK(DataSize(1'200) / DataRate(960'000) == Milliseconds(10));
  CHECK(DataSize(1) / DataRate(3) == Microseconds(2'666'666));
  CHECK(DataSize(1) / DataRate::Max() == Duration::zero());
  CHECK(DataSize() / DataRate() == Duration::zero());
  CHECK(DataSize(1) / DataRate() == Duration::max());
  CHECK(DataSize(-1) / DataRate() == Duration::min());
  CHECK(kLargest / DataRate(1) == Duration::max());
}

TEST_CASE("UnitsTest: sums and products stay in range", "[base]") {
  CHECK(kLargest + DataSize(1) == kLargest);
  CHECK(kSmallest + DataSize(-1) == kSmallest);
  CHECK(kSmallest - DataSize(1) == kSmallest);
  CHECK(kLargest - DataSize(-1) == kLargest);
  CHECK(DataSize(3) - DataSize(5) == DataSize(-2));
  CHECK(DataSize(3) * 4 == DataSize(12));
  CHECK(kLargest * 2 == kLargest);
  CHECK(kLargest * -2 == kSmallest);
  CHECK(kSmallest * -1 == kLargest);
  CHECK(DataSize::Of(std::numeric_limits<std::uint64_t>::max()) == kLargest);

  CHECK(DataRate(1) + DataRate(2) == DataRate(3));
  CHECK(DataRate::Max() + DataRate(1) == DataRate::Max());
  CHECK(DataRate(1) - DataRate(2) == DataRate());
  CHECK(DataRate(1'000) * 0.85 == DataRate(850));
  CHECK(DataRate::Max() * 2 == DataRate::Max());
  CHECK(DataRate(300) / DataRate(200) == 1.5);
}
