#include "ringcast/sctp/ReceivedTsns.hpp"

#include <algorithm>
#include <iterator>

namespace ringcast::sctp {

bool ReceivedTsns::IsDuplicate(std::int64_t tsn) const {
  if (tsn <= cumulative_) return true;
  const auto after = ranges_.upper_bound(tsn);
  return after != ranges_.begin() && tsn <= std::prev(after)->second;
}

bool ReceivedTsns::HasRoom(std::int64_t tsn) const {
  return tsn == cumulative_ + 1 || (tsn - cumulative_ <= kMaxDistance && ranges_.size() < kMaxRanges);
}

void ReceivedTsns::Add(std::int64_t tsn) {
  const auto after = ranges_.upper_bound(tsn);
  const bool extendsBefore = after != ranges_.begin() && std::prev(after)->second == tsn - 1;
  const bool extendsAfter = after != ranges_.end() && after->first == tsn + 1;
  if (extendsBefore) {
    auto before = std::prev(after);
    before->second = extendsAfter ? after->second : tsn;
    if (extendsAfter) ranges_.erase(after);
  } else if (extendsAfter) {
    const auto last = after->second;
    ranges_.erase(after);
    ranges_.emplace(tsn, last);
  } else {
    ranges_.emplace(tsn, tsn);
  }
  Absorb();
}

void ReceivedTsns::NoteDuplicate(std::int64_t tsn) {
  if (duplicates_.size() < kMaxDuplicates) duplicates_.push_back(static_cast<std::uint32_t>(tsn));
}

void ReceivedTsns::AdvanceTo(std::int64_t tsn) {
  if (tsn <= cumulative_) return;
  cumulative_ = tsn;
  while (!ranges_.empty() && ranges_.begin()->first <= tsn) {
    cumulative_ = std::max(cumulative_, ranges_.begin()->second);
    ranges_.erase(ranges_.begin());
  }
  Absorb();
}

void ReceivedTsns::Absorb() {
  while (!ranges_.empty() && ranges_.begin()->first == cumulative_ + 1) {
    cumulative_ = ranges_.begin()->second;
    ranges_.erase(ranges_.begin());
  }
}

void ReceivedTsns::WriteSack(PacketWriter& writer, std::uint32_t receiveWindow) {
  constexpr std::size_t kFixed = kChunkHeaderSize + 12;
  const std::size_t room = writer.Remaining() > kFixed ? (writer.Remaining() - kFixed) / 4 : 0;
  std::size_t gaps = 0;
  for (auto range = ranges_.begin(); range != ranges_.end() && gaps < room; ++range, ++gaps) {
    if (range->second - cumulative_ > kMaxDistance) break;
  }
  const std::size_t duplicates = std::min(duplicates_.size(), room - gaps);
  writer.Begin(ChunkType::kSack);
  writer.U32(static_cast<std::uint32_t>(cumulative_));
  writer.U32(receiveWindow);
  writer.U16(static_cast<std::uint16_t>(gaps));
  writer.U16(static_cast<std::uint16_t>(duplicates));
  auto range = ranges_.begin();
  for (std::size_t i = 0; i < gaps; ++i, ++range) {
    writer.U16(static_cast<std::uint16_t>(range->first - cumulative_));
    writer.U16(static_cast<std::uint16_t>(range->second - cumulative_));
  }
  for (std::size_t i = 0; i < duplicates; ++i) writer.U32(duplicates_[i]);
  writer.End();
  duplicates_.clear();
}

}  // namespace ringcast::sctp
