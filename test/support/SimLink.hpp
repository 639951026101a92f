#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::test {

// The impairments of one direction of a path. Shares are from 0 to 1.
struct LinkConditions {
  Duration delay{};
  Duration jitter{};  // maximum additional delay, uniformly distributed; keeps the order
  double loss = 0;    // of independent single datagrams
  // Gilbert-Elliott: a good and a bad state, with these probabilities per datagram of a state change; the bad
  // state loses this share in addition.
  double goodToBad = 0;
  double badToGood = 1;
  double badLoss = 1;
  double reorder = 0;  // share that takes `reorderDelay` longer, so that later datagrams overtake it
  Duration reorderDelay = Milliseconds(20);
  double duplicate = 0;
  // A bottleneck before all other impairments, which drops datagrams when its queue is full.
  std::optional<DataRate> rate;
  std::size_t queueBytes = 100'000;
};

// One direction of a path: decides whether and when each datagram arrives.
class SimLink {
 public:
  SimLink(const LinkConditions& conditions, std::uint64_t seed) : conditions_(conditions), random_(seed) {}

  // Returns no arrival, one arrival, or two for a duplicated datagram.
  struct Passage {
    std::array<Instant, 2> arrivals{};
    std::size_t count = 0;
  };
  [[nodiscard]] Passage Pass(std::size_t bytes, Instant now);

  // Applies to later datagrams.
  void Change(const LinkConditions& conditions) { conditions_ = conditions; }

  struct Counters {
    std::uint64_t sent = 0, lost = 0, overflowed = 0, reordered = 0, duplicated = 0;
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  [[nodiscard]] bool Chance(double share);
  [[nodiscard]] bool IsLost();
  // Returns when the datagram leaves the bottleneck, or nullopt if its queue is full.
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
