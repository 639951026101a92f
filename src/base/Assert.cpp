#include "ringcast/base/Assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace ringcast {

void AssertionFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace ringcast
