#include <cmath>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/ScoreKeeper.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using Interval = ScoreKeeper::Interval;

namespace {

// A report interval without retransmissions and jitter.
bool Report(ScoreKeeper& score, std::int64_t expected, std::int64_t lost) {
  return score.OnInterval({expected, lost}, {}, Duration::zero());
}

int Rounded(const Interval& interval) { return static_cast<int>(std::lround(ScoreKeeper::Grade(interval))); }

}  // namespace

TEST_CASE("ScoreKeeperTest: grades an interval by loss, repairs and jitter", "[rtp][score]") {
  struct Row {
    const char* what;
    Interval interval;
    int grade;
  };
  const Row rows[] = {
      {"clean", {.expected = 1000}, 10},
      {"1 % missing", {.expected = 1000, .missing = 10}, 10},
      {"5 % missing", {.expected = 1000, .missing = 50}, 8},
      {"10 % missing", {.expected = 1000, .missing = 100}, 7},
      {"20 % missing", {.expected = 1000, .missing = 200}, 4},
      {"50 % missing", {.expected = 1000, .missing = 500}, 1},
      {"all missing", {.expected = 1000, .missing = 1000}, 0},
      {"5 % repaired at once", {.expected = 1000, .repaired = 50, .retransmissions = 50}, 10},
      {"10 % repaired at once", {.expected = 1000, .repaired = 100, .retransmissions = 100}, 9},
      {"20 % repaired at once", {.expected = 1000, .repaired = 200, .retransmissions = 200}, 6},
      {"10 % repaired, each sent four times", {.expected = 1000, .repaired = 100, .retransmissions = 400}, 7},
      {"5 % missing, 5 % repaired",
       {.expected = 1000, .missing = 50, .repaired = 50, .retransmissions = 50},
       8},
      {"jitter that each receiver holds back", {.expected = 1000, .jitter = Milliseconds(60)}, 10},
      {"jitter of 180 ms", {.expected = 1000, .jitter = Milliseconds(180)}, 9},
      {"jitter of 300 ms", {.expected = 1000, .jitter = Milliseconds(300)}, 7},
      {"jitter beyond all bounds", {.expected = 1000, .jitter = Seconds(100)}, 7},
      {"a single packet that came", {.expected = 1}, 10},
      {"a single packet that did not", {.expected = 1, .missing = 1}, 0},
      {"more came than was expected: duplicates", {.expected = 10, .missing = -5}, 10},
      {"more missing than there was", {.expected = 10, .missing = 50}, 0},
      {"more repaired than there was", {.expected = 10, .repaired = 50, .retransmissions = 50}, 0},
      {"retransmissions of nothing that was missed", {.expected = 100, .retransmissions = 50}, 10},
      {"negative figures", {.expected = -1, .missing = -1, .repaired = -1, .retransmissions = -1}, 10},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(Rounded(row.interval) == row.grade);
  }
}

TEST_CASE("ScoreKeeperTest: grades any figures between 0 and 10", "[rtp][score]") {
  SeededRandom random(1);
  const auto any = [&random] { return static_cast<std::int64_t>(random.U16()) - 1000; };
  for (int i = 0; i < 10'000; ++i) {
    const Interval interval{.expected = any(),
                            .missing = any(),
                            .repaired = any(),
                            .retransmissions = any(),
                            .jitter = Microseconds(any() * 100)};
    const auto grade = ScoreKeeper::Grade(interval);
    REQUIRE(grade >= 0);
    REQUIRE(grade <= 10);
  }
}

TEST_CASE("ScoreKeeperTest: never grades more loss better", "[rtp][score]") {
  for (std::int64_t repaired : {0, 10, 50}) {
    float last = 10;
    for (std::int64_t missing = 0; missing + repaired <= 100; ++missing) {
      const auto grade = ScoreKeeper::Grade(
          {.expected = 100, .missing = missing, .repaired = repaired, .retransmissions = repaired});
      REQUIRE(grade <= last);
      last = grade;
    }
  }
}

TEST_CASE("ScoreKeeperTest: scores 0 while inactive and 10 from the activation on", "[rtp][score]") {
  ScoreKeeper score;
  CHECK(score.Score() == 0);
  CHECK_FALSE(Report(score, 100, 0));
  CHECK(score.Activate());
  CHECK(score.Score() == 10);
  CHECK_FALSE(score.Activate());
  CHECK(Report(score, 100, 100));
  CHECK(score.Score() == 0);
  CHECK_FALSE(score.Activate());  // already active, so the score stays as graded
  CHECK_FALSE(score.Deactivate());
  CHECK_FALSE(Report(score, 100, 0));
  CHECK(score.Activate());
  CHECK(score.Score() == 10);
  // No interval from before the activation counts.
  CHECK_FALSE(Report(score, 100, 0));
  CHECK(score.Score() == 10);
  CHECK(score.Deactivate());
  CHECK(score.Score() == 0);
}

