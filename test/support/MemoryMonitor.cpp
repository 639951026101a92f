#include "support/MemoryMonitor.hpp"

#include <atomic>
#include <cstddef>

#include "ringcast/base/Assert.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RINGCAST_COUNTS_MEMORY
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace ringcast::test {

namespace {

std::atomic<bool> counting = false;
std::atomic<std::int64_t> live = 0;

#ifdef RINGCAST_COUNTS_MEMORY

void OnMalloc(const volatile void* /*block*/, std::size_t size) {
  if (counting) live += static_cast<std::int64_t>(size);
}

void OnFree(const volatile void* block) {
  if (counting && block != nullptr) live -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(block));
}

#endif

}  // namespace

MemoryMonitor::MemoryMonitor() {
#ifdef RINGCAST_COUNTS_MEMORY
  static const int kInstalled = __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree);
  RC_ASSERT(kInstalled > 0);
#endif
  RC_ASSERT(!counting);
  live = 0;
  counting = true;
}

MemoryMonitor::~MemoryMonitor() { counting = false; }

bool MemoryMonitor::Available() {
#ifdef RINGCAST_COUNTS_MEMORY
  return true;
#else
  return false;
#endif
}

std::int64_t MemoryMonitor::LiveBytes() const { return live; }

}  // namespace ringcast::test
