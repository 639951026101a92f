#include "ringcast/rtc/egress/GsoPlanner.hpp"

#include <algorithm>

#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::rtc {

void GsoPlanner::Plan(std::span<const std::uint32_t> sizes, std::span<const Stream> streams) {
  order_.clear();
  batches_.clear();
  batchFirst_ = 0;
  batchBytes_ = 0;
  PlanKind(sizes, streams, false);
  PlanKind(sizes, streams, true);
}

bool GsoPlanner::Fits(std::uint32_t size) const {
  return order_.size() - batchFirst_ < net::kMaxSegments && batchBytes_ + size <= net::kMaxRunBytes;
}

void GsoPlanner::Append(std::uint32_t index, std::uint32_t size) {
  order_.push_back(index);
  batchBytes_ += size;
}

void GsoPlanner::EndBatch() {
  const auto end = static_cast<std::uint32_t>(order_.size());
  if (end == batchFirst_) return;
  batches_.push_back({batchFirst_, end});
  batchFirst_ = end;
  batchBytes_ = 0;
}

void GsoPlanner::PlanKind(std::span<const std::uint32_t> sizes, std::span<const Stream> streams, bool video) {
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
      EndBatch();
    }
  }
}

void GsoPlanner::PlanMixed(std::span<const std::uint32_t> sizes) {
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
    EndBatch();
    std::erase_if(heads_, [](const Stream& head) { return head.first == head.last; });
  }
}

// Returns the stream whose next packet is the largest of those that share no batch with their successors:
// taking it costs no batch elsewhere, and smaller packets fit more batches. nullptr if there is none.
GsoPlanner::Stream* GsoPlanner::SinglePacketBelow(std::span<const std::uint32_t> sizes, std::uint32_t size) {
  Stream* best = nullptr;
  for (auto& head : heads_) {
    if (head.first == head.last || sizes[head.first] >= size) continue;
    const bool single = head.first + 1 == head.last || sizes[head.first + 1] != sizes[head.first];
    if (single && (best == nullptr || sizes[head.first] > sizes[best->first])) best = &head;
  }
  return best;
}

}  // namespace ringcast::rtc
