#pragma once

#include <algorithm>
#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast {

// Token bucket that admits `perSecond` events on average and `burst` at once. It starts full.
class TokenBucket {
 public:
  constexpr TokenBucket(std::int64_t perSecond, std::int64_t burst)
      : perSecond_(perSecond), full_(burst * kToken), credit_(burst * kToken) {}

  // Takes a token. Returns false if none is left.
  [[nodiscard]] constexpr bool Take(Instant now) {
    Refill(now);
    if (credit_ < kToken) return false;
    credit_ -= kToken;
    return true;
  }

 private:
  static constexpr std::int64_t kToken = 1'000'000;  // scaled so that each microsecond adds `perSecond`

  constexpr void Refill(Instant now) {
    if (now <= last_) return;
    const std::int64_t elapsed = ToMicroseconds(now - last_);
    last_ = now;
    // Compares by division, because the product overflows after a long time.
    const bool fills = perSecond_ > 0 && elapsed >= full_ / perSecond_ + 1;
    credit_ = fills ? full_ : std::min(full_, credit_ + elapsed * perSecond_);
  }

  std::int64_t perSecond_;
  std::int64_t full_;
  std::int64_t credit_;
  Instant last_{};
};

}  // namespace ringcast
