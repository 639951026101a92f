#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "ringcast/base/Time.hpp"

// Sizes, bitrates and durations that are computed with each other:
//   size / duration = rate    size / rate = duration    rate * duration = size
// A result that its type cannot hold is the type's largest or smallest value, because bitrates come from
// peers (REMB) and from the controller. Fractions are dropped.
namespace ringcast {

// Bytes. May be negative: the debt of a budget.
class DataSize {
 public:
  constexpr DataSize() = default;
  constexpr explicit DataSize(std::int64_t bytes) : bytes_(bytes) {}

  // Returns the size of a buffer.
  [[nodiscard]] static constexpr DataSize Of(std::uint64_t bytes) {
    return DataSize(static_cast<std::int64_t>(std::min(bytes, static_cast<std::uint64_t>(kMax))));
  }

  [[nodiscard]] constexpr std::int64_t Bytes() const { return bytes_; }

  friend constexpr auto operator<=>(const DataSize&, const DataSize&) = default;
  friend constexpr DataSize operator+(DataSize a, DataSize b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.bytes_, b.bytes_, &sum)) sum = b.bytes_ < 0 ? kMin : kMax;
    return DataSize(sum);
  }
  friend constexpr DataSize operator-(DataSize a, DataSize b) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.bytes_, b.bytes_, &difference)) difference = b.bytes_ < 0 ? kMax : kMin;
    return DataSize(difference);
  }
  friend constexpr DataSize operator*(DataSize size, std::int64_t factor) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(size.bytes_, factor, &product))
      product = (size.bytes_ < 0) == (factor < 0) ? kMax : kMin;
    return DataSize(product);
  }
  constexpr DataSize& operator+=(DataSize other) { return *this = *this + other; }
  constexpr DataSize& operator-=(DataSize other) { return *this = *this - other; }

 private:
  static constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

  std::int64_t bytes_ = 0;
};

// Bits per second.
class DataRate {
 public:
  constexpr DataRate() = default;
  constexpr explicit DataRate(std::uint64_t bitsPerSecond) : bitsPerSecond_(bitsPerSecond) {}

  [[nodiscard]] static constexpr DataRate Max() {
    return DataRate(std::numeric_limits<std::uint64_t>::max());
  }

  // Returns bits per second.
  [[nodiscard]] constexpr std::uint64_t Value() const { return bitsPerSecond_; }

  friend constexpr auto operator<=>(const DataRate&, const DataRate&) = default;
  friend constexpr DataRate operator+(DataRate a, DataRate b) {
    const std::uint64_t sum = a.bitsPerSecond_ + b.bitsPerSecond_;
    return sum < a.bitsPerSecond_ ? Max() : DataRate(sum);
  }
  // Returns 0 if `b` is the larger one.
  friend constexpr DataRate operator-(DataRate a, DataRate b) {
    return DataRate(a.bitsPerSecond_ - std::min(a.bitsPerSecond_, b.bitsPerSecond_));
  }
  // `factor` is not negative.
  friend constexpr DataRate operator*(DataRate rate, double factor) {
    const double product = static_cast<double>(rate.bitsPerSecond_) * factor;
    return product < kTooLarge ? DataRate(static_cast<std::uint64_t>(std::max(product, 0.0))) : Max();
  }
  constexpr DataRate& operator+=(DataRate other) { return *this = *this + other; }
  constexpr DataRate& operator-=(DataRate other) { return *this = *this - other; }

 private:
  static constexpr double kTooLarge = 18'446'744'073'709'551'616.0;  // 2^64

  std::uint64_t bitsPerSecond_ = 0;
};

namespace detail {

__extension__ using Wide = __int128;

// Bits per second times microseconds, for one byte.
inline constexpr std::int64_t kBitMicrosecondsPerByte = 8 * 1'000'000;

[[nodiscard]] constexpr std::int64_t Clamp(Wide value) {
  constexpr Wide kMin = std::numeric_limits<std::int64_t>::min();
  constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(value, kMin, kMax));
}

}  // namespace detail

// Returns DataRate::Max() for a duration of 0, and 0 for a negative quotient.
[[nodiscard]] constexpr DataRate operator/(DataSize size, Duration duration) {
  if (size <= DataSize()) return DataRate();
  if (duration == Duration::zero()) return DataRate::Max();
  const auto quotient = detail::Wide{size.Bytes()} * detail::kBitMicrosecondsPerByte / duration.count();
  constexpr detail::Wide kMax = std::numeric_limits<std::uint64_t>::max();
  return DataRate(static_cast<std::uint64_t>(std::clamp(quotient, detail::Wide{0}, kMax)));
}

// Returns Duration::max() for a rate of 0 and a size above 0.
[[nodiscard]] constexpr Duration operator/(DataSize size, DataRate rate) {
  if (size == DataSize()) return Duration::zero();
  if (rate == DataRate()) return size < DataSize() ? Duration::min() : Duration::max();
  const auto bits = detail::Wide{size.Bytes()} * detail::kBitMicrosecondsPerByte;
  return Duration(detail::Clamp(bits / detail::Wide{rate.Value()}));
}

[[nodiscard]] constexpr DataSize operator*(DataRate rate, Duration duration) {
  const auto bits = detail::Wide{rate.Value()} * duration.count();
  return DataSize(detail::Clamp(bits / detail::kBitMicrosecondsPerByte));
}

// Returns how many times `b` is contained in `a`; `b` is not 0.
[[nodiscard]] constexpr double operator/(DataRate a, DataRate b) {
  return static_cast<double>(a.Value()) / static_cast<double>(b.Value());
}

}  // namespace ringcast
