#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::test {

// What one direction of a path does to datagrams. Shares are of 1.
struct LinkConditions {
  Duration delay{};
  Duration jitter{};  // up to so much more, evenly spread; keeps the order
  double loss = 0;    // of single datagrams, each on its own
  // Gilbert-Elliott: a good and a bad state, changed at a datagram with these chances; in the bad one
  // `badLoss` are lost besides.
  double goodToBad = 0;
  double badToGood = 1;
  double badLoss = 1;
  double reorder = 0;  // of datagrams that take `reorderDelay` longer, so that others overtake them
  Duration reorderDelay = Milliseconds(20);
  double duplicate = 0;
  // A bottleneck in front of all that: it drops what finds its queue full.
  std::optional<DataRate> rate;
  std::size_t queueBytes = 100'000;
};

// One direction of a path: says of each datagram when it arrives, if at all.
class SimLink {
 public:
  SimLink(const LinkConditions& conditions, std::uint64_t seed) : conditions_(conditions), random_(seed) {}

  // Nothing, one arrival, or that of a copy too.
  struct Passage {
    std::array<Instant, 2> arrivals{};
    std::size_t count = 0;
  };
  [[nodiscard]] Passage Pass(std::size_t bytes, Instant now);

  // For datagrams to come.
  void Change(const LinkConditions& conditions) { conditions_ = conditions; }

  struct Counters {
    std::uint64_t sent = 0, lost = 0, overflowed = 0, reordered = 0, duplicated = 0;
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  [[nodiscard]] bool Chance(double share);
  [[nodiscard]] bool IsLost();
  // When the bottleneck has let it through; nullopt: its queue is full.
  [[nodiscard]] std::optional<Instant> Queue(std::size_t bytes, Instant now);
  [[nodiscard]] Instant Arrival(Instant departure);

  LinkConditions conditions_;
  SeededRandom random_;
  bool bad_ = false;
  Instant queueEmpty_{};
  Instant lastArrival_{};
  Counters counted_;
};

}  // namespace ringcast::test
