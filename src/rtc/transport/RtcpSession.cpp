#include "ringcast/rtc/transport/RtcpSession.hpp"

#include <algorithm>
#include <array>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtc {

namespace {

// Report intervals: RFC 3550 section 6.2 recommends 5 s; video senders need round trip and loss sooner
// (RFC 4585 section 3.4 lifts the minimum).
constexpr Duration kAudioReportInterval = Seconds(5);
constexpr Duration kVideoReportInterval = Seconds(1);

// Reports leave at multiples of this. A worker with many transports wakes up once for all that are due about
// then, not once for each: a wake-up costs more than the report.
constexpr Duration kReportGrid = Milliseconds(100);

// REMB counts its ssrcs in 8 bits.
constexpr std::size_t kMaxRembSources = 255;

Instant OnReportGrid(Instant at) {
  const auto grid = (at.time_since_epoch() + kReportGrid - Duration(1)) / kReportGrid;
  return Instant(grid * kReportGrid);
}

// Returns a time 0.5 to 1.5 intervals from now, so that the transports of a room do not report in chorus
// (RFC 3550 section 6.3.1), moved to the grid.
Instant NextReport(Instant now, Duration interval, Random& random) {
  return OnReportGrid(now + interval / 2 + Duration(interval.count() * random.U16() / 65536));
}

// Returns the latest time that NextReport() can return.
Instant LatestReport(Instant now, Duration interval) { return OnReportGrid(now + interval * 3 / 2); }

}  // namespace

// --- Reports ---

void RtcpSession::ScheduleReports(bool video, Random& random, Instant now) {
  const Duration interval = video ? kVideoReportInterval : kAudioReportInterval;
  // A later report was scheduled while the transport had audio only: it would leave a video sender without
  // loss and round trip for up to 7.5 s.
  if (!nextReports_ || *nextReports_ > LatestReport(now, interval))
    nextReports_ = NextReport(now, interval, random);
}

bool RtcpSession::TakeReportsDue(Instant now) {
  if (!nextReports_ || now < *nextReports_) return false;
  nextReports_.reset();
  return true;
}

const rtcp::CompoundList& RtcpSession::MakeSenderReports(std::span<const SenderReport> reports) {
  compounds_.Clear();
  auto compound = compounds_.Begin();
  for (const auto& report : reports) {
    const auto add = [&] {
      auto longer = compound;
      if (!longer.AddSenderReport(report.ssrc, report.info, {}) ||
          !longer.AddCname(report.ssrc, report.cname))
        return false;
      compound = longer;
      return true;
    };
    if (add()) continue;
    compounds_.Add(compound);
    compound = compounds_.Begin();
    // A report that does not fit an empty compound is omitted: only its receiver lacks it.
    static_cast<void>(add());
  }
  compounds_.Add(compound);
  return compounds_;
}

const rtcp::CompoundList& RtcpSession::MakeReceiverReports(std::span<const rtp::ReportBlock> blocks,
                                                           NtpTime ntp, Instant now) {
  constexpr auto kMaxBlocks = rtcp::CompoundWriter::kMaxBlocks;
  compounds_.Clear();
  for (std::size_t first = 0; first < blocks.size(); first += kMaxBlocks) {
    auto writer = compounds_.Begin();
    writer.AddReceiverReport(localSsrc_, blocks.subspan(first, std::min(kMaxBlocks, blocks.size() - first)));
    writer.AddCname(localSsrc_, cname_);
    if (first == 0) writer.AddReferenceTime(localSsrc_, ntp);
    compounds_.Add(writer);
  }
  if (referenceTimes_.HasAnswers()) {
    std::array<rtcp::CompoundWriter::DlrrItem, rtcp::ReferenceTimes::kMaxSources> items;
    const auto count = referenceTimes_.TakeAnswers(items, now);
    auto writer = compounds_.Begin();
    BeginReport(writer);
    writer.AddDlrr(localSsrc_, std::span(items).first(count));
    compounds_.Add(writer);
  }
  return compounds_;
}

