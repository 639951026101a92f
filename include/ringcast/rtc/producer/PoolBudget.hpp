#pragma once

#include <cstddef>

#include "ringcast/base/Types.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::rtc {

// Divides the packet pool among its long-term holders, so that none of them takes the buffers that STUN,
// DTLS, RTCP and audio need. Each holder keeps to its own share:
//
//   history   rtp::PacketCache, for retransmission
//   waiting   ForwardingScheduler::kMaxWaiting, video that waits for its round
//   framing   an incomplete packet for each TCP connection (io::TcpLimits)
//   gaps      GapBudget, packets held behind a gap
//   audio     audio that waits for its round: of one loop iteration, or the scheduler's limit per producer
//   control   STUN, DTLS and RTCP, processed at once; and the receive batches of sockets
//
// The shares add up to the pool. Three kinds of packets have no share: audio in a large loop iteration,
// packets that are being sent after the history has evicted them, and padding, which the history does not
// keep. For these, video is dropped while the number of free buffers is at most VideoReserve(), and audio
// while it is at most AudioReserve() (net::DropReason::kPoolReserve).
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
  // TCP connections may use their share at any time: the reserves include it.
  [[nodiscard]] constexpr std::size_t VideoReserve() const { return Share(kFraming + kAudio + kControl); }
  [[nodiscard]] constexpr std::size_t AudioReserve() const { return Share(kFraming + kControl); }
  [[nodiscard]] constexpr std::size_t ReserveFor(MediaKind kind) const {
    return kind == MediaKind::kVideo ? VideoReserve() : AudioReserve();
  }
};

}  // namespace ringcast::rtc
