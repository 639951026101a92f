#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtp {

// How well one stream arrives: 10 as sent, 0 not at all. Fed at each report interval; the last kIntervals of
// them count, the later the more.
class ScoreKeeper {
 public:
  static constexpr std::uint8_t kBest = 10;
  // Reports come about once a second for video: what happened half a minute ago says nothing of now.
  static constexpr std::size_t kIntervals = 24;

  // What became of the packets that a source sent in an interval.
  struct Interval {
    std::int64_t expected = 0;         // how many they were
    std::int64_t missing = 0;          // of them, that never came
    std::int64_t repaired = 0;         // of them, that only a retransmission brought
    std::int64_t retransmissions = 0;  // that came, of use or not
    Duration jitter{};                 // RFC 3550 section 6.4.1
  };

  // Counts up to now, of an ssrc's packets that retransmissions brought and of all retransmissions. Where
  // they come by RTX they are packets of another ssrc: reports count what they bring as lost (RFC 4588
  // section 4.3), and it is not.
  struct Repairs {
    std::uint64_t repaired = 0;
    std::uint64_t retransmissions = 0;
    bool byRtx = false;
  };
  // The next interval, by what a report says of it and what these counts have grown by.
  [[nodiscard]] Interval NextInterval(const LossCount& loss, const Repairs& repairs, Duration jitter);

  // Inactive streams have 0.
  [[nodiscard]] std::uint8_t Score() const { return score_; }

  // Each returns whether the score is another now.

  // The stream is there, or there again: it has full marks until its first interval says otherwise.
  [[nodiscard]] bool Activate();
  [[nodiscard]] bool Deactivate();
  // What was before says nothing of what is sent from now on: another source, another layer.
  [[nodiscard]] bool Restart();
  // One without packets says nothing, and changes nothing.
  [[nodiscard]] bool OnInterval(const Interval& interval);

  // Of one interval alone, from 0 to kBest.
  [[nodiscard]] static float Grade(const Interval& interval);

 private:
  [[nodiscard]] bool Set(std::uint8_t score);

  bool active_ = false;
  std::uint8_t score_ = 0;
  Repairs repairs_;                         // at the last report
  std::array<float, kIntervals> grades_{};  // a ring; the next one goes to next_
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ringcast::rtp
