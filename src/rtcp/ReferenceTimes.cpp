#include "ringcast/rtcp/ReferenceTimes.hpp"

#include <algorithm>

namespace ringcast::rtcp {
namespace {

constexpr std::size_t kSubBlockSize = 12;  // ssrc, last RR, delay since last RR (RFC 3611 section 4.5)

}  // namespace

bool ReferenceTimes::OnReport(const ExtendedReport& report, Ssrc localSsrc, std::uint32_t nowCompact,
                              Instant now) {
  if (report.referenceTime) {
    std::erase_if(received_, [&](const Received& received) { return received.ssrc == report.sender; });
    if (received_.size() == kMaxSources) received_.erase(received_.begin());
    received_.push_back({report.sender, report.referenceTime->Compact(), now});
  }
  bool measured = false;
  for (ByteView rest = report.dlrr; rest.size() >= kSubBlockSize; rest = rest.subspan(kSubBlockSize)) {
    const std::uint32_t lastReference = LoadU32(&rest[4]);
    // Zero: the peer has received no RRTR block from us.
    if (Ssrc(LoadU32(rest.data())) != localSsrc || lastReference == 0) continue;
    const Duration roundTrip = rtp::RoundTrip(nowCompact, lastReference, LoadU32(&rest[8]));
    if (roundTrip > kMaxRoundTrip) continue;
    roundTripTime_ = roundTrip;
    measured = true;
  }
  return measured;
}

std::size_t ReferenceTimes::TakeAnswers(std::span<CompoundWriter::DlrrItem> out, Instant now) {
  const std::size_t count = std::min(out.size(), received_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Received& received = received_[i];
    out[i] = {received.ssrc, received.reference, rtp::InCompactNtpUnits(now - received.arrival)};
  }
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

}  // namespace ringcast::rtcp
