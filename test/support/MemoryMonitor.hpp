#pragma once

#include <cstdint>

namespace ringcast::test {

// Counts the heap bytes that were allocated since its construction and not freed, by the hooks of the
// sanitizer: without a sanitizer it counts nothing. Only one can exist at a time.
class MemoryMonitor {
 public:
  MemoryMonitor();
  ~MemoryMonitor();
  MemoryMonitor(const MemoryMonitor&) = delete;
  MemoryMonitor& operator=(const MemoryMonitor&) = delete;

  [[nodiscard]] static bool Available();
  [[nodiscard]] std::int64_t LiveBytes() const;
};

}  // namespace ringcast::test
