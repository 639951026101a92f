#include "ringcast/net/PacketPool.hpp"

#include <algorithm>
#include <cstring>

namespace ringcast::net {

static_assert(sizeof(PacketBuffer) == 2048, "two buffers a page");

PacketPool::PacketPool(std::size_t limit) : limit_(limit) {}

PacketPool::~PacketPool() {
  RC_ASSERT(InUse() == 0);  // a reference that outlives the pool would return its buffer to freed memory
}

PacketRef PacketPool::Acquire() {
  if (free_.empty()) Grow();
  if (free_.empty()) return {};
  PacketBuffer* const buffer = free_.back();
  free_.pop_back();
  buffer->size = 0;
  buffer->arrival = {};
  return PacketRef(buffer);
}

PacketRef PacketPool::Copy(ByteView bytes, Instant arrival) {
  if (bytes.size() > PacketBuffer::kCapacity) return {};
  PacketRef packet = Acquire();
  if (!packet) return {};
  if (!bytes.empty()) std::memcpy(packet.Room().data(), bytes.data(), bytes.size());
  packet.SetSize(bytes.size());
  packet.SetArrival(arrival);
  return packet;
}

void PacketPool::Grow() {
  const std::size_t count = std::min(kSlab, limit_ - allocated_);
  if (count == 0) return;
  // The bytes are not initialised, so that the kernel does not back a page before a packet uses it.
  auto& slab = slabs_.emplace_back(std::make_unique_for_overwrite<PacketBuffer[]>(count));
  allocated_ += count;
  free_.reserve(allocated_);  // returning a buffer never allocates
  for (std::size_t i = count; i > 0; --i) {
    slab[i - 1].pool = this;
    free_.push_back(&slab[i - 1]);
  }
}

}  // namespace ringcast::net
