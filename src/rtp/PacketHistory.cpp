#include "ringcast/rtp/PacketHistory.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtp {
namespace {

// Two go for one that comes: after a burst it shrinks again, and no packet pays for thousands.
constexpr int kForgottenByAdd = 2;

}  // namespace

PacketHistory::PacketHistory(std::size_t limit) : limit_(limit) { RC_ASSERT(limit > 0); }

std::uint64_t PacketHistory::Add(const Packet& packet, Instant now) {
  for (int i = 0; i < kForgottenByAdd && Size() != 0; ++i) {
    if (Size() < limit_ && now - entries_[Slot(oldest_)].added <= kMaxAge) break;
    ForgetOldest();
  }
  if (Size() == entries_.size()) Grow();
  const std::uint64_t serialNumber = next_++;
  Entry& entry = entries_[Slot(serialNumber)];
  entry.packet = packet;
  entry.added = now;
  return serialNumber;
}

void PacketHistory::ForgetOld(Instant now) {
  while (Size() != 0 && now - entries_[Slot(oldest_)].added > kMaxAge) ForgetOldest();
}

void PacketHistory::ForgetOldest() { entries_[Slot(oldest_++)].packet = Packet(); }

void PacketHistory::Grow() {
  std::vector<Entry> larger(std::max(kMinCapacity, entries_.size() * 2));
  std::swap(entries_, larger);
  for (std::uint64_t i = oldest_; i < next_; ++i)
    entries_[Slot(i)] = std::move(larger[static_cast<std::size_t>(i) & (larger.size() - 1)]);
}

}  // namespace ringcast::rtp
