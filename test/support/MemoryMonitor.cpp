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

std::atomic<bool> g_counting = false;
std::atomic<std::int64_t> g_live = 0;

#ifdef RINGCAST_COUNTS_MEMORY

void OnMalloc(const volatile void* /*block*/, std::size_t size) {
  if (g_counting) g_live += static_cast<std::int64_t>(size);
}

void OnFree(const volatile void* block) {
  if (g_counting && block != nullptr)
    g_live -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(block));
}

#endif

}  // namespace

MemoryMonitor::MemoryMonitor() {
#ifdef RINGCAST_COUNTS_MEMORY
  static const int kInstalled = __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree);
  RC_ASSERT(kInstalled > 0);
#endif
  RC_ASSERT(!g_counting);
  g_live = 0;
  g_counting = true;
}

MemoryMonitor::~MemoryMonitor() { g_counting = false; }

bool MemoryMonitor::Available() {
#ifdef RINGCAST_COUNTS_MEMORY
  return true;
#else
  return false;
#endif
}

std::int64_t MemoryMonitor::LiveBytes() const { return g_live; }

}  // namespace ringcast::test
