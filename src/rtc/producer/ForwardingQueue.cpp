#include "ringcast/rtc/producer/ForwardingQueue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ringcast/rtc/egress/GsoPadding.hpp"

namespace ringcast::rtc {

void ForwardingQueue::Push(RoutedPacket&& routed, Instant now) {
  const auto source = routed.packet.SenderSsrc();
  routed.restarted = std::exchange(sources_[routed.encodingIndex], source) != source;
  if (waiting_.empty()) waitingSince_ = now;
  waiting_.push_back(std::move(routed));
}

void ForwardingQueue::DropNewest(std::size_t count) {
  const auto first = waiting_.end() - static_cast<std::ptrdiff_t>(count);
  for (auto place = first; place != waiting_.end(); ++place) {
    if (place->restarted) sources_[place->encodingIndex].reset();
  }
  waiting_.erase(first, waiting_.end());
}

std::span<const RoutedPacket> ForwardingQueue::BeginRound(std::size_t limit, std::uint8_t gsoPadding,
                                                          rtp::PacketCache* cache) {
  if (waiting_.size() <= limit) {
    round_.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(limit);
    round_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    waitingSince_ = std::max(waitingSince_, waiting_.front().packet.Arrival());
  }
  if (gsoPadding != 0 && round_.size() > 1) Pad(gsoPadding);
  if (cache != nullptr) {
    for (auto& routed : round_) routed.cached = cache->Add(routed.packet, routed.packet.Arrival());
  }
  return round_;
}

// A consumer's packets differ in size from the received ones by the same number of bytes as a rule, so that
// equal sizes here are equal sizes there.
void ForwardingQueue::Pad(std::uint8_t gsoPadding) {
  sizes_.clear();
  for (const auto& routed : round_)
    sizes_.push_back(static_cast<std::uint32_t>(routed.packet.HeaderSize() + routed.packet.PayloadSize()));
  padding_.resize(round_.size());
  PlanGsoPadding(sizes_, gsoPadding, padding_);
  for (std::size_t i = 0; i < round_.size(); ++i) {
    auto& routed = round_[i];
    if (routed.paddingOnly || padding_[i] == 0 || routed.packet.Shared()) continue;
    routed.packet.SetPadding(padding_[i]);
    routed.padded = routed.packet.PaddingSize() != 0;
  }
}

}  // namespace ringcast::rtc
