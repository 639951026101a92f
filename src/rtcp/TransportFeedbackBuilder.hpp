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

// What one message of transport-wide feedback tells, chosen so that it fits: of the packets from `base` on,
// those of `arrivals` as received, those between them as not.
class TransportFeedbackBuilder {
 public:
  // `room`: of the feedback control information, in bytes.
  TransportFeedbackBuilder(std::int64_t base, std::span<const PacketArrival> arrivals, std::size_t room);

  // How many packets from `base` on it speaks of. 0: none fits, or the first arrival lies further off than
  // kMaxFeedbackStatuses.
  [[nodiscard]] std::size_t Statuses() const { return statuses_; }
  // Filled up to whole words.
  [[nodiscard]] std::size_t Size() const;
  void Write(ByteWriter& out, std::uint8_t feedbackCount) const;

 private:
  // What is there to tell, as far as deltas have the bits for it.
  void Collect(std::span<const PacketArrival> arrivals);
  // Takes of it what fits.
  void Choose(std::size_t room);

  // Of one message: each takes a byte at least, and what is longer does not go through every path in one
  // piece (RFC 8200 section 5).
  static constexpr std::size_t kMaxArrivals = 1280;
  // Each covers 7 statuses, but for the last one of the message.
  static constexpr std::size_t kMaxChunks = kMaxFeedbackStatuses / kTwoBitSymbols + 1;

  std::int64_t base_;
  std::int64_t referenceTime_ = 0;
  std::size_t collected_ = 0;   // statuses
  std::size_t statuses_ = 0;    // of these, what is told
  std::size_t arrivals_ = 0;    // among the latter
  std::size_t deltaBytes_ = 0;  // of these
  std::size_t chunkCount_ = 0;
  std::array<std::uint8_t, kMaxFeedbackStatuses> symbols_;
  std::array<std::int16_t, kMaxArrivals> ticks_;
  std::array<std::uint16_t, kMaxChunks> chunks_;
};

}  // namespace ringcast::rtcp
