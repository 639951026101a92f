#include "ringcast/rtp/ReceiveStatistics.hpp"

#include <algorithm>

#include "ringcast/rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

static_assert(ReceiveStatistics::kMaxMisorder < ReceiveStatistics::kDuplicateWindow,
              "a packet that is accepted late must still be known as a duplicate");

}  // namespace

ReceiveStatistics::Accepted ReceiveStatistics::OnPacket(std::uint16_t sequenceNumber, std::uint32_t timestamp,
                                                        std::size_t bytes, Instant now) {
  if (!started_) {
    Restart(sequenceNumber);
    return Accept(highest_, timestamp, bytes, now);
  }
  const auto step = static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(highest_));
  const std::int64_t unwrapped = highest_ + step;
  if (step >= kMaxDropout || step < -kMaxMisorder) return OnJump(unwrapped, timestamp, bytes, now);

  if (step > 0) {
    Advance(step);
  } else if (Seen(-step)) {
    ++received_;  // late and duplicate packets count as received (RFC 3550 section 6.4.1)
    ++duplicates_;
    return {Verdict::kDuplicate, 0, false};
  }
  return Accept(unwrapped, timestamp, bytes, now);
}

ReceiveStatistics::Accepted ReceiveStatistics::OnRecovered(std::uint16_t sequenceNumber,
                                                           std::uint32_t timestamp, std::size_t bytes,
                                                           bool tracking, Instant now) {
  const auto step = static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(highest_));
  if (!started_ || step > kMaxDropout || step < -kMaxDropout) return {Verdict::kTooOld, 0, false};
  if (step > 0) return OnPacket(sequenceNumber, timestamp, bytes, now);
  if (-step < kDuplicateWindow) {
    if (Seen(-step)) return {Verdict::kDuplicate, 0, false};
    MarkSeen(-step);
  } else if (!tracking) {
    return {Verdict::kTooOld, 0, false};
  }
  return {Verdict::kAccepted, highest_ + step, false};
}

// RFC 3550 A.1: two packets in sequence mean that the source restarted without notice. No other packet may
// arrive between them, because a restarted source sends no packets of the old sequence.
ReceiveStatistics::Accepted ReceiveStatistics::OnJump(std::int64_t sequenceNumber, std::uint32_t timestamp,
                                                      std::size_t bytes, Instant now) {
  // Compares the 16-bit values: relative to highest_, the two may be on either side of the wrap-around.
  const bool confirmed = probationNext_ == static_cast<std::uint16_t>(sequenceNumber);
  if (!confirmed) {
    probationNext_ = static_cast<std::uint16_t>(sequenceNumber + 1);
    ++discarded_;
    const bool late = sequenceNumber < highest_ && highest_ - sequenceNumber < kMaxDropout;
    return {late ? Verdict::kTooOld : Verdict::kProbation, 0, false};
  }
  Restart(sequenceNumber);
  Accepted accepted = Accept(sequenceNumber, timestamp, bytes, now);
  accepted.restarted = true;
  return accepted;
}

ReceiveStatistics::Accepted ReceiveStatistics::Accept(std::int64_t sequenceNumber, std::uint32_t timestamp,
                                                      std::size_t bytes, Instant now) {
  MarkSeen(highest_ - sequenceNumber);
  probationNext_.reset();
  ++received_;
  rate_.Add(bytes, now);
  UpdateJitter(timestamp, now);
  return {Verdict::kAccepted, sequenceNumber, false};
}

void ReceiveStatistics::Restart(std::int64_t sequenceNumber) {
  started_ = true;
  base_ = sequenceNumber;
  highest_ = sequenceNumber;
  seenLow_ = 0;
  seenHigh_ = 0;
  received_ = 0;
  expectedPrior_ = 0;
  receivedPrior_ = 0;
  lastTransit_.reset();
}

void ReceiveStatistics::Advance(std::int64_t step) {
  highest_ += step;
  if (step >= kDuplicateWindow) {
    seenHigh_ = 0;
    seenLow_ = 0;
  } else if (step >= 64) {
    seenHigh_ = seenLow_ << (step - 64);
    seenLow_ = 0;
  } else {
    seenHigh_ = (seenHigh_ << step) | (seenLow_ >> (64 - step));
    seenLow_ <<= step;
  }
}

bool ReceiveStatistics::Seen(std::int64_t behind) const {
  return ((behind < 64 ? seenLow_ >> behind : seenHigh_ >> (behind - 64)) & 1U) != 0;
}

void ReceiveStatistics::MarkSeen(std::int64_t behind) {
  (behind < 64 ? seenLow_ : seenHigh_) |= std::uint64_t{1} << (behind & 63);
}

// RFC 3550 A.8, with the estimate in units of 1/16.
void ReceiveStatistics::UpdateJitter(std::uint32_t timestamp, Instant now) {
  const std::uint32_t transit = ToClockUnits(now.time_since_epoch(), clockRate_) - timestamp;
  if (lastTransit_) {
    // Both wrap; the signed 32-bit difference is the correct one.
    const auto difference = static_cast<std::int64_t>(static_cast<std::int32_t>(transit - *lastTransit_));
    jitterQ4_ += (difference < 0 ? -difference : difference) - ((jitterQ4_ + 8) >> 4);
  }
  lastTransit_ = transit;
}

void ReceiveStatistics::OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant now) {
  lastSrNtp_ = ntp;
  lastSrArrival_ = now;
  clock_.OnSenderReport(ntp, rtpTimestamp, now);
}

std::int64_t ReceiveStatistics::Expected() const { return started_ ? highest_ - base_ + 1 : 0; }

std::int64_t ReceiveStatistics::PacketsLost() const { return Expected() - received_; }

std::optional<ReportBlock> ReceiveStatistics::MakeReport(Instant now) {
  if (!started_) return std::nullopt;
  // RFC 3550 A.3.
  const std::int64_t expected = Expected();
  const std::int64_t expectedInterval = expected - expectedPrior_;
  const std::int64_t lostInterval = expectedInterval - (received_ - receivedPrior_);
  lastInterval_ = {expectedInterval, lostInterval};
  expectedPrior_ = expected;
  receivedPrior_ = received_;
  fractionLost_ = 0;
  if (expectedInterval > 0 && lostInterval > 0) {
    fractionLost_ =
        static_cast<std::uint8_t>(std::min<std::int64_t>(lostInterval * 256 / expectedInterval, 255));
  }

  constexpr std::int64_t kMostLost = 0x7FFFFF;  // 24 bits, signed
  ReportBlock block;
  block.ssrc = ssrc_;
  block.fractionLost = fractionLost_;
  block.cumulativeLost = static_cast<std::int32_t>(std::clamp(PacketsLost(), -kMostLost - 1, kMostLost));
  // The cycle count starts with the first packet, whatever the first unwrapped number is.
  block.highestSequence = static_cast<std::uint32_t>(highest_ - (base_ & ~std::int64_t{0xFFFF}));
  block.jitter = Jitter();
  if (lastSrNtp_) {
    block.lastSenderReport = lastSrNtp_->Compact();
    block.delaySinceLastSenderReport = InCompactNtpUnits(now - lastSrArrival_);
  }
  return block;
}

}  // namespace ringcast::rtp
