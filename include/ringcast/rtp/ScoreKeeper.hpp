#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtp {

// Scores how well one stream arrives: 10 as sent, 0 not at all. The score is an average over the last
// kIntervals report intervals, weighted towards the latest ones.
class ScoreKeeper {
 public:
  static constexpr std::uint8_t kBest = 10;
  // Reports come about once a second for video, so this is half a minute.
  static constexpr std::size_t kIntervals = 24;

  // Packets that a source sent in one interval.
  struct Interval {
    std::int64_t expected = 0;         // all of them
    std::int64_t missing = 0;          // never arrived
    std::int64_t repaired = 0;         // arrived as a retransmission only
    std::int64_t retransmissions = 0;  // that arrived, useful or not
    Duration jitter{};                 // RFC 3550 section 6.4.1
  };

  // Totals of one ssrc: packets that a retransmission replaced, and all retransmissions. RTX packets belong
  // to another ssrc, so reports count the packets that they replace as lost (RFC 4588 section 4.3).
  struct Repairs {
    std::uint64_t repaired = 0;
    std::uint64_t retransmissions = 0;
    bool byRtx = false;
  };
  // Returns the interval that a report describes. `before`, `after`: the totals at the report before it, and
  // at this one.
  [[nodiscard]] static Interval IntervalOf(const LossCount& loss, const Repairs& before, const Repairs& after,
                                           Duration jitter);
  // Returns the grade of one interval alone, from 0 to kBest.
  [[nodiscard]] static float Grade(const Interval& interval);

  // Inactive streams have score 0.
  [[nodiscard]] std::uint8_t Score() const { return score_; }

  // Each returns true if the score changed.

  // The stream has appeared: its score is kBest until the first interval.
  [[nodiscard]] bool Activate();
  [[nodiscard]] bool Deactivate();
  // Another source or layer: earlier intervals do not count.
  [[nodiscard]] bool Restart();
  // Adds the interval since the last report. An interval without packets does not count.
  [[nodiscard]] bool OnInterval(const LossCount& loss, const Repairs& repairs, Duration jitter);

 private:
  [[nodiscard]] bool Set(std::uint8_t score);

  bool active_ = false;
  std::uint8_t score_ = 0;
  Repairs repairs_;                         // totals at the last report
  std::array<float, kIntervals> grades_{};  // a ring; the next one goes to next_
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ringcast::rtp
