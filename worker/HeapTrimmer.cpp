#include "HeapTrimmer.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

// glibc has mallinfo2(3) since version 2.33.
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
#define RINGCAST_GLIBC_HEAP 1
#else
#define RINGCAST_GLIBC_HEAP 0
#endif

namespace ringcast::worker {

HeapTrimmer::HeapTrimmer(TimerQueue& timers, Measure measure, Trim trim)
    : measure_(std::move(measure)),
      trim_(std::move(trim)),
      timer_(timers, [this](Instant) { due_ = true; }),
      least_(Spare()) {}

void HeapTrimmer::OnTurnEnd(Instant now) {
  if (!std::exchange(due_, false)) {
    if (!timer_.Armed()) timer_.ArmAt(now + kInterval);
    return;
  }
  const auto spare = Spare();
  least_ = std::min(least_, spare);
  if (spare - least_ < kWorthTrimming) return;
  trim_();
  least_ = Spare();
}

std::size_t HeapTrimmer::Spare() const {
  const auto usage = measure_();
  return usage.resident - std::min(usage.resident, usage.allocated);
}

#if RINGCAST_GLIBC_HEAP

HeapTrimmer::Usage MeasureHeap() {
  // proc(5), statm: sizes in pages; the second number is the resident set, the third the part of it that is
  // backed by files.
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 128> text{};
  const auto size = read(file, text.data(), text.size() - 1);
  close(file);
  if (size <= 0) return {};
  std::array<std::size_t, 3> pages{};
  const char* place = text.data();
  const char* const end = place + size;
  for (auto& count : pages) {
    const auto [next, error] = std::from_chars(place, end, count);
    if (error != std::errc() || next == end) return {};
    place = next + 1;
  }
  const auto [total, resident, shared] = pages;
  const auto heap = mallinfo2();
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return {.resident = (resident - std::min(resident, shared)) * page,
          .allocated = heap.uordblks + heap.hblkhd};
}

void TrimHeap() { malloc_trim(0); }

#else

HeapTrimmer::Usage MeasureHeap() { return {}; }
void TrimHeap() {}

#endif

}  // namespace ringcast::worker
