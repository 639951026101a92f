#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace ringcast {

// The monotonic clock type of all modules below `io`. It has no now(): time is passed as an argument, so that
// a simulation runs faster than real time.
struct MonotonicClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using Duration = MonotonicClock::duration;
using Instant = MonotonicClock::time_point;

constexpr Duration Microseconds(std::int64_t count) { return Duration(count); }
constexpr Duration Milliseconds(std::int64_t count) { return Duration(count * 1000); }
constexpr Duration Seconds(std::int64_t count) { return Duration(count * 1'000'000); }

constexpr std::int64_t ToMicroseconds(Duration duration) { return duration.count(); }
constexpr std::int64_t ToMilliseconds(Duration duration) { return duration.count() / 1000; }

// Returns milliseconds since the clock's origin, as statistics report them.
constexpr std::uint64_t ToTimestampMs(Instant instant) {
  return static_cast<std::uint64_t>(instant.time_since_epoch().count() / 1000);
}

// Returns the earlier of two optional deadlines, or nullopt if both are.
constexpr std::optional<Instant> Earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// 64-bit NTP timestamp (RFC 5905 section 6): seconds since 1900-01-01, and their fraction in units of 2^-32
// s.
struct NtpTime {
  std::uint32_t seconds = 0;
  std::uint32_t fraction = 0;

  // Returns the middle 32 bits, the format of LSR and DLSR (RFC 3550 section 6.4.1) and of the XR blocks, in
  // units of 1/65536 s.
  [[nodiscard]] constexpr std::uint32_t Compact() const { return (seconds << 16) | (fraction >> 16); }

  friend constexpr bool operator==(const NtpTime&, const NtpTime&) = default;
};

// Maps monotonic time to wall-clock time by an offset read once at start, so that a step of the system clock
// does not break the relation between the NTP and RTP timestamps of sender reports.
class WallClock {
 public:
  // `unixTimeAtOrigin` is the wall-clock time since 1970-01-01 at Instant{}.
  constexpr explicit WallClock(Duration unixTimeAtOrigin = Duration::zero()) : origin_(unixTimeAtOrigin) {}

  [[nodiscard]] constexpr Duration UnixTime(Instant now) const { return origin_ + now.time_since_epoch(); }

  [[nodiscard]] constexpr NtpTime Ntp(Instant now) const {
    constexpr std::uint64_t kUnixEpochInNtpSeconds = 2'208'988'800;  // RFC 868: seconds from 1900 to 1970
    const auto micros = static_cast<std::uint64_t>(UnixTime(now).count());
    const std::uint64_t seconds = micros / 1'000'000 + kUnixEpochInNtpSeconds;
    const std::uint64_t fraction = ((micros % 1'000'000) << 32) / 1'000'000;
    return {static_cast<std::uint32_t>(seconds), static_cast<std::uint32_t>(fraction)};
  }

 private:
  Duration origin_;
};

}  // namespace ringcast
