#pragma once

#include <cstddef>
#include <functional>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TimerQueue.hpp"

namespace ringcast::worker {

// Returns freed memory to the system. The C library keeps it for later allocations unless it is at the end of
// the heap, which usually holds some small live object: after 10,000 unfinished handshakes, 725 MB of heap
// would stay resident for the life of the process.
class HeapTrimmer {
 public:
  // In bytes.
  struct Usage {
    std::size_t resident = 0;   // anonymous pages in memory
    std::size_t allocated = 0;  // allocated by the program
  };
  using Measure = std::function<Usage()>;
  using Trim = std::function<void()>;

  // Interval between two measurements. A measurement takes 0.1 ms at most.
  static constexpr Duration kInterval = Seconds(2);
  // Minimum amount to trim: resident memory that is not allocated, in excess of the rest after the last trim.
  // Trimming blocks the loop for about 0.1 ms per MB (30 ms for 300 MB), which is less than freeing that
  // memory took.
  static constexpr std::size_t kWorthTrimming = std::size_t{16} * 1024 * 1024;

  HeapTrimmer(TimerQueue& timers, Measure measure, Trim trim);

  // Call at the end of each loop iteration. Measures the heap, and trims it if worthwhile, when kInterval has
  // passed since the first iteration after the last measurement. An idle worker therefore measures once and
  // then sleeps.
  void OnTurnEnd(Instant now);

 private:
  [[nodiscard]] std::size_t Spare() const;

  Measure measure_;
  Trim trim_;
  Timer timer_;
  bool due_ = false;
  std::size_t least_;  // lowest unallocated resident memory since the last trim
};

// Returns the heap usage of this process, or zeros if the C library or the kernel does not report it.
[[nodiscard]] HeapTrimmer::Usage MeasureHeap();
void TrimHeap();

}  // namespace ringcast::worker
