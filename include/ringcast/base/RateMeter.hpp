#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Types.hpp"

namespace ringcast {

// Bits per second over the last second, and totals. Adding costs a few adds; the window is kept in buckets of
// 50 ms, the oldest of which leaves it evenly.
class RateMeter {
 public:
  void Add(std::size_t bytes, Instant now);

  [[nodiscard]] DataRate Rate(Instant now);
  [[nodiscard]] std::uint64_t Bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t Packets() const { return packets_; }

 private:
  static constexpr Duration kBucket = Milliseconds(50);
  static constexpr std::size_t kBuckets = 21;  // 20 x 50 ms: one second; and the one that is being filled

  void Advance(Instant now);
  [[nodiscard]] std::uint64_t& Bucket(std::int64_t number);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t windowBytes_ = 0;
  std::int64_t currentBucket_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace ringcast
