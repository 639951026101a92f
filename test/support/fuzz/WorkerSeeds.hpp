#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringcast::fuzz {

struct WorkerSeed {
  std::string name;
  std::vector<std::uint8_t> input;
};

// Typical calls, as inputs of the Worker target. fuzzer/corpus/Worker/ has them as files.
[[nodiscard]] std::vector<WorkerSeed> WorkerSeeds();

}  // namespace ringcast::fuzz
