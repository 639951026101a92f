#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// The send memory: one mapping, so that the kernel can pin it as one buffer, cut into slots for a datagram
// and slots for a run. Free ones are reused last-in first-out: the set that is touched stays small and in the
// cache.
class SlotSlab {
 public:
  // 1024 x 2 KiB + 64 x 64 KiB = 6 MiB: under the 8 MiB that systemd and most distributions allow a process
  // to lock (RLIMIT_MEMLOCK). A turn that needs more flushes in between.
  static constexpr std::uint32_t kSmallCount = 1024;
  static constexpr std::uint32_t kLargeCount = 64;
  static constexpr std::uint32_t kCount = kSmallCount + kLargeCount;
  static constexpr std::size_t kBytes =
      kSmallCount * net::DatagramSink::kSmallSlot + kLargeCount * net::DatagramSink::kLargeSlot;

  SlotSlab();
  ~SlotSlab();
  SlotSlab(const SlotSlab&) = delete;
  SlotSlab& operator=(const SlotSlab&) = delete;

  // Returns a slot of at least `bytes`; a datagram may take a large one when no small one is free. nullopt:
  // none is free, or none is large enough.
  [[nodiscard]] std::optional<std::uint32_t> Take(std::size_t bytes);
  void Return(std::uint32_t slot);

  [[nodiscard]] MutableBytes Room(std::uint32_t slot) const;
  [[nodiscard]] MutableBytes All() const { return {memory_, kBytes}; }
  [[nodiscard]] std::size_t InUse() const { return kCount - freeSmall_.size() - freeLarge_.size(); }

 private:
  std::uint8_t* memory_ = nullptr;
  std::vector<std::uint32_t> freeSmall_, freeLarge_;
};

}  // namespace ringcast::io
