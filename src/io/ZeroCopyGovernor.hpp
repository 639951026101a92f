#pragma once

#include <cstddef>
#include <cstdint>

namespace ringcast::io {

// Decides which sends use zero copy. It pays only for large sends, and only where the kernel does not copy
// after all, which it reports for each send (loopback, and devices without scatter-gather or checksum
// offload, copy).
class ZeroCopyGovernor {
 public:
  // Below this size a copy is cheaper than pinning pages and a second completion.
  static constexpr std::size_t kMinBytes = 16 * 1024;
  // Reports per decision.
  static constexpr std::uint32_t kWindow = 64;
  // Pause after a window in which at least half of the sends were copied: sends of at least kMinBytes that
  // use a copy before zero copy is tried again. Counted instead of timed: 64 attempts in 65,536 sends cost a
  // thousandth.
  static constexpr std::uint32_t kPause = 65'536;

  void Enable() { enabled_ = true; }
  void Disable() { enabled_ = false; }
  // True if zero copy is available.
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
