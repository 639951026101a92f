#include "ringcast/rtc/consumer/PlayoutDelay.hpp"

#include <algorithm>

namespace ringcast::rtc {

namespace {

// The second try, too, if that is not too late.
Duration TimeFor(const std::optional<rtp::RepairTime>& repair) {
  if (!repair) return {};
  const Duration limit = PlayoutDelay::kMost - PlayoutDelay::kBeside;
  if (repair->twice <= limit) return repair->twice;
  return repair->once <= limit ? repair->once : Duration::zero();
}

}  // namespace

void PlayoutDelay::OnInterval(std::optional<rtp::RepairTime> fromSource,
                              std::optional<rtp::RepairTime> toReceiver, Instant now) {
  if (toTell_ != 0) --toTell_;
  const Duration repair = std::max(TimeFor(fromSource), TimeFor(toReceiver));
  Duration wanted{};
  if (repair != Duration::zero()) wanted = (repair + kBeside + kStep - Duration(1)) / kStep * kStep;
  if (wanted >= current_) wantedAt_ = now;
  const bool lower = wanted < current_ && now - wantedAt_ >= kHold;
  if (wanted <= current_ && !lower) return;
  current_ = wanted;
  wantedAt_ = now;
  toTell_ = kIntervalsToTell;
}

std::optional<std::uint16_t> PlayoutDelay::ToTell() const {
  if (toTell_ == 0) return std::nullopt;
  return static_cast<std::uint16_t>(current_ / Milliseconds(10));
}

}  // namespace ringcast::rtc
