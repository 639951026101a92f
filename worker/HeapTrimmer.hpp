#pragma once

#include <cstddef>
#include <functional>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/TimerQueue.hpp"

namespace ringcast::worker {

// Returns freed memory to the system. The C library keeps it for later allocations unless it lies at the end
// of the heap, where some small live object usually is: 10,000 unfinished handshakes, 725 MB of heap, would
// stay resident for the life of the process.
class HeapTrimmer {
 public:
  // In bytes.
  struct Usage {
    std::size_t resident = 0;   // anonymous pages in memory
    std::size_t allocated = 0;  // by the program
  };
  using Measure = std::function<Usage()>;
  using Trim = std::function<void()>;

  // Between two measurements. One costs 0.1 ms at most.
  static constexpr Duration kInterval = Seconds(2);
  // Resident memory that is not allocated, in excess of what remained after the last trim. Trimming stops the
  // loop for about 0.1 ms per MB (30 ms for 300 MB), less than the release itself took.
  static constexpr std::size_t kWorthTrimming = std::size_t{16} * 1024 * 1024;

  HeapTrimmer(TimerQueue& timers, Measure measure, Trim trim);

  // Call at the end of each loop turn. Measures, and trims if worthwhile, once kInterval has passed since the
  // first turn after the last measurement. So an idle worker measures once and then sleeps.
  void OnTurnEnd(Instant now);

 private:
  [[nodiscard]] std::size_t Spare() const;

  Measure measure_;
  Trim trim_;
  Timer timer_;
  bool due_ = false;
  std::size_t least_;  // spare memory since the last trim
};

// Of this process. All zeros where the C library or the kernel does not say.
[[nodiscard]] HeapTrimmer::Usage MeasureHeap();
void TrimHeap();

}  // namespace ringcast::worker
