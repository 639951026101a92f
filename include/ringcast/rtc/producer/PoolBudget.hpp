#pragma once

#include <cstddef>

#include "ringcast/base/Types.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::rtc {

// Divides the packet pool among those that hold buffers for long, so that nobody can take the buffers that
// STUN, DTLS, RTCP and audio need. Each holder keeps to its own share:
//
//   history   rtp::PacketCache, for retransmission
//   waiting   ForwardingScheduler::kMaxWaiting, video on its way to its consumers
//   framing   one packet in the making for each TCP connection (io::TcpLimits)
//   gaps      GapBudget, packets held behind a gap
//   audio     received and not forwarded yet: one loop iteration's, and the scheduler's limit for each
//   producer control   STUN, DTLS and RTCP, processed at once; and what the sockets' receive batches keep
//
// The shares add up to the pool. Three things have no share: audio in a large loop iteration, packets that
// are on their way out and that the history has evicted, and padding, which no history keeps. For these the
// limit is enforced: video is dropped while the free buffers are at or below VideoReserve(), audio while they
// are at or below AudioReserve() (net::DropReason::kPoolReserve).
struct PoolBudget {
  // The shares in 64ths of the pool.
  static constexpr std::size_t kHistory = 32;
  static constexpr std::size_t kWaiting = 16;
  static constexpr std::size_t kFraming = 8;
  static constexpr std::size_t kGaps = 4;
  static constexpr std::size_t kAudio = 3;
  static constexpr std::size_t kControl = 1;
  static constexpr std::size_t kWhole = 64;
  static_assert(kHistory + kWaiting + kFraming + kGaps + kAudio + kControl == kWhole);

  std::size_t buffers = net::PacketPool::kDefaultLimit;  // of the whole pool

  [[nodiscard]] constexpr std::size_t Share(std::size_t parts) const { return buffers * parts / kWhole; }
  [[nodiscard]] constexpr std::size_t History() const { return Share(kHistory); }
  [[nodiscard]] constexpr std::size_t Waiting() const { return Share(kWaiting); }
  [[nodiscard]] constexpr std::size_t Framing() const { return Share(kFraming); }
  [[nodiscard]] constexpr std::size_t Gaps() const { return Share(kGaps); }
  // TCP connections may take their share at any time: it stays free with the others'.
  [[nodiscard]] constexpr std::size_t VideoReserve() const { return Share(kFraming + kAudio + kControl); }
  [[nodiscard]] constexpr std::size_t AudioReserve() const { return Share(kFraming + kControl); }
  [[nodiscard]] constexpr std::size_t ReserveFor(MediaKind kind) const {
    return kind == MediaKind::kVideo ? VideoReserve() : AudioReserve();
  }
};

}  // namespace ringcast::rtc
