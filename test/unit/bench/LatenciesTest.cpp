#include <catch2/catch.hpp>

#include "bench/Latencies.hpp"
#include "ringcast/base/Random.hpp"

using namespace ringcast;
using namespace ringcast::bench;

namespace {

void CheckFigures(const LatencyFigures& figures, const LatencyFigures& expected) {
  CHECK(figures.median == expected.median);
  CHECK(figures.p99 == expected.p99);
  CHECK(figures.p999 == expected.p999);
  CHECK(figures.max == expected.max);
}

}  // namespace

TEST_CASE("LatenciesTest: computes percentiles", "[bench]") {
  CheckFigures(FiguresOf({}), {});
  CheckFigures(FiguresOf({{.nanoseconds = 7}}), {.median = 7, .p99 = 7, .p999 = 7, .max = 7});
  std::vector<LatencySample> samples;
  for (std::uint32_t i = 1000; i > 0; --i) samples.push_back({.nanoseconds = i});
  CheckFigures(FiguresOf(samples), {.median = 500, .p99 = 990, .p999 = 999, .max = 1000});
}

TEST_CASE("LatenciesTest: weights samples by their packets", "[bench]") {
  CheckFigures(
      FiguresOf({{.nanoseconds = 5, .packets = 1}, {.nanoseconds = 9, .packets = 100}, {.nanoseconds = 6}}),
      {.median = 9, .p99 = 9, .p999 = 9, .max = 9});
  SeededRandom random(1);
  std::vector<LatencySample> few;
  std::vector<LatencySample> each;
  for (int i = 0; i < 500; ++i) {
    const LatencySample sample{.nanoseconds = random.U32() % 1000, .packets = 1 + random.U32() % 20};
    few.push_back(sample);
    each.insert(each.end(), sample.packets, {.nanoseconds = sample.nanoseconds});
  }
  CheckFigures(FiguresOf(few), FiguresOf(each));
}
