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

constexpr Interval kClean{.expected = 100};
constexpr Interval kAllLost{.expected = 100, .missing = 100};

int Rounded(const Interval& interval) { return static_cast<int>(std::lround(ScoreKeeper::Grade(interval))); }

}  // namespace

TEST_CASE("An interval is graded by what is missing, what came late and how much arrivals vary",
          "[rtp][score]") {
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

TEST_CASE("Whatever the figures, a grade lies between 0 and 10", "[rtp][score]") {
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

TEST_CASE("More loss never grades better", "[rtp][score]") {
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

TEST_CASE("A stream scores 0 until it is there, 10 from then on, and 0 when it has gone", "[rtp][score]") {
  ScoreKeeper score;
  CHECK(score.Score() == 0);
  CHECK_FALSE(score.OnInterval(kClean));
  CHECK(score.Activate());
  CHECK(score.Score() == 10);
  CHECK_FALSE(score.Activate());
  CHECK(score.OnInterval(kAllLost));
  CHECK(score.Score() == 0);
  CHECK_FALSE(score.Activate());  // it is there already, and has what it deserves
  CHECK_FALSE(score.Deactivate());
  CHECK_FALSE(score.OnInterval(kClean));
  CHECK(score.Activate());
  CHECK(score.Score() == 10);
  // Nothing of what was before counts.
  CHECK_FALSE(score.OnInterval(kClean));
  CHECK(score.Score() == 10);
  CHECK(score.Deactivate());
  CHECK(score.Score() == 0);
}

TEST_CASE("An interval in which nothing was sent changes nothing", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  REQUIRE(score.OnInterval({.expected = 100, .missing = 10}));
  CHECK(score.Score() == 7);
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(score.OnInterval({.jitter = Seconds(1)}));
  CHECK(score.Score() == 7);
}

TEST_CASE("Recent intervals count more, and those of long ago not at all", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  for (std::size_t i = 0; i < ScoreKeeper::kIntervals; ++i) static_cast<void>(score.OnInterval(kClean));
  REQUIRE(score.Score() == 10);
  REQUIRE(score.OnInterval(kAllLost));
  CHECK(score.Score() == 9);  // one of 24, with the highest weight: 24 of 300
  // It weighs less with each clean one behind it.
  std::vector<int> scores;
  for (std::size_t i = 0; i < ScoreKeeper::kIntervals; ++i) {
    static_cast<void>(score.OnInterval(kClean));
    REQUIRE((scores.empty() || score.Score() >= scores.back()));
    scores.push_back(score.Score());
  }
  CHECK(scores.back() == 10);

  // Loss that lasts shows at once, and is the whole truth after a full turn.
  for (std::size_t i = 0; i < 8; ++i) static_cast<void>(score.OnInterval({.expected = 100, .missing = 20}));
  CHECK(score.Score() == 7);
  for (std::size_t i = 0; i < 16; ++i) static_cast<void>(score.OnInterval({.expected = 100, .missing = 20}));
  CHECK(score.Score() == 4);
}

TEST_CASE("A change is told once, and so is none", "[rtp][score]") {
  ScoreKeeper score;
  REQUIRE(score.Activate());
  SeededRandom random(7);
  auto last = score.Score();
  for (int i = 0; i < 1000; ++i) {
    const bool changed = score.OnInterval({.expected = 100, .missing = random.U16() % 30});
    REQUIRE(changed == (score.Score() != last));
    last = score.Score();
  }
}

TEST_CASE("A restart forgets what was, and only what is active has marks", "[rtp][score]") {
  ScoreKeeper score;
  CHECK_FALSE(score.Restart());
  CHECK(score.Score() == 0);
  REQUIRE(score.Activate());
  REQUIRE(score.OnInterval({.expected = 100, .missing = 50}));
  CHECK(score.Restart());
  CHECK(score.Score() == 10);
  CHECK_FALSE(score.OnInterval(kClean));
}

TEST_CASE("What RTX brings is counted as lost by reports, and is not", "[rtp][score]") {
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
    ScoreKeeper score;
    // Counts go on.
    static_cast<void>(score.NextInterval({50, 0}, {7, 9, row.byRtx}, Duration::zero()));
    const auto interval =
        score.NextInterval(row.loss, {7 + row.repaired, 9 + row.retransmissions, row.byRtx}, Milliseconds(3));
    CHECK(interval.expected == 100);
    CHECK(interval.missing == row.missing);
    CHECK(interval.repaired == row.repairedThen);
    CHECK(interval.retransmissions == static_cast<std::int64_t>(row.retransmissions));
    CHECK(interval.jitter == Milliseconds(3));
  }
}
