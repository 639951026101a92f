#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Types.hpp"

namespace ringcast {

// Bits per second over the last second, and totals. The window is kept in buckets of 100 ms, the oldest of
// which leaves it evenly; adding costs a few adds, in half a line of the cache while a bucket fills.
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
  static constexpr std::size_t kBuckets = 11;  // 10 x 100 ms: one second; and the one that leaves it

  void Advance(Instant now);
  [[nodiscard]] std::uint64_t& Bucket(std::int64_t number);

  Instant bucketEnd_{kBucket};
  std::uint64_t filling_ = 0;  // of the current bucket
  std::uint64_t bytes_ = 0;
  std::uint64_t packets_ = 0;
  std::int64_t currentBucket_ = 0;
  std::uint64_t windowBytes_ = 0;                  // of the buckets below
  std::array<std::uint64_t, kBuckets> buckets_{};  // full ones, by number; the current one's is 0
};

}  // namespace ringcast
