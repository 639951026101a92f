#include "ringcast/rtp/SourceClock.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtp {
namespace {

// RFC 5905 section 11.3 slews a clock by 500 ppm at most; the drift of crystals is smaller.
constexpr std::int64_t kFastestDrift = 2000;

// Two reports of a stream are at most 7.5 s apart (RFC 3550 section 6.3.1). Drift that accumulated over a
// longer pause must not shift a running stream at once.
constexpr Duration kLongestInterval = Seconds(8);

}  // namespace

void ClockOffset::Follow(Duration measured, Instant now) {
  const Duration most = std::clamp(now - measuredAt_, Duration(0), kLongestInterval) / kFastestDrift;
  value_ += std::clamp(measured - value_, -most, most);
  measuredAt_ = now;
}

std::shared_ptr<ClockOffset> SourceClock::Join(Duration measured, Instant now) {
  std::erase_if(offsets_, [](const auto& offset) { return offset.expired(); });
  std::shared_ptr<ClockOffset> best;
  const auto apart = [&](const ClockOffset& offset) { return std::chrono::abs(offset.Value() - measured); };
  for (const auto& each : offsets_) {
    auto offset = each.lock();
    if (offset->Fits(measured) && (!best || apart(*offset) < apart(*best))) best = std::move(offset);
  }
  if (!best) {
    best = std::make_shared<ClockOffset>(measured, now);
    offsets_.push_back(best);
  }
  return best;
}

std::shared_ptr<SourceClock> SourceClocks::Of(const std::string& cname) {
  std::erase_if(clocks_, [](const auto& entry) { return entry.second.expired(); });
  if (cname.empty()) return std::make_shared<SourceClock>();
  auto& known = clocks_[cname];
  auto clock = known.lock();
  if (!clock) known = clock = std::make_shared<SourceClock>();
  return clock;
}

}  // namespace ringcast::rtp
