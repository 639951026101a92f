#include <cstddef>
#include <cstdint>

#include "support/fuzz/Targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::fuzz::FuzzSctp({data, size});
  return 0;
}
