#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtp {

// Totals of packets of one stream that were sent together.
struct SentTotals {
  std::uint32_t timestamp = 0;  // of the last packet
  std::size_t count = 0;
  std::size_t payloadBytes = 0;  // without headers and padding, as in the octet count of a sender report
  std::size_t bytes = 0;         // including headers, without transport overhead
};

// Statistics of one outgoing ssrc: the counters for sender reports (RFC 3550 section 6.4.1), and the contents
// of the receiver's reports.
class SendStatistics {
 public:
  SendStatistics(Ssrc ssrc, std::uint32_t clockRate) : ssrc_(ssrc), clockRate_(clockRate) {}

  // Call before the first packet is sent. Sender reports are possible from then on.
  void Start(std::uint32_t timestamp, Instant now);

  void OnSent(const SentTotals& packets, Instant now);

  // Call when the stream continues with another stream of the source, which has not sent a sender report yet.
  void OnSourceChange(Instant now) { sourceSince_ = now; }

  // Returns the contents of a sender report, or nullopt before Start(). `source` is the source's RTP
  // timestamp at `now`, converted to this stream, or nullopt if the source has not sent a sender report yet.
  // Without `source`, or if it differs by more than any delay explains, the function returns nullopt during
  // the first 8 s of a source and then extrapolates from the latest packet.
  [[nodiscard]] std::optional<SenderInfo> MakeSenderInfo(NtpTime ntp, std::optional<std::uint32_t> source,
                                                         Instant now) const;

  // Processes a report block about this ssrc. Computes the round trip time (RFC 3550 section 6.4.1: A - LSR -
  // DLSR); `nowCompact` is the middle 32 bits of the NTP time of arrival. Returns the loss between the
  // previous report and this one, or nullopt if there is no previous report or if the receiver has restarted
  // its counters.
  std::optional<LossCount> OnReport(const ReportBlock& block, std::uint32_t nowCompact);
  // Returns the loss of the last report.
  [[nodiscard]] LossCount LastInterval() const { return lastInterval_.value_or(LossCount()); }

  [[nodiscard]] Ssrc SenderSsrc() const { return ssrc_; }
  [[nodiscard]] std::uint32_t ClockRate() const { return clockRate_; }
  [[nodiscard]] RateMeter& Rate() { return rate_; }
  [[nodiscard]] std::uint64_t PacketCount() const { return rate_.Packets(); }
  [[nodiscard]] std::int32_t PacketsLost() const { return cumulativeLost_; }
  [[nodiscard]] std::uint8_t FractionLost() const { return fractionLost_; }
  [[nodiscard]] std::uint32_t Jitter() const { return jitter_; }
  [[nodiscard]] Duration JitterTime() const {
    return Microseconds(std::int64_t{jitter_} * 1'000'000 / clockRate_);
  }
  [[nodiscard]] std::optional<Duration> RoundTripTime() const { return roundTripTime_; }

 private:
  [[nodiscard]] std::optional<LossCount> NextInterval(const ReportBlock& block) const;

  // The members that OnSent() uses are adjacent, with the first half of the meter: one cache line.
  Ssrc ssrc_;
  std::uint32_t clockRate_;
  std::uint32_t lastTimestamp_ = 0;
  bool started_ = false;
  Instant lastSent_{};
  std::uint64_t payloadOctets_ = 0;
  RateMeter rate_;
  Instant sourceSince_{};
  std::optional<std::uint32_t> reportedHighest_;  // highest sequence number in the last report
  std::optional<LossCount> lastInterval_;
  std::int32_t cumulativeLost_ = 0;
  std::uint8_t fractionLost_ = 0;
  std::uint32_t jitter_ = 0;
  std::optional<Duration> roundTripTime_;
};

}  // namespace ringcast::rtp
