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
  static constexpr DataSize kKeyFrame = DataSize(1200) * 256;
  // After an outage the receiver may request all packets that were sent during it. After a longer one no
  // jitter buffer has time for repairs.
  static constexpr Duration kLongestOutage = Milliseconds(500);

  // Called before each request is answered. `sentBytes`: all bytes that the transport has sent so far,
  // retransmissions included. `rate`: of the last second.
  void Refill(std::uint64_t sentBytes, DataRate rate) {
    const auto sent = DataSize::Of(sentBytes - seenBytes_);
    const auto most = kKeyFrame + rate * kLongestOutage;
    available_ = std::min(most, available_ + std::max(DataSize(), sent - taken_));
    seenBytes_ = sentBytes;
    taken_ = DataSize();
  }
  // Returns false if a packet of this size must not be retransmitted now.
  [[nodiscard]] bool Take(std::size_t bytes) {
    const auto size = DataSize::Of(bytes);
    if (size > available_) return false;
    available_ -= size;
    taken_ += size;
    return true;
  }
  [[nodiscard]] DataSize Available() const { return available_; }

 private:
  DataSize available_ = kKeyFrame;
  std::uint64_t seenBytes_ = 0;  // sent until the last Refill()
  DataSize taken_;               // since the last Refill()
};

}  // namespace ringcast::rtc
