#pragma once

#include <sys/resource.h>

#include "ringcast/base/Assert.hpp"
#include "support/LoopbackSocket.hpp"

namespace ringcast::test {

// Prevents the process from opening descriptors. Do not use CHECK meanwhile: sanitizers may need descriptors.
class NoDescriptors {
 public:
  NoDescriptors() {
    RC_ASSERT(getrlimit(RLIMIT_NOFILE, &old_) == 0);
    const LoopbackSocket lowest;
    const rlimit none{.rlim_cur = static_cast<rlim_t>(lowest.Descriptor()), .rlim_max = old_.rlim_max};
    RC_ASSERT(setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &old_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit old_{};
};

}  // namespace ringcast::test
