#include "ringcast/rtp/PacketCache.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtp {
namespace {

// Each Add() drops up to two old packets: the cache shrinks after a burst, and no single call drops
// thousands.
constexpr int kDroppedByAdd = 2;

}  // namespace

PacketCache::PacketCache(std::size_t limit) : limit_(limit) { RC_ASSERT(limit > 0); }

PacketCache::Ref PacketCache::Add(const Packet& packet, Instant now) {
  for (int i = 0; i < kDroppedByAdd && Size() != 0; ++i) {
    if (Size() < limit_ && now - ring_[Slot(oldest_)]->added <= kMaxAge) break;
    DropOldest();
  }
  if (Size() == ring_.size()) GrowRing();
  Entry& entry = FreeEntry();
  entry.packet = packet;
  entry.added = now;
  entry.serialNumber = next_++;
  entry.references = 1;
  ring_[Slot(entry.serialNumber)] = &entry;
  return {this, &entry};
}

void PacketCache::DropOld(Instant now) {
  while (Size() != 0 && now - ring_[Slot(oldest_)]->added > kMaxAge) DropOldest();
}

void PacketCache::DropOldest() {
  Entry& entry = *ring_[Slot(oldest_++)];
  if (--entry.references == 0) Recycle(entry);
}

void PacketCache::Recycle(Entry& entry) {
  entry.packet = Packet();
  free_.push_back(&entry);
}

PacketCache::Entry& PacketCache::FreeEntry() {
  if (free_.empty()) {
    slabs_.push_back(std::make_unique<Entry[]>(kSlab));
    free_.reserve(slabs_.size() * kSlab);
    for (std::size_t i = kSlab; i-- > 0;) free_.push_back(&slabs_.back()[i]);
  }
  Entry& entry = *free_.back();
  free_.pop_back();
  return entry;
}

void PacketCache::GrowRing() {
  std::vector<Entry*> larger(std::max(kMinCapacity, ring_.size() * 2));
  std::swap(ring_, larger);
  for (std::uint64_t i = oldest_; i < next_; ++i)
    ring_[Slot(i)] = larger[static_cast<std::size_t>(i) & (larger.size() - 1)];
}

}  // namespace ringcast::rtp
