#include "ringcast/rtc/RunPlan.hpp"

#include <algorithm>

#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::rtc {

void RunPlan::Make(std::span<const std::uint32_t> sizes, std::span<const Stream> streams) {
  order_.clear();
  runs_.clear();
  runFirst_ = 0;
  runBytes_ = 0;
  PlanKind(sizes, streams, false);
  PlanKind(sizes, streams, true);
}

bool RunPlan::Fits(std::uint32_t size) const {
  return order_.size() - runFirst_ < net::kMaxSegments && runBytes_ + size <= net::kMaxRunBytes;
}

void RunPlan::Append(std::uint32_t index, std::uint32_t size) {
  order_.push_back(index);
  runBytes_ += size;
}

void RunPlan::EndRun() {
  const auto end = static_cast<std::uint32_t>(order_.size());
  if (end == runFirst_) return;
  runs_.push_back({runFirst_, end});
  runFirst_ = end;
  runBytes_ = 0;
}

void RunPlan::PlanKind(std::span<const std::uint32_t> sizes, std::span<const Stream> streams, bool video) {
  heads_.clear();
  for (const auto& stream : streams) {
    if (stream.video == video && stream.first != stream.last) heads_.push_back(stream);
  }
  if (heads_.size() > 1 && heads_.size() <= kMaxMixed) return PlanMixed(sizes);
  for (const auto& stream : heads_) {
    for (std::uint32_t i = stream.first; i < stream.last;) {
      const std::uint32_t size = sizes[i];
      while (i < stream.last && sizes[i] == size && Fits(size)) Append(i++, size);
      if (i < stream.last && sizes[i] < size && Fits(sizes[i])) {
        Append(i, sizes[i]);
        ++i;
      }
      EndRun();
    }
  }
}

void RunPlan::PlanMixed(std::span<const std::uint32_t> sizes) {
  while (!heads_.empty()) {
    std::uint32_t largest = 0;
    for (const auto& head : heads_) largest = std::max(largest, sizes[head.first]);
    for (auto& head : heads_) {
      while (head.first < head.last && sizes[head.first] == largest && Fits(largest))
        Append(head.first++, largest);
    }
    if (auto* const head = SinglePacketBelow(sizes, largest); head != nullptr && Fits(sizes[head->first])) {
      Append(head->first, sizes[head->first]);
      ++head->first;
    }
    EndRun();
    std::erase_if(heads_, [](const Stream& head) { return head.first == head.last; });
  }
}

// A packet that would make no run with its successor, so that taking it away costs no run elsewhere; the
// largest one, because the smaller ones fit more runs.
RunPlan::Stream* RunPlan::SinglePacketBelow(std::span<const std::uint32_t> sizes, std::uint32_t size) {
  Stream* best = nullptr;
  for (auto& head : heads_) {
    if (head.first == head.last || sizes[head.first] >= size) continue;
    const bool single = head.first + 1 == head.last || sizes[head.first + 1] != sizes[head.first];
    if (single && (best == nullptr || sizes[head.first] > sizes[best->first])) best = &head;
  }
  return best;
}

}  // namespace ringcast::rtc
