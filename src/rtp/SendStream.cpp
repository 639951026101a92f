#include "ringcast/rtp/SendStream.hpp"

#include <algorithm>

#include "rtp/ClockUnits.hpp"

namespace ringcast::rtp {
namespace {

// How far behind the newest timestamp a packet is taken for a late or repeated one; farther, the source
// started anew.
constexpr std::int64_t kLongestDelaySeconds = 10;

}  // namespace

void SendStream::OnSent(std::uint32_t timestamp, std::size_t payloadBytes, std::size_t bytes, Instant now) {
  // Sender reports relate this pair to wall-clock time. The first packet of a frame says best when the frame
  // was sent, and a packet that is sent again says nothing.
  const auto ahead = static_cast<std::int64_t>(static_cast<std::int32_t>(timestamp - lastTimestamp_));
  if (packets_ == 0 || ahead > 0 || -ahead > kLongestDelaySeconds * static_cast<std::int64_t>(clockRate_)) {
    lastTimestamp_ = timestamp;
    lastSent_ = now;
  }
  ++packets_;
  payloadOctets_ += payloadBytes;
  rate_.Add(bytes, now);
}

std::optional<SenderInfo> SendStream::MakeSenderInfo(NtpTime ntp, Instant now) const {
  if (packets_ == 0) return std::nullopt;
  SenderInfo info;
  info.ntp = ntp;
  info.rtpTimestamp = lastTimestamp_ + ToClockUnits(now - lastSent_, clockRate_);
  info.packetCount = static_cast<std::uint32_t>(packets_);
  info.octetCount = static_cast<std::uint32_t>(payloadOctets_);
  return info;
}

void SendStream::OnReport(const ReportBlock& block, std::uint32_t nowCompact) {
  fractionLost_ = block.fractionLost;
  cumulativeLost_ = block.cumulativeLost;
  jitter_ = block.jitter;
  if (block.lastSenderReport == 0) return;  // the receiver has had no sender report yet
  const std::uint32_t roundTrip = nowCompact - block.lastSenderReport - block.delaySinceLastSenderReport;
  // Rounding on both sides can make a short one negative.
  const std::int64_t units = std::max(static_cast<std::int32_t>(roundTrip), 0);
  roundTripTime_ = Microseconds(units * 1'000'000 / 65'536);
}

}  // namespace ringcast::rtp
