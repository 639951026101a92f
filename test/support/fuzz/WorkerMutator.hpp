#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::fuzz {

// Changes an input of the Worker target as what it is, a list of commands: repeats, moves, removes and adds
// whole commands, and changes fields. Byte by byte, most changes turn all that follows into something else.
// `seed`: the same seed gives the same change.
[[nodiscard]] std::vector<std::uint8_t> MutateWorkerInput(ByteView input, std::uint64_t seed);

}  // namespace ringcast::fuzz
