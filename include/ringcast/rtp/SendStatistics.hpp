#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtp {

// Some packets of one stream that left together.
struct SentTotals {
  std::uint32_t timestamp = 0;  // of the last one
  std::size_t count = 0;
  std::size_t payloadBytes = 0;  // without headers and padding, as the sender report's octet count wants
  std::size_t bytes = 0;         // of whole packets, without the transport's own overhead
};

// What is known of one outgoing ssrc: sender report counters (RFC 3550 section 6.4.1) and what its receiver
// reported.
class SendStatistics {
 public:
  SendStatistics(Ssrc ssrc, std::uint32_t clockRate) : ssrc_(ssrc), clockRate_(clockRate) {}

  // The first packet is about to go out: from here on there is something to report.
  void Start(std::uint32_t timestamp, Instant now);

  void OnSent(const SentTotals& packets, Instant now);

  // Another stream of the source goes on in this one, whose sender reports have yet to come.
  void OnSourceChange(Instant now) { sourceSince_ = now; }

  // nullopt before the start. `source`: the source's own timestamp at `now`, in this stream's terms, where
  // its sender reports told it. Until they do there is nothing to report. When they have not for some
  // seconds, or if it is farther off than any delay explains, the time of the latest packet has to do.
  [[nodiscard]] std::optional<SenderInfo> MakeSenderInfo(NtpTime ntp, std::optional<std::uint32_t> source,
                                                         Instant now) const;

  // A report block about this ssrc. Round trip by RFC 3550 section 6.4.1: A - LSR - DLSR, `nowCompact` being
  // the middle 32 bits of the NTP time of arrival. Returns what became of the packets between this report and
  // the one before; nullopt: there is none before, or the receiver has begun to count anew.
  std::optional<LossCount> OnReport(const ReportBlock& block, std::uint32_t nowCompact);
  // The same, of the last report.
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

  // What OnSent() touches stands together, the first half of the meter with it: one line of the cache.
  Ssrc ssrc_;
  std::uint32_t clockRate_;
  std::uint32_t lastTimestamp_ = 0;
  bool started_ = false;
  Instant lastSent_{};
  std::uint64_t payloadOctets_ = 0;
  RateMeter rate_;
  Instant sourceSince_{};
  std::optional<std::uint32_t> reportedHighest_;  // of the last report
  std::optional<LossCount> lastInterval_;
  std::int32_t cumulativeLost_ = 0;
  std::uint8_t fractionLost_ = 0;
  std::uint32_t jitter_ = 0;
  std::optional<Duration> roundTripTime_;
};

}  // namespace ringcast::rtp
