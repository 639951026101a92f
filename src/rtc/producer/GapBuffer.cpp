#include "ringcast/rtc/producer/GapBuffer.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtc {

// --- The budget ---

GapBudget::~GapBudget() { RC_ASSERT(held_ == 0); }

std::size_t GapBudget::ShedLargest() {
  if (holders_.empty()) return 0;
  auto* const largest =
      *std::max_element(holders_.begin(), holders_.end(),
                        [](const GapBuffer* a, const GapBuffer* b) { return a->Size() < b->Size(); });
  const std::size_t most = largest->Size();
  std::size_t released = Shed(*largest);
  // Holders of more than half as much are large as well, so that few searches release enough. The loop runs
  // backwards because an emptied holder is replaced by the last one, which was visited before.
  for (std::size_t i = holders_.size(); i > 0 && released < kMinShed; --i) {
    if (holders_[i - 1]->Size() * 2 > most) released += Shed(*holders_[i - 1]);
  }
  return released;
}

std::size_t GapBudget::Shed(GapBuffer& holder) {
  const std::size_t count = holder.Size();
  drops_.Count(net::DropReason::kGapShed, holder.Unpublished());
  shedPackets_ += count;
  holder.Clear();
  return count;
}

// --- The buffer ---

void GapBuffer::Enter(State state) {
  RC_ASSERT((state == State::kEmpty) == held_.empty());
  RC_ASSERT(state != State::kDraining || published_ == 0);
  state_ = state;
}

bool GapBuffer::OnPacket(const RoutedPacket& routed) {
  const bool waits = routed.frame.structureMissing;
  return Hold(routed, !waits) && waits;
}

bool GapBuffer::Hold(const RoutedPacket& routed, bool published) {
  auto& budget = share_.budget;
  if (held_.size() >= kLimit || share_.held >= budget.TransportLimit()) return false;
  // This may shed this buffer's packets as well.
  if (budget.held_ >= budget.limit_ && budget.ShedLargest() == 0) return false;
  if (held_.empty()) {
    place_ = budget.holders_.size();
    budget.holders_.push_back(this);
  }
  held_.push_back({routed, published});
  if (published) ++published_;
  ++share_.held;
  ++budget.held_;
  Enter(State::kHolding);
  return true;
}

void GapBuffer::OnKeyFrame(std::int64_t keyFrame, rtp::FrameInspector& frames, ForwardingQueue::Writer& out,
                           Instant now) {
  for (auto& [routed, published] : held_) {
    if (routed.sequenceNumber <= keyFrame || out.Full()) continue;
    if (routed.frame.structureMissing) {
      routed.frame = frames.Inspect(routed.packet);
      routed.packet.SetMaskPlace(rtp::MaskPlaceOf(routed.frame));
      if (routed.frame.structureMissing) continue;
    }
    auto copy = routed;
    if (std::exchange(published, true)) {
      copy.repeatedBehind = keyFrame;
    } else {
      ++published_;
    }
    out.Push(std::move(copy), now);
  }
  if (!held_.empty()) Enter(State::kHolding);
}

void GapBuffer::OnGapClosed(ForwardingQueue::Writer& out, Instant now) {
  if (held_.empty()) return;
  if (out.Full()) {
    const auto released = std::erase_if(held_, [](const Held& held) { return held.published; });
    published_ = 0;
    Return(released);
    if (!held_.empty()) Enter(State::kDraining);
    return;
  }
  for (auto& [routed, published] : held_) {
    if (published) continue;
    out.Push(std::move(routed), now);
  }
  Clear();
}

std::size_t GapBuffer::OnTimeout(ForwardingQueue::Writer& out, Instant now) {
  std::size_t expired = 0;
  std::size_t dropped = 0;
  for (auto& [routed, published] : held_) {
    if (now - routed.packet.Arrival() < kMaxAge) break;
    ++expired;
    if (published) continue;
    if (out.Full()) {
      ++dropped;
    } else {
      out.Push(std::move(routed), now);
    }
  }
  Release(expired);
  return dropped;
}

void GapBuffer::Release(std::size_t count) {
  const auto end = held_.begin() + static_cast<std::ptrdiff_t>(count);
  published_ -= static_cast<std::size_t>(
      std::count_if(held_.begin(), end, [](const Held& held) { return held.published; }));
  held_.erase(held_.begin(), end);
  Return(count);
}

void GapBuffer::Return(std::size_t count) {
  auto& budget = share_.budget;
  share_.held -= count;
  budget.held_ -= count;
  if (!held_.empty() || count == 0) return;
  budget.holders_[place_] = budget.holders_.back();
  budget.holders_[place_]->place_ = place_;
  budget.holders_.pop_back();
  Enter(State::kEmpty);
}

std::optional<Instant> GapBuffer::NextTimeout() const {
  if (state_ == State::kEmpty) return std::nullopt;
  const auto expiry = held_.front().packet.packet.Arrival() + kMaxAge;
  return Instant((expiry.time_since_epoch() + kGrid - Duration(1)) / kGrid * kGrid);
}

}  // namespace ringcast::rtc
