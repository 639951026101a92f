#include "ringcast/rtc/producer/GapBuffer.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtc {

GapBudget::~GapBudget() { RC_ASSERT(held_ == 0); }

std::size_t GapBudget::ShedLargest() {
  if (holders_.empty()) return 0;
  auto* const largest = *std::max_element(
      holders_.begin(), holders_.end(),
      [](const GapBuffer* a, const GapBuffer* b) { return a->held_.size() < b->held_.size(); });
  const std::size_t most = largest->held_.size();
  std::size_t released = Shed(*largest);
  // Others that hold more than half as much are large as well: few scans release what is needed. Backwards:
  // one that is empty then gives its place to the last, which has had its turn.
  for (std::size_t i = holders_.size(); i > 0 && released < kMinShed; --i) {
    if (holders_[i - 1]->held_.size() * 2 > most) released += Shed(*holders_[i - 1]);
  }
  return released;
}

std::size_t GapBudget::Shed(GapBuffer& holder) {
  const std::size_t count = holder.held_.size();
  const auto unpublished = std::count_if(holder.held_.begin(), holder.held_.end(),
                                         [](const GapBuffer::Held& held) { return !held.published; });
  drops_.Count(net::DropReason::kGapShed, static_cast<std::uint64_t>(unpublished));
  shedPackets_ += count;
  holder.Clear();
  return count;
}

bool GapBuffer::Hold(const RoutedPacket& routed, bool published) {
  auto& budget = share_.budget;
  if (held_.size() >= kLimit || share_.held >= budget.TransportLimit()) return false;
  if (budget.held_ >= budget.limit_ && budget.ShedLargest() == 0) return false;
  if (held_.empty()) {
    place_ = budget.holders_.size();
    budget.holders_.push_back(this);
  }
  held_.push_back({routed, published});
  ++share_.held;
  ++budget.held_;
  return true;
}

void GapBuffer::Return(std::size_t count) {
  auto& budget = share_.budget;
  share_.held -= count;
  budget.held_ -= count;
  if (!held_.empty() || count == 0) return;
  budget.holders_[place_] = budget.holders_.back();
  budget.holders_[place_]->place_ = place_;
  budget.holders_.pop_back();
}

std::span<GapBuffer::Held> GapBuffer::Expired(Instant now) {
  const auto first = std::find_if(held_.begin(), held_.end(), [now](const Held& held) {
    return now - held.packet.packet.Arrival() < kMaxAge;
  });
  return {held_.begin(), first};
}

void GapBuffer::Release(std::size_t count) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  Return(count);
}

void GapBuffer::ReleasePublished() {
  Return(std::erase_if(held_, [](const Held& held) { return held.published; }));
}

std::optional<Instant> GapBuffer::NextTimeout() const {
  if (held_.empty()) return std::nullopt;
  const auto expiry = held_.front().packet.packet.Arrival() + kMaxAge;
  return Instant((expiry.time_since_epoch() + kGrid - Duration(1)) / kGrid * kGrid);
}

}  // namespace ringcast::rtc
