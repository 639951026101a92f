#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "support/fuzz/Targets.hpp"
#include "support/fuzz/WorkerMutator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::fuzz::FuzzWorker({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maxSize,
                                               unsigned int seed) {
  // Sometimes use libFuzzer's own mutations: they insert operands of the comparisons that the target made.
  if (seed % 8 == 0) return LLVMFuzzerMutate(data, size, maxSize);
  const auto changed = ringcast::fuzz::MutateWorkerInput({data, size}, seed);
  const auto kept = std::min(changed.size(), maxSize);
  std::copy_n(changed.begin(), kept, data);
  return kept;
}
