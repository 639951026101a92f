#include <catch2/catch.hpp>

#include "HeapTrimmer.hpp"

namespace ringcast::test {

namespace {

using worker::HeapTrimmer;

constexpr Instant kStart{Seconds(100)};
constexpr std::size_t kMiB = std::size_t{1024} * 1024;

// A process with a heap of its own.
struct Fixture {
  // A loop turn at `now`.
  void Turn(Instant now) {
    timers.OnTimeout(now);
    trimmer.OnTurnEnd(now);
  }

  TimerQueue timers;
  HeapTrimmer::Usage usage{.resident = 30 * kMiB, .allocated = 20 * kMiB};
  std::size_t measured = 0;
  std::size_t trims = 0;
  std::size_t kept = 10 * kMiB;  // spare memory after a trim
  HeapTrimmer trimmer{timers,
                      [this] {
                        ++measured;
                        return usage;
                      },
                      [this] {
                        ++trims;
                        usage.resident = usage.allocated + kept;
                      }};
};

}  // namespace

TEST_CASE("HeapTrimmerTest: trims after a large release, once", "[worker]") {
  Fixture f;
  f.Turn(kStart);
  f.usage.resident += HeapTrimmer::kWorthTrimming;
  f.Turn(kStart + HeapTrimmer::kInterval);
  CHECK(f.trims == 1);
  for (int i = 2; i < 20; ++i) f.Turn(kStart + i * HeapTrimmer::kInterval);
  CHECK(f.trims == 1);
}

TEST_CASE("HeapTrimmerTest: leaves a smaller release, and memory that is in use, alone", "[worker]") {
  Fixture f;
  f.Turn(kStart);
  f.usage.resident += HeapTrimmer::kWorthTrimming - 1;
  f.Turn(kStart + HeapTrimmer::kInterval);
  f.usage.resident += 500 * kMiB;
  f.usage.allocated += 500 * kMiB;
  f.Turn(kStart + 2 * HeapTrimmer::kInterval);
  f.Turn(kStart + 3 * HeapTrimmer::kInterval);
  CHECK(f.measured == 1 + 2);
  CHECK(f.trims == 0);
}

TEST_CASE("HeapTrimmerTest: counts from the least spare memory since the last trim", "[worker]") {
  Fixture f;
  f.kept = 40 * kMiB;  // fragments
  f.Turn(kStart);
  f.usage.resident += 100 * kMiB;
  f.Turn(kStart + HeapTrimmer::kInterval);
  REQUIRE(f.trims == 1);
  // The fragments are allocated, and released again.
  f.usage.allocated += f.kept;
  f.Turn(kStart + 2 * HeapTrimmer::kInterval);
  f.Turn(kStart + 3 * HeapTrimmer::kInterval);
  f.usage.allocated -= f.kept;
  f.Turn(kStart + 4 * HeapTrimmer::kInterval);
  f.Turn(kStart + 5 * HeapTrimmer::kInterval);
  CHECK(f.trims == 2);
}

TEST_CASE("HeapTrimmerTest: measures once in an interval, and not at all when the loop sleeps", "[worker]") {
  Fixture f;
  f.measured = 0;
  for (int ms = 0; ms < 10'000; ++ms) f.Turn(kStart + Milliseconds(ms));
  CHECK(f.measured == 4);
  // The last turn is followed by one measurement.
  REQUIRE(f.timers.NextTimeout());
  f.Turn(*f.timers.NextTimeout());
  CHECK(f.measured == 5);
  CHECK_FALSE(f.timers.NextTimeout());
}

TEST_CASE("HeapTrimmerTest: measures this process", "[worker]") {
  const auto usage = worker::MeasureHeap();
  CHECK(usage.resident > kMiB);
  worker::TrimHeap();
}

}  // namespace ringcast::test
