#include "io/SlotSlab.hpp"

#include <sys/mman.h>

namespace ringcast::io {

SlotSlab::SlotSlab() {
  void* const mapped = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  RC_ASSERT(mapped != MAP_FAILED);  // 6 MiB of address space at start: without it nothing works
  memory_ = static_cast<std::uint8_t*>(mapped);
  freeSmall_.reserve(kSmallCount);
  freeLarge_.reserve(kLargeCount);
  for (std::uint32_t i = kSmallCount; i > 0; --i) freeSmall_.push_back(i - 1);
  for (std::uint32_t i = kCount; i > kSmallCount; --i) freeLarge_.push_back(i - 1);
}

SlotSlab::~SlotSlab() { munmap(memory_, kBytes); }

std::optional<std::uint32_t> SlotSlab::Take(std::size_t bytes) {
  if (bytes > net::DatagramSink::kLargeSlot) return std::nullopt;
  auto* const from =
      bytes <= net::DatagramSink::kSmallSlot && !freeSmall_.empty() ? &freeSmall_ : &freeLarge_;
  if (from->empty()) return std::nullopt;
  const auto slot = from->back();
  from->pop_back();
  return slot;
}

void SlotSlab::Return(std::uint32_t slot) {
  RC_ASSERT(slot < kCount && InUse() > 0);
  (slot < kSmallCount ? freeSmall_ : freeLarge_).push_back(slot);
}

MutableBytes SlotSlab::Room(std::uint32_t slot) const {
  using net::DatagramSink;
  if (slot < kSmallCount) return {memory_ + slot * DatagramSink::kSmallSlot, DatagramSink::kSmallSlot};
  const std::size_t large = slot - kSmallCount;
  return {memory_ + kSmallCount * DatagramSink::kSmallSlot + large * DatagramSink::kLargeSlot,
          DatagramSink::kLargeSlot};
}

}  // namespace ringcast::io
