#include "ringcast/base/RateMeter.hpp"

#include <algorithm>
#include <utility>

namespace ringcast {

DataRate RateMeter::Rate(Instant now) {
  Advance(now);
  // The buckets cover one second plus the elapsed part of the current bucket. Subtract the same part of the
  // oldest bucket, assuming that its bytes were spread evenly.
  const Duration passed =
      std::clamp(now.time_since_epoch() - currentBucket_ * kBucket, Duration::zero(), kBucket);
  const std::uint64_t oldest = Bucket(currentBucket_ + 1);
  const std::uint64_t left =
      oldest * static_cast<std::uint64_t>(passed.count()) / static_cast<std::uint64_t>(kBucket.count());
  return DataSize::Of(windowBytes_ + filling_ - left) / Seconds(1);
}

std::uint64_t& RateMeter::Bucket(std::int64_t number) {
  return buckets_[static_cast<std::size_t>(number) % kBuckets];
}

void RateMeter::Advance(Instant now) {
  // If time goes backwards, count into the current bucket.
  const std::int64_t target = std::max(currentBucket_, now.time_since_epoch() / kBucket);
  if (target == currentBucket_) return;
  Bucket(currentBucket_) = filling_;
  windowBytes_ += std::exchange(filling_, 0);
  // After a gap longer than the window, clear each bucket once instead of once for each elapsed bucket.
  currentBucket_ = std::max(currentBucket_, target - static_cast<std::int64_t>(kBuckets));
  while (currentBucket_ < target) {
    ++currentBucket_;
    windowBytes_ -= std::exchange(Bucket(currentBucket_), 0);
  }
  bucketEnd_ = Instant((currentBucket_ + 1) * kBucket);
}

}  // namespace ringcast
