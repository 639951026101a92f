#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringcast::fuzz {

struct WorkerSeed {
  std::string name;
  std::vector<std::uint8_t> input;
};

// Typical calls as inputs of the Worker target, stored as files in fuzzer/corpus/Worker/.
[[nodiscard]] std::vector<WorkerSeed> WorkerSeeds();

}  // namespace ringcast::fuzz
