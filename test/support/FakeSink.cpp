#include "support/FakeSink.hpp"

#include <algorithm>
#include <iterator>

#include "ringcast/base/Assert.hpp"

namespace ringcast::test {

FakeSink::~FakeSink() { RC_ASSERT(inUse_ == 0); }

std::optional<net::SendSlot> FakeSink::Acquire(std::size_t bytes) {
  if (bytes > kLargeSlot) ++oversize_;
  if (bytes > kLargeSlot || limit_ == 0) return std::nullopt;
  const std::size_t size = bytes <= kSmallSlot ? kSmallSlot : kLargeSlot;
  auto slot = std::find_if(slots_.begin(), slots_.end(),
                           [size](const Slot& one) { return !one.taken && one.size == size; });
  if (slot == slots_.end()) {
    const auto made =
        std::count_if(slots_.begin(), slots_.end(), [size](const Slot& one) { return one.size == size; });
    if (static_cast<std::size_t>(made) == limit_) return std::nullopt;
    slots_.push_back({std::make_unique<std::uint8_t[]>(size), size, 0, false});
    slot = std::prev(slots_.end());
  }
  slot->taken = true;
  slot->asked = bytes;
  ++inUse_;
  return net::SendSlot(*this, static_cast<std::uint32_t>(slot - slots_.begin()), {slot->memory.get(), size});
}

void FakeSink::Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
                    const net::Address& to) {
  const ByteView room = slot.Room();
  // The requested size limits the written size, even if the slot is larger.
  RC_ASSERT(segments.size > 0 && segments.total <= slots_[slot.Index()].asked);
  RC_ASSERT(segments.Count() <= net::kMaxSegments && segments.total <= net::kMaxRunBytes);
  RC_ASSERT(to.Valid());
  const auto written = room.first(segments.total);
  sent.push_back({{written.begin(), written.end()}, segments, socket, to});
  ++unflushed_;
  Free(slot.Release());
}

void FakeSink::Flush() {
  ++flushes_;
  unflushed_ = 0;
}

std::vector<Datagram> FakeSink::Datagrams() const {
  std::vector<Datagram> datagrams;
  for (const auto& run : sent) {
    for (std::size_t at = 0; at < run.segments.total; at += run.segments.size) {
      const auto one = ByteView(run.bytes).subspan(at, std::min(run.segments.size, run.segments.total - at));
      datagrams.push_back({{one.begin(), one.end()}, run.socket, run.to});
    }
  }
  return datagrams;
}

void FakeSink::Free(std::uint32_t slotIndex) {
  RC_ASSERT(slotIndex < slots_.size() && slots_[slotIndex].taken);
  slots_[slotIndex].taken = false;
  --inUse_;
}

}  // namespace ringcast::test
