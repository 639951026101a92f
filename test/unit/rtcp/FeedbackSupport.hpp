#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "RtcpSamples.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"

namespace ringcast::rtcp::samples {

// What became of each packet, as the messages of one reporter tell: its arrival in units of 250 us, or none.
// The latest message counts.
using Told = std::map<std::int64_t, std::optional<std::int64_t>>;

inline void Read(const TransportFeedback& feedback, SequenceUnwrapper<std::uint16_t>& unwrapper, Told& told) {
  std::int64_t ticks = std::int64_t{feedback.referenceTime} * 256;
  PacketStatuses statuses(feedback);
  std::size_t count = 0;
  bool inOrder = true;
  bool wholeTicks = true;
  while (const auto status = statuses.Next()) {
    inOrder &= status->sequenceNumber == static_cast<std::uint16_t>(feedback.baseSequenceNumber + count);
    wholeTicks &= status->delta % Microseconds(250) == Duration::zero();
    ++count;
    const auto number = unwrapper.Unwrap(status->sequenceNumber);
    if (status->received) ticks += status->delta / Microseconds(250);
    told[number] = status->received ? std::optional(ticks) : std::nullopt;
  }
  CHECK(inOrder);
  CHECK(wholeTicks);
  CHECK(count == feedback.statusCount);
}

inline std::int64_t Ticks(Instant arrival) { return arrival.time_since_epoch().count() / 250; }

// Instants of this many units of 250 us.
inline Instant AtTick(std::int64_t ticks) { return Instant(Microseconds(250 * ticks)); }

}  // namespace ringcast::rtcp::samples
