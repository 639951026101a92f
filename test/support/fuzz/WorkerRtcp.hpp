#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {

// Returns a compound with the message of the command, about this stream.
[[nodiscard]] std::vector<std::uint8_t> MakeCompound(const script::Rtcp& command, Ssrc about, Instant now);
// Returns a NACK for `count` packets starting at `first`.
[[nodiscard]] std::vector<std::uint8_t> MakeNack(Ssrc about, std::uint16_t first, std::size_t count);

}  // namespace ringcast::fuzz
