#include "ringcast/rtp/SenderClock.hpp"

#include <chrono>
#include <utility>

#include "ringcast/rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

// A TCP connection that stalls holds back what was sent meanwhile, one or two reports; more in a row are no
// accident.
constexpr std::uint8_t kLateReports = 3;

// Since 1900 or, from 2036 on, since the new era: only differences matter, and where the era changes the
// difference is a step of the clock like any other.
Duration WallClockOf(NtpTime ntp) {
  constexpr std::int64_t kHalf = std::int64_t{1} << 31;
  return Seconds(ntp.seconds) + Microseconds((std::int64_t{ntp.fraction} * 1'000'000 + kHalf) >> 32);
}

}  // namespace

SenderClock::SenderClock(std::uint32_t clockRate, std::shared_ptr<SourceClock> source)
    : clockRate_(clockRate), source_(source ? std::move(source) : std::make_shared<SourceClock>()) {}

Duration SenderClock::WallClockGain(Duration wallClock, std::uint32_t rtpTimestamp) const {
  const std::int64_t advance = static_cast<std::int32_t>(rtpTimestamp - timestamp_);
  return wallClock - reported_ - Microseconds(advance * 1'000'000 / clockRate_);
}

void SenderClock::OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant arrival) {
  const Duration wallClock = WallClockOf(ntp);
  const Duration measured = arrival.time_since_epoch() - wallClock;
  const Duration gain = WallClockGain(wallClock, rtpTimestamp);
  const Duration moved = measured - measured_;
  reported_ = wallClock;
  timestamp_ = rtpTimestamp;
  measured_ = measured;

  if (!offset_) {
    offset_ = source_->Join(measured, arrival);
    return;
  }
  // 1. The wall clock was set: what it gained on the timestamps is what the measurement lost. The stream's
  //    timing goes on as it was, and so does that of the source's other streams, when they tell the same.
  const Duration unexplained = std::chrono::abs(moved + gain);
  if (std::chrono::abs(gain) > ClockOffset::kTravel && unexplained <= ClockOffset::kTravel &&
      unexplained < std::chrono::abs(moved)) {
    offset_ = source_->Join(offset_->Value() - gain, arrival);
    late_ = 0;
    return;
  }
  // 2. As expected. If the timestamps jumped, that is what the report is there to tell.
  if (offset_->Fits(measured)) {
    offset_->Follow(measured, arrival);
    late_ = 0;
    return;
  }
  // 3. Too late for this clock. If it is too early, what was known of the clock was wrong.
  if (measured > offset_->Value() && ++late_ < kLateReports) return;
  offset_ = source_->Join(measured, arrival);
  late_ = 0;
}

std::optional<std::uint32_t> SenderClock::TimestampAt(Instant now) const {
  if (!offset_) return std::nullopt;
  return timestamp_ + ToClockUnits(now.time_since_epoch() - offset_->Value() - reported_, clockRate_);
}

std::optional<std::uint32_t> SenderClock::OffsetFrom(const SenderClock& other) const {
  if (!offset_ || offset_ != other.offset_ || clockRate_ != other.clockRate_) return std::nullopt;
  return timestamp_ + ToClockUnits(other.reported_ - reported_, clockRate_) - other.timestamp_;
}

}  // namespace ringcast::rtp
