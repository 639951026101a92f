#include "ringcast/rtc/worker/LoadGovernor.hpp"

#include <algorithm>

namespace ringcast::rtc {

namespace {

// Fewer packets say little about the cost of one: most of the time was spent on waking up.
constexpr std::uint64_t kTellingPackets = 500;
constexpr double kSmoothing = 0.25;
constexpr double kLeastCost = 0.5;
constexpr double kMostCost = 50;

}  // namespace

LoadAdjustment LoadGovernor::OnWindow(const LoadWindow& window) {
  const auto length = static_cast<double>(ToMicroseconds(window.length));
  if (length <= 0) return {};
  const double busy = std::max(1.0, length - static_cast<double>(ToMicroseconds(window.idle)));
  utilisation_ = std::min(1.0, busy / length);
  const auto forwarded = static_cast<double>(window.forwarded);
  if (window.forwarded >= kTellingPackets)
    costMicroseconds_ +=
        kSmoothing * (std::clamp(busy / forwarded, kLeastCost, kMostCost) - costMicroseconds_);

  sinceRestore_ = std::min(sinceRestore_ + 1, kTooEarly);
  const bool full = utilisation_ >= kFull && window.leastWait >= kStandingQueue;
  fullWindows_ = full ? fullWindows_ + 1 : 0;
  relaxedWindows_ = utilisation_ < kRelaxed ? relaxedWindows_ + 1 : 0;

  constexpr double kMicrosecondsInSecond = 1e6;
  const double capacity = forwarded / busy * kMicrosecondsInSecond;
  const double wanted = static_cast<double>(window.wanted) / length * kMicrosecondsInSecond;
  if (fullWindows_ >= kFullWindows) {
    fullWindows_ = 0;
    const double surplus = wanted - kGoal * capacity;
    // The loop works off a backlog: no more arrived than it can forward.
    if (surplus < 1) return {};
    if (sinceRestore_ < kTooEarly) patience_ = std::min(2 * patience_, kLongestPatience);
    return {.shed = static_cast<std::uint64_t>(surplus)};
  }
  if (window.anyShed && relaxedWindows_ >= patience_) return Restore(capacity, wanted);
  return {};
}

LoadAdjustment LoadGovernor::Restore(double capacity, double wanted) {
  // The last restoration did no harm: the next one need not wait as long.
  if (sinceRestore_ >= kTooEarly) patience_ = std::max(patience_ / 2, kFirstPatience);
  relaxedWindows_ = 0;
  sinceRestore_ = 0;
  const double room = std::max(0.0, kRefill * capacity - wanted);
  return {.restore = static_cast<std::uint64_t>(room), .restoreOne = utilisation_ < kIdle};
}

std::size_t LoadGovernor::SlicePackets() const {
  return static_cast<std::size_t>(kSliceMicroseconds / costMicroseconds_);
}

}  // namespace ringcast::rtc
