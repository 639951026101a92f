#include "ringcast/rtp/SenderClock.hpp"

#include <chrono>
#include <utility>

#include "ringcast/rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

// A stalled TCP connection delays one or two reports. More consecutive late reports mean that the clock has
// changed.
constexpr std::uint8_t kLateReports = 3;

// Seconds since 1900 or, from 2036 on, since the start of the new era. Only differences are used, and the
// change of the era is handled like any other step of the clock.
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
  // 1. The wall clock was set: the measurement decreased by the amount that the wall clock gained on the
  //    timestamps. The timing of the stream is unchanged, and so is that of the source's other streams once
  //    they report the same step.
  const Duration unexplained = std::chrono::abs(moved + gain);
  if (std::chrono::abs(gain) > ClockOffset::kTravel && unexplained <= ClockOffset::kTravel &&
      unexplained < std::chrono::abs(moved)) {
    offset_ = source_->Join(offset_->Value() - gain, arrival);
    late_ = 0;
    return;
  }
  // 2. The measurement fits. If the timestamps jumped, the report gives the new mapping.
  if (offset_->Fits(measured)) {
    offset_->Follow(measured, arrival);
    late_ = 0;
    return;
  }
  // 3. The report is late for this clock: ignore a few of them. If it is early, the offset was wrong.
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
