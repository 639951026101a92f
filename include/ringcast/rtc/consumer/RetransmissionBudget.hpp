#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::rtc {

// Limits what a transport sends again because its peer asks for it: one NACK can name thousands of packets.
// In the long run it is as much as the transport sends otherwise, which suffices for a loss of one half.
//
// It is a token bucket. Each request fills it by the bytes that were sent since the one before, so that
// sending itself costs nothing.
class RetransmissionBudget {
 public:
  // A key frame may be lost as a whole: 256 packets of 1,200 bytes, a second of 2.4 Mbit/s.
  static constexpr std::int64_t kKeyFrame = 256 * 1200;
  // After an outage everything that was sent during it may be asked for. A longer one leaves no jitter buffer
  // with time for repairs.
  static constexpr Duration kLongestOutage = Milliseconds(500);

  // To be called before a request is answered. `sentBytes`: everything that the transport has sent so far,
  // retransmissions included. `rate`: of the last second.
  void Refill(std::uint64_t sentBytes, DataRate rate) {
    const auto sent = static_cast<std::int64_t>(sentBytes - seenBytes_);
    const auto most = kKeyFrame + BytesOf(rate);
    available_ = std::min(most, available_ + std::max<std::int64_t>(0, sent - taken_));
    seenBytes_ = sentBytes;
    taken_ = 0;
  }
  // False: a packet of this size must not be sent again now.
  [[nodiscard]] bool Take(std::size_t bytes) {
    const auto size = static_cast<std::int64_t>(bytes);
    if (size > available_) return false;
    available_ -= size;
    taken_ += size;
    return true;
  }
  [[nodiscard]] std::int64_t Available() const { return available_; }

 private:
  // In kLongestOutage.
  [[nodiscard]] static std::int64_t BytesOf(DataRate rate) {
    constexpr std::int64_t kPerSecond = Seconds(1) / kLongestOutage;
    return static_cast<std::int64_t>(rate.Value() / 8) / kPerSecond;
  }

  std::int64_t available_ = kKeyFrame;
  std::uint64_t seenBytes_ = 0;  // when it was filled last
  std::int64_t taken_ = 0;       // since then
};

}  // namespace ringcast::rtc