TEST_CASE("ScoreKeeperTest: ignores an interval without packets", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  REQUIRE(Report(score, 100, 10));
  CHECK(score.Score() == 7);
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(score.OnInterval({}, {}, Seconds(1)));
  CHECK(score.Score() == 7);
}

TEST_CASE("ScoreKeeperTest: weighs recent intervals more, and ignores old ones", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  for (std::size_t i = 0; i < ScoreKeeper::kIntervals; ++i) static_cast<void>(Report(score, 100, 0));
  REQUIRE(score.Score() == 10);
  REQUIRE(Report(score, 100, 100));
  CHECK(score.Score() == 9);  // one of 24 intervals, with the highest weight: 24 of 300
  // The weight of the loss decreases with each interval without loss after it.
  std::vector<int> scores;
  for (std::size_t i = 0; i < ScoreKeeper::kIntervals; ++i) {
    static_cast<void>(Report(score, 100, 0));
    REQUIRE((scores.empty() || score.Score() >= scores.back()));
    scores.push_back(score.Score());
  }
  CHECK(scores.back() == 10);

  // Continuous loss lowers the score at once, and determines it alone after kIntervals intervals.
  for (std::size_t i = 0; i < 8; ++i) static_cast<void>(Report(score, 100, 20));
  CHECK(score.Score() == 7);
  for (std::size_t i = 0; i < 16; ++i) static_cast<void>(Report(score, 100, 20));
  CHECK(score.Score() == 4);
}

TEST_CASE("ScoreKeeperTest: returns true exactly when the score changes", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  SeededRandom random(7);
  auto last = score.Score();
  for (int i = 0; i < 1000; ++i) {
    const bool changed = Report(score, 100, random.U16() % 30);
    REQUIRE(changed == (score.Score() != last));
    last = score.Score();
  }
}

TEST_CASE("ScoreKeeperTest: counts each repair in the interval of the repair", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  const ScoreKeeper::Repairs repairs{.repaired = 100, .retransmissions = 100, .byRtx = true};
  CHECK_FALSE(score.OnInterval({1000, 50}, {.repaired = 50, .retransmissions = 50, .byRtx = true}, {}));
  CHECK_FALSE(score.OnInterval({1000, 50}, repairs, {}));
  CHECK(score.Score() == 10);
  // The packets are reported lost without further repairs: earlier totals do not count again.
  CHECK(score.OnInterval({1000, 1000}, repairs, {}));
}

TEST_CASE("ScoreKeeperTest: forgets earlier intervals at a restart, and stays 0 while inactive",
          "[rtp][score]") {
  ScoreKeeper score;
  CHECK_FALSE(score.Restart());
  CHECK(score.Score() == 0);
  REQUIRE(score.Activate());
  REQUIRE(Report(score, 100, 50));
  CHECK(score.Restart());
  CHECK(score.Score() == 10);
  CHECK_FALSE(Report(score, 100, 0));
}

TEST_CASE("ScoreKeeperTest: does not count packets as lost when RTX replaces them", "[rtp][score]") {
  struct Row {
    const char* what;
    LossCount loss;
    std::uint64_t repaired, retransmissions;
    bool byRtx;
    std::int64_t missing, repairedThen;
  };
  const Row rows[] = {
      {"nothing lost", {100, 0}, 0, 0, true, 0, 0},
      {"all of it repaired", {100, 10}, 10, 12, true, 0, 10},
      {"some of it", {100, 10}, 4, 4, true, 6, 4},
      {"more than is counted as lost: of an interval before, or not counted", {100, 3}, 10, 10, true, 0, 3},
      {"duplicates", {100, -3}, 2, 2, true, -3, 0},
      {"not by RTX: what came again came", {100, 0}, 10, 12, false, 0, 10},
      {"and some of it did not", {100, 5}, 10, 12, false, 5, 10},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto interval = ScoreKeeper::IntervalOf(
        row.loss, {7, 9, row.byRtx}, {7 + row.repaired, 9 + row.retransmissions, row.byRtx}, Milliseconds(3));
    CHECK(interval.expected == 100);
    CHECK(interval.missing == row.missing);
    CHECK(interval.repaired == row.repairedThen);
    CHECK(interval.retransmissions == static_cast<std::int64_t>(row.retransmissions));
    CHECK(interval.jitter == Milliseconds(3));
  }
}
