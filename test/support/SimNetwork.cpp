#include "support/SimNetwork.hpp"

#include <algorithm>

namespace ringcast::test {

SimNetwork::LinkId SimNetwork::AddLink(const LinkConditions& conditions) {
  links_.emplace_back(conditions, seeds_.U64());
  return static_cast<LinkId>(links_.size() - 1);
}

void SimNetwork::Put(LinkId link, ByteView datagram, Instant at) {
  if (freeSlots_.empty()) {
    freeSlots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto slot = freeSlots_.back();
  freeSlots_.pop_back();
  slots_[slot].link = link;
  slots_[slot].datagram.assign(datagram.begin(), datagram.end());
  heap_.push_back({at, sendings_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), Later);
}

void SimNetwork::Send(LinkId link, ByteView datagram, Instant now) {
  const auto passage = links_[link].Pass(datagram.size(), now);
  for (std::size_t i = 0; i < passage.count; ++i) Put(link, datagram, passage.arrivals[i]);
}

std::optional<Instant> SimNetwork::NextArrival() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

std::optional<SimNetwork::Arrival> SimNetwork::Receive(Instant now) {
  if (handedOut_) freeSlots_.push_back(*handedOut_);
  handedOut_.reset();
  if (heap_.empty() || heap_.front().at > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), Later);
  const auto slot = heap_.back().slot;
  heap_.pop_back();
  handedOut_ = slot;
  return Arrival{slots_[slot].link, slots_[slot].datagram};
}

}  // namespace ringcast::test
