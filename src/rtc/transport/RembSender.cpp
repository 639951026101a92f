#include "ringcast/rtc/transport/RembSender.hpp"

#include <algorithm>

namespace ringcast::rtc {

void RembSender::Release() {
  const bool bound = advised_ && *advised_ < kNoLimit;
  releases_ = use_ == Use::kLimit && !limit_ && bound ? kReleases : 0;
}

void RembSender::SetUse(Use use) {
  if (use == use_) return;
  use_ = use;
  Release();
}

void RembSender::SetLimit(std::optional<DataRate> limit, Instant now) {
  limit_ = limit;
  Release();
  if (!Active() || (!changed_ && !advised_)) return;
  changed_ = true;
  next_ = now;
}

DataRate RembSender::Choose(DataRate received) {
  auto rate = kNoLimit;
  if (use_ == Use::kEstimate) {
    peak_ = std::max(peak_, std::min(received, kNoLimit));
    rate = std::clamp(peak_ * kHeadroom, kFloor, kNoLimit);
  }
  return limit_ ? std::min(rate, *limit_) : rate;
}

std::optional<DataRate> RembSender::OnTimeout(Instant now, DataRate received) {
  if (!next_ || now < *next_) return std::nullopt;
  next_.reset();
  if (!Active() || !changed_) return std::nullopt;
  changed_ = false;
  advised_ = Choose(received);
  if (releases_ > 0) --releases_;
  if (Active()) next_ = Instant((now + kInterval).time_since_epoch() / kGrid * kGrid);
  return advised_;
}

}  // namespace ringcast::rtc
