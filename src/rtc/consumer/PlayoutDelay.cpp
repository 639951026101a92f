#include "ringcast/rtc/consumer/PlayoutDelay.hpp"

#include <algorithm>

namespace ringcast::rtc {

namespace {

// Returns the time for two attempts at a repair if that is not too long, else for one, else zero.
Duration TimeFor(const std::optional<rtp::RepairTime>& repair) {
  if (!repair) return {};
  const Duration limit = PlayoutDelay::kMost - PlayoutDelay::kBeside;
  if (repair->twice <= limit) return repair->twice;
  return repair->once <= limit ? repair->once : Duration::zero();
}

}  // namespace

void PlayoutDelay::OnInterval(std::optional<rtp::RepairTime> fromSource,
                              std::optional<rtp::RepairTime> toReceiver, Instant now) {
  if (intervalsToSend_ != 0) --intervalsToSend_;
  const Duration repair = std::max(TimeFor(fromSource), TimeFor(toReceiver));
  Duration wanted{};
  if (repair != Duration::zero()) wanted = (repair + kBeside + kStep - Duration(1)) / kStep * kStep;
  if (wanted >= current_) wantedAt_ = now;
  const bool lower = wanted < current_ && now - wantedAt_ >= kHold;
  if (wanted <= current_ && !lower) return;
  current_ = wanted;
  wantedAt_ = now;
  intervalsToSend_ = kIntervalsToSend;
}

std::optional<std::uint16_t> PlayoutDelay::ToSend() const {
  if (intervalsToSend_ == 0) return std::nullopt;
  return static_cast<std::uint16_t>(current_ / Milliseconds(10));
}

}  // namespace ringcast::rtc
