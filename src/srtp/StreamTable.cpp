#include "srtp/StreamTable.hpp"

#include <algorithm>

namespace ringcast::srtp {

std::optional<std::uint32_t> StreamTable::Touch(std::uint32_t ssrc) {
  const auto before = [](const Entry& entry, std::uint32_t value) { return entry.ssrc < value; };
  ++uses_;
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), ssrc, before);
  if (found != entries_.end() && found->ssrc == ssrc) {
    found->lastUse = uses_;
    return std::nullopt;
  }
  const auto dropped = MakeRoom();
  entries_.insert(std::lower_bound(entries_.begin(), entries_.end(), ssrc, before), {ssrc, uses_});
  return dropped;
}

std::optional<std::uint32_t> StreamTable::MakeRoom() {
  if (entries_.size() < capacity_) return std::nullopt;
  const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                       [](const Entry& a, const Entry& b) { return a.lastUse < b.lastUse; });
  const auto ssrc = oldest->ssrc;
  entries_.erase(oldest);
  return ssrc;
}

}  // namespace ringcast::srtp
