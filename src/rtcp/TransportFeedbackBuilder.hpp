#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <span>

#include "ringcast/rtcp/Compound.hpp"
#include "rtcp/StatusChunk.hpp"

namespace ringcast::rtcp {

using FeedbackTicks = std::chrono::duration<std::int64_t, std::ratio<1, 4000>>;  // 250 us
inline constexpr std::size_t kFeedbackFixedSize = 8;  // base, status count, reference time, feedback count

// Builds one transport-wide feedback message that fits into the given space. It covers the packets from
// `base` on: those in `arrivals` are reported as received, those between them as lost.
class TransportFeedbackBuilder {
 public:
  // `room`: space for the feedback control information (FCI), in bytes.
  TransportFeedbackBuilder(std::int64_t base, std::span<const PacketArrival> arrivals, std::size_t room);

  // Returns the number of packets, from `base` on, that the message covers. Returns 0 if none fits, or if the
  // first arrival is kMaxFeedbackStatuses or more after `base`.
  [[nodiscard]] std::size_t Statuses() const { return statuses_; }
  // Returns the size of the FCI, padded to a 32-bit boundary.
  [[nodiscard]] std::size_t Size() const;
  void Write(ByteWriter& out, std::uint8_t feedbackCount) const;

 private:
  // Collects the statuses to report, up to the first delta that does not fit into 16 bits.
  void Collect(std::span<const PacketArrival> arrivals);
  // Chooses the chunks for those statuses that fit into `room`.
  void Choose(std::size_t room);

  // Limit on the arrivals of one message. Each takes at least one byte, and a packet of more than 1,280 bytes
  // may exceed the MTU of a path (RFC 8200 section 5).
  static constexpr std::size_t kMaxArrivals = 1280;
  // Each chunk covers at least 7 statuses, except the last one of the message.
  static constexpr std::size_t kMaxChunks = kMaxFeedbackStatuses / kTwoBitSymbols + 1;

  std::int64_t base_;
  std::int64_t referenceTime_ = 0;
  std::size_t collected_ = 0;   // number of statuses collected
  std::size_t statuses_ = 0;    // number of statuses that the message covers
  std::size_t arrivals_ = 0;    // number of received packets among `statuses_`
  std::size_t deltaBytes_ = 0;  // size of their deltas
  std::size_t chunkCount_ = 0;
  std::array<std::uint8_t, kMaxFeedbackStatuses> symbols_;
  std::array<std::int16_t, kMaxArrivals> ticks_;
  std::array<std::uint16_t, kMaxChunks> chunks_;
};

}  // namespace ringcast::rtcp
