#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Types.hpp"

namespace ringcast {

// Measures bits per second over the last second, and counts totals. The window consists of 100 ms buckets;
// the oldest bucket is weighted by the part of it that is still within the window. While a bucket fills, Add
// costs a few additions within half a cache line.
class RateMeter {
 public:
  void Add(std::size_t bytes, Instant now, std::size_t packets = 1) {
    if (now >= bucketEnd_) Advance(now);
    filling_ += bytes;
    bytes_ += bytes;
    packets_ += packets;
  }

  [[nodiscard]] DataRate Rate(Instant now);
  [[nodiscard]] std::uint64_t Bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t Packets() const { return packets_; }

 private:
  static constexpr Duration kBucket = Milliseconds(100);
  static constexpr std::size_t kBuckets =
      11;  // 10 buckets of 100 ms are one second; the 11th is the one that leaves the window

  void Advance(Instant now);
  [[nodiscard]] std::uint64_t& Bucket(std::int64_t number);

  Instant bucketEnd_{kBucket};
  std::uint64_t filling_ = 0;  // bytes in the current bucket
  std::uint64_t bytes_ = 0;
  std::uint64_t packets_ = 0;
  std::int64_t currentBucket_ = 0;
  std::uint64_t windowBytes_ = 0;  // sum of buckets_
  std::array<std::uint64_t, kBuckets>
      buckets_{};  // complete buckets, by bucket number; the current bucket's entry is 0
};

}  // namespace ringcast
