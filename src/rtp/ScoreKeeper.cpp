#include "ringcast/rtp/ScoreKeeper.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringcast::rtp {

namespace {

// Jitter buffers absorb kFreeJitter without adaptation, and kWorstJitter makes a conversation hard. Jitter
// lowers the score less than loss does, because all packets arrive.
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

// Loss is visible or audible beyond its share, because packets depend on each other: 5 % missing gives 8, 10
// % gives 7, 20 % gives 4. A repaired packet is late, so it is worth less than one that arrived at once; its
// worth falls with the number of repaired packets and with the number of retransmissions that they took.
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

ScoreKeeper::Interval ScoreKeeper::IntervalOf(const LossCount& loss, const Repairs& before,
                                              const Repairs& after, Duration jitter) {
  const auto grown = [](std::uint64_t count, std::uint64_t then) {
    return static_cast<std::int64_t>(count - then);
  };
  const std::int64_t most = std::max<std::int64_t>(after.byRtx ? loss.lost : loss.expected, 0);
  const std::int64_t repaired = std::min(grown(after.repaired, before.repaired), most);
  return {.expected = loss.expected,
          .missing = after.byRtx ? loss.lost - repaired : loss.lost,
          .repaired = repaired,
          .retransmissions = grown(after.retransmissions, before.retransmissions),
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

bool ScoreKeeper::OnInterval(const LossCount& loss, const Repairs& repairs, Duration jitter) {
  const auto interval = IntervalOf(loss, std::exchange(repairs_, repairs), repairs, jitter);
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