std::optional<Duration> RtcpSession::OnExtendedReport(const rtcp::ExtendedReport& report,
                                                      std::uint32_t nowCompact, Instant now) {
  if (!referenceTimes_.OnReport(report, localSsrc_, nowCompact, now)) return std::nullopt;
  return referenceTimes_.RoundTripTime();
}

// Adds the empty report that a compound without other reports begins with (RFC 3550 section 6.1).
void RtcpSession::BeginReport(rtcp::CompoundWriter& writer) const {
  writer.AddReceiverReport(localSsrc_, {});
  writer.AddCname(localSsrc_, cname_);
}

// RFC 3550 section 6.6: BYE is the last packet of a compound that begins with a report. The leaving sources
// may differ from its sender, as those of a mixer do.
const rtcp::CompoundList& RtcpSession::MakeByes() {
  constexpr auto kMaxSources = rtcp::CompoundWriter::kMaxByeSources;
  compounds_.Clear();
  const std::span<const Ssrc> all(byes_);
  for (std::size_t first = 0; first < all.size(); first += kMaxSources) {
    auto writer = compounds_.Begin();
    BeginReport(writer);
    writer.AddBye(all.subspan(first, std::min(kMaxSources, all.size() - first)));
    compounds_.Add(writer);
  }
  byes_.clear();
  return compounds_;
}

// --- Feedback ---

void RtcpSession::Negotiate(const Feedback& feedback) {
  if (!feedback.transportWide) {
    arrivals_.reset();
  } else if (!arrivals_) {
    arrivals_.emplace();
  }
  // A sender that estimates by itself needs no estimate from us, but is held to the limit.
  using Use = RembSender::Use;
  remb_.SetUse(feedback.transportWide ? Use::kLimit : feedback.remb ? Use::kEstimate : Use::kNone);
  needsPackets_ = feedback.transportWide || feedback.remb;
  reducedSize_ = feedback.reducedSize;
}

bool RtcpSession::OnPacket(const rtp::Packet& packet, bool known, Instant now) {
  const auto before = NextFeedback();
  if (known) lastSource_ = packet.SenderSsrc();
  remb_.OnPacket(now);
  const auto value = arrivals_ ? packet.ExtensionValue(rtp::Extension::kTransportWideCc) : std::nullopt;
  // Two bytes; the second version of the extension, of four bytes, begins with the same two.
  if (value && value->size() >= 2) arrivals_->OnPacket(LoadU16(value->data()), packet.Arrival());
  return NextFeedback() != before;
}

// RFC 5506 section 3.4.1 allows feedback alone where both sides agreed on it. Otherwise RFC 3550's compound
// rule holds: a report first, which may be empty.
void RtcpSession::BeginFeedback(rtcp::CompoundWriter& writer) const {
  if (!reducedSize_) writer.AddReceiverReport(localSsrc_, {});
}

std::optional<Instant> RtcpSession::NextFeedback() const {
  return Earlier(remb_.NextTimeout(), arrivals_ ? arrivals_->NextTimeout() : std::nullopt);
}

const rtcp::CompoundList& RtcpSession::MakeTransportFeedback(Instant now) {
  compounds_.Clear();
  if (!arrivals_ || !arrivals_->OnTimeout(now)) return compounds_;
  while (true) {
    auto writer = compounds_.Begin();
    BeginFeedback(writer);
    // A sender looks only at feedback about one of its streams; any of them will do.
    if (!arrivals_->AddReport(writer, localSsrc_, lastSource_)) return compounds_;
    compounds_.Add(writer);
  }
}

const rtcp::CompoundList& RtcpSession::MakeRemb(DataRate bitrate, std::span<const Ssrc> sources) {
  compounds_.Clear();
  auto writer = compounds_.Begin();
  BeginFeedback(writer);
  RC_ASSERT(writer.AddRemb(localSsrc_, bitrate, sources.first(std::min(sources.size(), kMaxRembSources))));
  compounds_.Add(writer);
  return compounds_;
}

}  // namespace ringcast::rtc
