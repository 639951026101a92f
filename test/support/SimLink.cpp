#include "support/SimLink.hpp"

#include <algorithm>

namespace ringcast::test {

bool SimLink::Chance(double share) {
  // Impairments that are off draw no random number, so that the draws of the others do not change.
  if (share <= 0) return false;
  constexpr double kSteps = 9007199254740992.0;  // 2^53: integers up to this value are exact in a double
  return static_cast<double>(random_.U64() >> 11) < share * kSteps;
}

bool SimLink::IsLost() {
  bad_ = bad_ ? !Chance(conditions_.badToGood) : Chance(conditions_.goodToBad);
  return (bad_ && Chance(conditions_.badLoss)) || Chance(conditions_.loss);
}

std::optional<Instant> SimLink::Queue(std::size_t bytes, Instant now) {
  if (!conditions_.rate) return now;
  const auto rate = *conditions_.rate;
  const auto size = DataSize::Of(bytes);
  const auto start = std::max(now, queueEmpty_);
  if (rate * (start - now) + size > DataSize::Of(conditions_.queueBytes)) return std::nullopt;
  queueEmpty_ = start + size / rate;
  return queueEmpty_;
}

Instant SimLink::Arrival(Instant departure) {
  auto arrival = departure + conditions_.delay;
  if (conditions_.jitter > Duration::zero()) {
    arrival += Duration(static_cast<std::int64_t>(
        random_.U64() % static_cast<std::uint64_t>(conditions_.jitter.count() + 1)));
  }
  if (Chance(conditions_.reorder)) {
    ++counted_.reordered;
    return arrival + conditions_.reorderDelay;
  }
  lastArrival_ = std::max(lastArrival_, arrival);
  return lastArrival_;
}

SimLink::Passage SimLink::Pass(std::size_t bytes, Instant now) {
  Passage passage;
  ++counted_.sent;
  const auto departure = Queue(bytes, now);
  if (!departure) {
    ++counted_.overflowed;
    return passage;
  }
  if (IsLost()) {
    ++counted_.lost;
    return passage;
  }
  passage.arrivals[passage.count++] = Arrival(*departure);
  if (Chance(conditions_.duplicate)) {
    ++counted_.duplicated;
    passage.arrivals[passage.count++] = Arrival(*departure);
  }
  return passage;
}

}  // namespace ringcast::test
