#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {

// A compound with the message that the command names, about this stream.
[[nodiscard]] std::vector<std::uint8_t> MakeCompound(const script::Rtcp& command, Ssrc about, Instant now);
// A request for `count` packets from `first` on.
[[nodiscard]] std::vector<std::uint8_t> MakeNack(Ssrc about, std::uint16_t first, std::size_t count);

}  // namespace ringcast::fuzz
