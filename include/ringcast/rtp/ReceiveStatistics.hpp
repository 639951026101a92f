#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/Reports.hpp"
#include "ringcast/rtp/SenderClock.hpp"

namespace ringcast::rtp {

// Reception statistics of one ssrc, for receiver reports (RFC 3550 sections 6.4.1, A.1, A.3 and A.8).
class ReceiveStatistics {
 public:
  // `source`: the clock that this stream shares with other streams, if any.
  ReceiveStatistics(Ssrc ssrc, std::uint32_t clockRate, std::shared_ptr<SourceClock> source = nullptr)
      : ssrc_(ssrc), clockRate_(clockRate), clock_(clockRate, std::move(source)) {}

  enum class Verdict : std::uint8_t {
    kAccepted,
    kDuplicate,
    kTooOld,  // more than kMaxMisorder but less than kMaxDropout behind
    // A larger jump. After either of the last two, a second packet in sequence confirms a restart (A.1:
    // bad_seq).
    kProbation,
  };
  struct Accepted {
    Verdict verdict = Verdict::kAccepted;
    std::int64_t sequenceNumber = 0;  // unwrapped; valid with kAccepted
    bool restarted = false;  // the sequence numbers of the source restarted: consumers must resynchronise
  };

  // Processes a packet of `bytes` bytes, header included. Detects duplicates within the last kDuplicateWindow
  // packets.
  [[nodiscard]] Accepted OnPacket(std::uint16_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                  Instant now);

  // Processes a lost packet that was recovered by a retransmission. It belongs to the stream, but reports
  // still count it as lost. A packet that is newer than all others counts like a normal packet. A packet that
  // is kDuplicateWindow or more behind may be a duplicate; it is rejected as too old, unless the caller is
  // `tracking` the missing packets and drops all others.
  [[nodiscard]] Accepted OnRecovered(std::uint16_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                     bool tracking, Instant now);

  void OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant now);

  // Returns the report block for this source and starts a new interval. Returns nullopt before the first
  // packet.
  [[nodiscard]] std::optional<ReportBlock> MakeReport(Instant now);
  // Returns true if a packet arrived since the last report (RFC 3550 section 6.4: only such sources are
  // reported).
  [[nodiscard]] bool HeardSinceReport() const { return received_ != receivedPrior_; }
  // Returns the loss in the interval that the last report ended. It is negative if more late or
  // duplicate packets arrived than were lost.
  [[nodiscard]] const LossCount& LastInterval() const { return lastInterval_; }

  [[nodiscard]] RateMeter& Rate() { return rate_; }
  [[nodiscard]] std::int64_t PacketsLost() const;  // expected - received, may be negative with duplicates
  [[nodiscard]] std::uint8_t FractionLost() const { return fractionLost_; }  // in the last report
  [[nodiscard]] std::uint32_t Jitter() const { return static_cast<std::uint32_t>(jitterQ4_ >> 4); }
  [[nodiscard]] Duration JitterTime() const {
    return Microseconds(std::int64_t{Jitter()} * 1'000'000 / clockRate_);
  }
  [[nodiscard]] std::uint64_t Duplicates() const { return duplicates_; }
  [[nodiscard]] std::uint64_t Discarded() const { return discarded_; }
  [[nodiscard]] const SenderClock& Clock() const { return clock_; }

  static constexpr std::int64_t kMaxDropout = 3000;  // RFC 3550 A.1 MAX_DROPOUT
  static constexpr std::int64_t kMaxMisorder = 100;  // RFC 3550 A.1 MAX_MISORDER
  static constexpr std::int64_t kDuplicateWindow = 128;

 private:
  [[nodiscard]] Accepted Accept(std::int64_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                Instant now);
  [[nodiscard]] Accepted OnJump(std::int64_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                Instant now);
  void Restart(std::int64_t sequenceNumber);
  void Advance(std::int64_t step);
  [[nodiscard]] bool Seen(std::int64_t behind) const;
  void MarkSeen(std::int64_t behind);
  void UpdateJitter(std::uint32_t timestamp, Instant now);
  [[nodiscard]] std::int64_t Expected() const;

  Ssrc ssrc_;
  std::uint32_t clockRate_;
  SenderClock clock_;
  RateMeter rate_;
  bool started_ = false;
  std::int64_t base_ = 0;
  std::int64_t highest_ = 0;
  std::uint64_t seenLow_ = 0;   // bit n: highest_ - n was received, for n below 64
  std::uint64_t seenHigh_ = 0;  // the same for n from 64 to 127
  std::optional<std::uint16_t> probationNext_;
  std::int64_t received_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t discarded_ = 0;
  std::int64_t expectedPrior_ = 0;
  std::int64_t receivedPrior_ = 0;
  LossCount lastInterval_;
  std::uint8_t fractionLost_ = 0;
  std::int64_t jitterQ4_ = 0;
  std::optional<std::uint32_t> lastTransit_;
  std::optional<NtpTime> lastSrNtp_;
  Instant lastSrArrival_{};
};

}  // namespace ringcast::rtp
