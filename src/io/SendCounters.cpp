#include "io/SendCounters.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcast::io {

std::string ErrnoName(int error) {
  const char* const name = strerrorname_np(error);
  return name == nullptr ? std::to_string(error) : std::string(name);
}

SegmentationVerdict JudgeSegmentation(int error, net::Segments segments) {
  if (segments.Count() < 2) return SegmentationVerdict::kUnrelated;
  switch (error) {
    case EMSGSIZE:
      return SegmentationVerdict::kSplitThis;
    case EIO:
    case EINVAL:
    case EOPNOTSUPP:
      return SegmentationVerdict::kNotOnPath;
    default:
      return SegmentationVerdict::kUnrelated;
  }
}

net::EgressStats SendCounters::Snapshot() const {
  auto stats = stats_;
  for (const auto& [reason, count] : drops_) stats.drops.push_back({reason, count});
  for (const auto& [error, count] : errors_) stats.sendErrors.push_back({ErrnoName(error), count});
  return stats;
}

}  // namespace ringcast::io
