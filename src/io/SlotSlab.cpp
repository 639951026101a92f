#include "io/SlotSlab.hpp"

#include <sys/mman.h>

namespace ringcast::io {

SlotSlab::SlotSlab() {
  void* const mapped = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  RC_ASSERT(mapped != MAP_FAILED);  // 6 MiB of address space at start; the worker cannot run without it
  memory_ = static_cast<std::uint8_t*>(mapped);
  freeSmall_.reserve(kSmallCount);
  freeRegistered_.reserve(kRegisteredCount);
  freeLarge_.reserve(kLargeCount - kRegisteredCount);
  for (std::uint32_t i = kCount; i > 0; --i) FreeSlotsLike(i - 1).push_back(i - 1);
}

SlotSlab::~SlotSlab() { munmap(memory_, kBytes); }

std::optional<std::uint32_t> SlotSlab::Take(std::size_t bytes) {
  if (bytes > net::DatagramSink::kLargeSlot) return std::nullopt;
  const bool small = bytes <= net::DatagramSink::kSmallSlot;
  // A single datagram takes a registered slot last, because it is never sent with zero copy.
  for (auto* free : {small ? &freeSmall_ : &freeRegistered_, &freeLarge_, &freeRegistered_}) {
    if (free->empty()) continue;
    const auto slot = free->back();
    free->pop_back();
    return slot;
  }
  return std::nullopt;
}

void SlotSlab::Return(std::uint32_t slot) {
  RC_ASSERT(slot < kCount && InUse() > 0);
  FreeSlotsLike(slot).push_back(slot);
}

std::vector<std::uint32_t>& SlotSlab::FreeSlotsLike(std::uint32_t slot) {
  if (slot < kSmallCount) return freeSmall_;
  return IsRegistered(slot) ? freeRegistered_ : freeLarge_;
}

MutableBytes SlotSlab::Room(std::uint32_t slot) const {
  using net::DatagramSink;
  if (slot < kSmallCount) return {memory_ + slot * DatagramSink::kSmallSlot, DatagramSink::kSmallSlot};
  const std::size_t large = slot - kSmallCount;
  return {memory_ + kSmallCount * DatagramSink::kSmallSlot + large * DatagramSink::kLargeSlot,
          DatagramSink::kLargeSlot};
}

}  // namespace ringcast::io
