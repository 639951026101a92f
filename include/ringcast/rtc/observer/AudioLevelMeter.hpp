#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Time.hpp"
#include "ringcast/rtp/AudioLevel.hpp"

namespace ringcast::rtc {

// Averages the audio levels of one producer over an interval.
class AudioLevelMeter {
 public:
  void Add(const rtp::AudioLevel& level, Instant arrival) {
    if (count_ == 0) first_ = arrival;
    last_ = arrival;
    sum_ += level.attenuation;
    ++count_;
  }

  // Ends an interval of this length. Returns the mean level in dBov (-127 to 0), or nullopt if the packets
  // span less than a fifth of the interval: a single noise is no level of the whole interval.
  [[nodiscard]] std::optional<std::int8_t> Take(Duration interval) {
    const bool representative = count_ > 1 && (last_ - first_) * 5 >= interval;
    const auto mean = count_ == 0 ? 0 : (sum_ + count_ / 2) / count_;
    Reset();
    if (!representative) return std::nullopt;
    return static_cast<std::int8_t>(-static_cast<int>(mean));
  }
  void Reset() { sum_ = count_ = 0; }

 private:
  std::uint64_t sum_ = 0;  // of attenuations
  std::uint64_t count_ = 0;
  Instant first_{};
  Instant last_{};
};

}  // namespace ringcast::rtc
