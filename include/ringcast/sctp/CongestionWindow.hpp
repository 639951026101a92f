#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace ringcast::sctp {

// The congestion window in bytes (RFC 9260 section 7.2).
class CongestionWindow {
 public:
  static constexpr std::size_t kInitialPackets = 10;  // as TCP has it (RFC 6928)
  // Below this a single loss cannot be found by later packets.
  static constexpr std::size_t kLeastPackets = 4;
  // Limit on the window, and so on the memory of the data in flight: 600 Mbit/s with a round trip of 100 ms.
  static constexpr std::size_t kMost = std::size_t{8} * 1024 * 1024;

  explicit CongestionWindow(std::size_t packetSize)
      : packet_(packetSize), window_(kInitialPackets * packetSize) {}

  [[nodiscard]] std::size_t Bytes() const { return window_; }
  [[nodiscard]] bool InRecovery() const { return recoveryEnd_.has_value(); }

  // The cumulative TSN advanced to `cumulative`, and `acked` bytes were acknowledged. `full`: the window was
  // used before. `outstanding`: bytes in flight are left.
  void OnAcked(std::int64_t cumulative, std::size_t acked, bool full, bool outstanding) {
    if (recoveryEnd_) {
      if (cumulative < *recoveryEnd_) return;
      recoveryEnd_.reset();
    }
    if (window_ <= threshold_) {
      if (full) window_ += std::min(acked, 2 * packet_);  // RFC 9260 section 7.2.1, L = 2 (RFC 3465)
      partialBytes_ = 0;
    } else {
      partialBytes_ += acked;
      if (partialBytes_ >= window_ && full) {
        partialBytes_ -= window_;
        window_ += packet_;
      }
      if (!outstanding) partialBytes_ = 0;
    }
    window_ = std::min(window_, kMost);
  }
  // A packet is known to be lost. Halves the window once until everything up to `highest` is acknowledged.
  void OnLoss(std::int64_t highest) {
    if (recoveryEnd_) return;
    recoveryEnd_ = highest;
    threshold_ = std::max(window_ / 2, kLeastPackets * packet_);
    window_ = threshold_;
    partialBytes_ = 0;
  }
  void OnTimeout() {
    recoveryEnd_.reset();
    threshold_ = std::max(window_ / 2, kLeastPackets * packet_);
    window_ = packet_;
    partialBytes_ = 0;
  }

 private:
  std::size_t packet_;
  std::size_t window_;
  std::size_t threshold_ = kMost;
  std::size_t partialBytes_ = 0;
  std::optional<std::int64_t> recoveryEnd_;  // the TSN that ends fast recovery
};

}  // namespace ringcast::sctp
