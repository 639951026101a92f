#include "ringcast/rtp/SenderClock.hpp"

#include <algorithm>

#include "rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

// Networks do not delay a report by more; farther apart, the source's clock was set.
constexpr Duration kClockStep = Seconds(1);

// Since 1900 or, from 2036 on, since the new era: only differences matter, and where the era changes the
// difference is a step of the clock like any other.
Duration WallClockOf(NtpTime ntp) {
  return Seconds(ntp.seconds) + Microseconds((std::int64_t{ntp.fraction} * 1'000'000) >> 32);
}

}  // namespace

void SenderClock::OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant arrival) {
  reported_ = WallClockOf(ntp);
  timestamp_ = rtpTimestamp;
  const Duration offset = arrival.time_since_epoch() - reported_;
  if (count_ != 0 && std::chrono::abs(offset - offset_) > kClockStep) count_ = 0;
  offsets_[count_ % kWindow] = offset;
  ++count_;
  offset_ = *std::min_element(offsets_.begin(),
                              offsets_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, kWindow)));
}

std::optional<std::uint32_t> SenderClock::TimestampAt(Instant now) const {
  if (count_ == 0) return std::nullopt;
  return timestamp_ + ToClockUnits(now.time_since_epoch() - offset_ - reported_, clockRate_);
}

std::optional<std::uint32_t> SenderClock::OffsetFrom(const SenderClock& other) const {
  if (count_ == 0 || other.count_ == 0 || clockRate_ != other.clockRate_) return std::nullopt;
  const auto apart = ToMicroseconds(other.reported_ - reported_) * clockRate_ / 1'000'000;
  return timestamp_ + static_cast<std::uint32_t>(apart) - other.timestamp_;
}

}  // namespace ringcast::rtp
