#include "ringcast/rtp/SendStatistics.hpp"

#include <algorithm>
#include <cstdlib>

#include "ringcast/rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

// A packet up to this much older than the newest timestamp is late or retransmitted; an older one means that
// the source has restarted.
constexpr std::int64_t kLongestDelaySeconds = 10;

// How long to wait for the sender report of a source: RFC 3550 section 6.3.1 allows 7.5 s between two
// reports. Timing derived from the arrival of packets would be off by their network delay, and receivers keep
// using it for a long time.
constexpr Duration kReportPatience = Seconds(8);

// Upper bound for the packets between two reports: more than the fastest stream sends in a minute.
constexpr std::int64_t kMostInInterval = 1'000'000;

std::int64_t Ahead(std::uint32_t timestamp, std::uint32_t of) {
  return static_cast<std::int32_t>(timestamp - of);
}

}  // namespace

void SendStatistics::Start(std::uint32_t timestamp, Instant now) {
  if (!started_) sourceSince_ = now;
  started_ = true;
  lastTimestamp_ = timestamp;
  lastSent_ = now;
}

void SendStatistics::OnSent(const SentTotals& packets, Instant now) {
  // Sender reports relate this pair of timestamp and send time to wall-clock time. The first packets of a
  // frame give the best estimate; a retransmitted packet gives none.
  const auto ahead = Ahead(packets.timestamp, lastTimestamp_);
  if (!started_ || ahead > 0 || -ahead > kLongestDelaySeconds * std::int64_t{clockRate_})
    Start(packets.timestamp, now);
  payloadOctets_ += packets.payloadBytes;
  rate_.Add(packets.bytes, now, packets.count);
}

std::optional<SenderInfo> SendStatistics::MakeSenderInfo(NtpTime ntp, std::optional<std::uint32_t> source,
                                                         Instant now) const {
  if (!started_) return std::nullopt;
  SenderInfo info;
  info.ntp = ntp;
  info.rtpTimestamp = lastTimestamp_ + ToClockUnits(now - lastSent_, clockRate_);
  if (source &&
      std::abs(Ahead(*source, info.rtpTimestamp)) <= kLongestDelaySeconds * std::int64_t{clockRate_}) {
    info.rtpTimestamp = *source;
  } else if (now - sourceSince_ < kReportPatience) {
    return std::nullopt;
  }
  info.packetCount = static_cast<std::uint32_t>(rate_.Packets());
  info.octetCount = static_cast<std::uint32_t>(payloadOctets_);
  return info;
}

std::optional<LossCount> SendStatistics::NextInterval(const ReportBlock& block) const {
  if (!reportedHighest_) return std::nullopt;
  const std::int64_t expected = Ahead(block.highestSequence, *reportedHighest_);
  if (expected < 0 || expected > kMostInInterval) return std::nullopt;
  // Duplicates and late packets reduce the difference.
  const std::int64_t lost = std::int64_t{block.cumulativeLost} - cumulativeLost_;
  return LossCount{expected, std::clamp<std::int64_t>(lost, 0, expected)};
}

std::optional<LossCount> SendStatistics::OnReport(const ReportBlock& block, std::uint32_t nowCompact) {
  lastInterval_ = NextInterval(block);
  reportedHighest_ = block.highestSequence;
  fractionLost_ = block.fractionLost;
  cumulativeLost_ = block.cumulativeLost;
  jitter_ = block.jitter;
  if (block.lastSenderReport != 0) {  // otherwise the receiver has not received a sender report yet
    roundTripTime_ = RoundTrip(nowCompact, block.lastSenderReport, block.delaySinceLastSenderReport);
  }
  return lastInterval_;
}

}  // namespace ringcast::rtp
