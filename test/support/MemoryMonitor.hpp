#pragma once

#include <cstdint>

namespace ringcast::test {

// Bytes on the heap that were allocated since the monitor was made, and not freed. Counted by the sanitizer's
// hooks: without one there is nothing to see. One at a time.
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
