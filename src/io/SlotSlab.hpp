#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// The send memory: one mapping, cut into slots for a datagram and slots for a GSO batch. Free slots are
// reused last-in first-out, so that the working set stays small and in the CPU cache. Some of the large slots
// can be registered with the kernel as one buffer, for zero-copy sends; they are handed out first.
class SlotSlab {
 public:
  // 1024 x 2 KiB + 64 x 64 KiB = 6 MiB. A loop iteration that needs more flushes in between.
  static constexpr std::uint32_t kSmallCount = 1024;
  static constexpr std::uint32_t kLargeCount = 64;
  // The first large slots, 768 KiB. Registered memory is locked, and RLIMIT_MEMLOCK limits it for all
  // processes of a user together: the usual 8 MiB suffices for eight workers and their rings.
  static constexpr std::uint32_t kRegisteredCount = 12;
  static constexpr std::uint32_t kCount = kSmallCount + kLargeCount;
  static constexpr std::size_t kBytes =
      kSmallCount * net::DatagramSink::kSmallSlot + kLargeCount * net::DatagramSink::kLargeSlot;

  SlotSlab();
  ~SlotSlab();
  SlotSlab(const SlotSlab&) = delete;
  SlotSlab& operator=(const SlotSlab&) = delete;

  // Returns a slot of at least `bytes`; a datagram may get a large slot if no small one is free. Returns
  // nullopt if none is free or none is large enough.
  [[nodiscard]] std::optional<std::uint32_t> Take(std::size_t bytes);
  void Return(std::uint32_t slot);

  [[nodiscard]] MutableBytes Room(std::uint32_t slot) const;
  // The memory of the slots for which IsRegistered() is true.
  [[nodiscard]] MutableBytes Registered() const {
    return {memory_ + kSmallCount * net::DatagramSink::kSmallSlot,
            kRegisteredCount * net::DatagramSink::kLargeSlot};
  }
  [[nodiscard]] static bool IsRegistered(std::uint32_t slot) {
    return slot >= kSmallCount && slot < kSmallCount + kRegisteredCount;
  }
  [[nodiscard]] std::size_t InUse() const {
    return kCount - freeSmall_.size() - freeRegistered_.size() - freeLarge_.size();
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t>& FreeSlotsLike(std::uint32_t slot);

  std::uint8_t* memory_ = nullptr;
  std::vector<std::uint32_t> freeSmall_, freeRegistered_, freeLarge_;
};

}  // namespace ringcast::io
