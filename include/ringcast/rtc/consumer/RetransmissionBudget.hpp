#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::rtc {

// Limits the retransmissions of a transport: one NACK can name thousands of packets. In the long run a
// transport retransmits at most as many bytes as it sends otherwise, which suffices for a loss of one half.
//
// A token bucket: each request fills it by the bytes that were sent since the last request, so that sending
// itself costs nothing.
class RetransmissionBudget {
 public:
  // One key frame that is lost as a whole: 256 packets of 1,200 bytes, one second of 2.4 Mbit/s.
  static constexpr std::int64_t kKeyFrame = 256 * 1200;
  // After an outage the receiver may request all packets that were sent during it. After a longer one no
  // jitter buffer has time for repairs.
  static constexpr Duration kLongestOutage = Milliseconds(500);

  // Called before each request is answered. `sentBytes`: all bytes that the transport has sent so far,
  // retransmissions included. `rate`: of the last second.
  void Refill(std::uint64_t sentBytes, DataRate rate) {
    const auto sent = static_cast<std::int64_t>(sentBytes - seenBytes_);
    const auto most = kKeyFrame + BytesOf(rate);
    available_ = std::min(most, available_ + std::max<std::int64_t>(0, sent - taken_));
    seenBytes_ = sentBytes;
    taken_ = 0;
  }
  // Returns false if a packet of this size must not be retransmitted now.
  [[nodiscard]] bool Take(std::size_t bytes) {
    const auto size = static_cast<std::int64_t>(bytes);
    if (size > available_) return false;
    available_ -= size;
    taken_ += size;
    return true;
  }
  [[nodiscard]] std::int64_t Available() const { return available_; }

 private:
  // Returns the bytes that are sent in kLongestOutage.
  [[nodiscard]] static std::int64_t BytesOf(DataRate rate) {
    constexpr std::int64_t kPerSecond = Seconds(1) / kLongestOutage;
    return static_cast<std::int64_t>(rate.Value() / 8) / kPerSecond;
  }

  std::int64_t available_ = kKeyFrame;
  std::uint64_t seenBytes_ = 0;  // sent until the last Refill()
  std::int64_t taken_ = 0;       // since the last Refill()
};

}  // namespace ringcast::rtc
