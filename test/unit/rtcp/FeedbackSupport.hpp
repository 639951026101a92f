#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "RtcpSamples.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"

namespace ringcast::rtcp::samples {

// The reported status of each packet: its arrival in units of 250 us, or nullopt if it was lost. A later
// message overrides an earlier one.
using Reported = std::map<std::int64_t, std::optional<std::int64_t>>;

inline void Read(const TransportFeedback& feedback, SequenceUnwrapper<std::uint16_t>& unwrapper,
                 Reported& reported) {
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
    reported[number] = status->received ? std::optional(ticks) : std::nullopt;
  }
  CHECK(inOrder);
  CHECK(wholeTicks);
  CHECK(count == feedback.statusCount);
}

inline std::int64_t Ticks(Instant arrival) { return arrival.time_since_epoch().count() / 250; }

// Returns the instant at this number of 250 us units.
inline Instant AtTick(std::int64_t ticks) { return Instant(Microseconds(250 * ticks)); }

}  // namespace ringcast::rtcp::samples
