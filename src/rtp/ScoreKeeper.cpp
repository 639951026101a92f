#include "ringcast/rtp/ScoreKeeper.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringcast::rtp {

namespace {

// Receivers hold back this much as a matter of course; what varies by more, they have to learn, and what
// varies by kWorstJitter makes a conversation hard. It takes the least part of the marks: all packets came.
constexpr Duration kFreeJitter = Milliseconds(60);
constexpr Duration kWorstJitter = Milliseconds(300);
constexpr float kWorstJitterFactor = 0.7F;

float FourthPower(float value) { return value * value * value * value; }

float Share(std::int64_t part, std::int64_t whole) {
  return static_cast<float>(part) / static_cast<float>(whole);
}

float JitterFactor(Duration jitter) {
  const auto over = std::clamp(jitter, kFreeJitter, kWorstJitter) - kFreeJitter;
  return 1 - (1 - kWorstJitterFactor) * Share(over.count(), (kWorstJitter - kFreeJitter).count());
}

}  // namespace

// What is lost is seen or heard far beyond its share, since packets depend on each other: with 5 % missing 8,
// with 10 % 7, with 20 % 4. A packet that was repaired comes late, so it is worth less than one that came by
// itself, the less the more of them there are and the more often they had to be sent.
float ScoreKeeper::Grade(const Interval& interval) {
  const auto expected = std::max<std::int64_t>(interval.expected, 1);
  const auto missing = std::clamp<std::int64_t>(interval.missing, 0, expected);
  const auto repaired = std::clamp<std::int64_t>(interval.repaired, 0, expected - missing);
  const auto retransmissions = std::max(interval.retransmissions, repaired);

  float lost = Share(missing, expected);
  if (repaired > 0) {
    const float share = Share(repaired, expected);
    const float worth = FourthPower(1 - share) * Share(repaired, retransmissions);
    lost += share * (1 - worth);
  }
  return static_cast<float>(kBest) * FourthPower(1 - lost) * JitterFactor(interval.jitter);
}

ScoreKeeper::Interval ScoreKeeper::NextInterval(const LossCount& loss, const Repairs& repairs,
                                                Duration jitter) {
  const auto before = std::exchange(repairs_, repairs);
  const auto grown = [](std::uint64_t count, std::uint64_t then) {
    return static_cast<std::int64_t>(count - then);
  };
  const std::int64_t most = std::max<std::int64_t>(repairs.byRtx ? loss.lost : loss.expected, 0);
  const std::int64_t repaired = std::min(grown(repairs.repaired, before.repaired), most);
  return {.expected = loss.expected,
          .missing = repairs.byRtx ? loss.lost - repaired : loss.lost,
          .repaired = repaired,
          .retransmissions = grown(repairs.retransmissions, before.retransmissions),
          .jitter = jitter};
}

bool ScoreKeeper::Activate() {
  if (std::exchange(active_, true)) return false;
  return Restart();
}

bool ScoreKeeper::Deactivate() {
  active_ = false;
  return Set(0);
}

bool ScoreKeeper::Restart() {
  count_ = 0;
  return Set(active_ ? kBest : 0);
}

bool ScoreKeeper::OnInterval(const Interval& interval) {
  if (!active_ || interval.expected <= 0) return false;
  grades_[next_] = Grade(interval);
  next_ = (next_ + 1) % kIntervals;
  count_ = std::min(count_ + 1, kIntervals);

  float sum = 0;
  float weights = 0;
  for (std::size_t age = 0; age < count_; ++age) {
    const auto weight = static_cast<float>(count_ - age);
    sum += weight * grades_[(next_ + kIntervals - 1 - age) % kIntervals];
    weights += weight;
  }
  return Set(static_cast<std::uint8_t>(std::lround(sum / weights)));
}

bool ScoreKeeper::Set(std::uint8_t score) { return std::exchange(score_, score) != score; }

}  // namespace ringcast::rtp
