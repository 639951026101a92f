#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::fuzz {

// Mutates an input of the Worker target as a list of commands: repeats, moves, removes and adds
// whole commands, and changes fields. After a change of single bytes, all later bytes would mostly be
// different commands. The same `seed` gives the same change.
[[nodiscard]] std::vector<std::uint8_t> MutateWorkerInput(ByteView input, std::uint64_t seed);

}  // namespace ringcast::fuzz
