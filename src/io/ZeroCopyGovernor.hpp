#pragma once

#include <cstddef>
#include <cstdint>

namespace ringcast::io {

// Decides which sends go without a copy. It pays only for big ones, and only where the kernel does not copy
// anyway; the kernel reports that for each (loopback, and devices without scatter-gather or checksum offload,
// copy).
class ZeroCopyGovernor {
 public:
  // Below this a copy is cheaper than pinning pages and a second completion.
  static constexpr std::size_t kMinBytes = 16 * 1024;
  // Reports looked at together before judging.
  static constexpr std::uint32_t kWindow = 64;
  // After a window in which at least half was copied: sends of kMinBytes or more that go plainly before it is
  // tried again. Counted, not timed: 64 tries in 65,536 cost a thousandth.
  static constexpr std::uint32_t kPause = 65'536;

  void Enable() { enabled_ = true; }
  void Disable() { enabled_ = false; }
  // Whether it can be used at all.
  [[nodiscard]] bool Enabled() const { return enabled_; }

  [[nodiscard]] bool Use(std::size_t bytes) {
    if (!enabled_ || bytes < kMinBytes) return false;
    if (pause_ == 0) return true;
    --pause_;
    return false;
  }
  void OnReport(bool copied) {
    ++reports_;
    copies_ += copied ? 1 : 0;
    if (reports_ < kWindow) return;
    if (copies_ * 2 >= reports_) pause_ = kPause;
    reports_ = 0;
    copies_ = 0;
  }
  [[nodiscard]] bool Paused() const { return pause_ != 0; }

 private:
  bool enabled_ = false;
  std::uint32_t reports_ = 0;
  std::uint32_t copies_ = 0;
  std::uint32_t pause_ = 0;
};

}  // namespace ringcast::io
