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
  // `source`: the clock that it shares with other streams, if any.
  ReceiveStatistics(Ssrc ssrc, std::uint32_t clockRate, std::shared_ptr<SourceClock> source = nullptr)
      : ssrc_(ssrc), clockRate_(clockRate), clock_(clockRate, std::move(source)) {}

  enum class Verdict : std::uint8_t {
    kAccepted,
    kDuplicate,
    kTooOld,     // more than kMaxMisorder behind, less than kMaxDropout
    kProbation,  // a jump farther than that. A second packet in sequence after either confirms a restart
                 // (A.1: bad_seq)
  };
  struct Accepted {
    Verdict verdict = Verdict::kAccepted;
    std::int64_t sequenceNumber = 0;  // unwrapped; valid with kAccepted
    bool restarted = false;           // the source jumped and was accepted anew: consumers must resynchronise
  };

  // `bytes`: whole RTP packet. A duplicate is seen within the last kDuplicateWindow packets.
  [[nodiscard]] Accepted OnPacket(std::uint16_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                  Instant now);

  // A packet that was lost and has come as a retransmission: it belongs to the stream, but reports leave it
  // lost. One that is newer than all of the stream counts like any other. kDuplicateWindow or more behind, it
  // may be a duplicate for all that is known here: then it is too old, unless the caller is `tracking` what
  // is missing and drops everything else.
  [[nodiscard]] Accepted OnRecovered(std::uint16_t sequenceNumber, std::uint32_t timestamp, std::size_t bytes,
                                     bool tracking, Instant now);

  void OnSenderReport(NtpTime ntp, std::uint32_t rtpTimestamp, Instant now);

  // What a receiver report says of this source now; starts a new interval. nullopt before the first packet.
  [[nodiscard]] std::optional<ReportBlock> MakeReport(Instant now);
  // Whether any packet came since (RFC 3550 section 6.4: such sources are reported).
  [[nodiscard]] bool HeardSinceReport() const { return received_ != receivedPrior_; }
  // Of the interval that the last report ended; what came after all makes the loss negative.
  [[nodiscard]] const LossCount& LastInterval() const { return lastInterval_; }

  [[nodiscard]] RateMeter& Rate() { return rate_; }
  [[nodiscard]] std::int64_t PacketsLost() const;  // expected - received, may be negative with duplicates
  [[nodiscard]] std::uint8_t FractionLost() const { return fractionLost_; }  // of the last report
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
  std::uint64_t seenLow_ = 0;   // bit n: highest_ - n was seen, n below 64
  std::uint64_t seenHigh_ = 0;  // n from 64
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
