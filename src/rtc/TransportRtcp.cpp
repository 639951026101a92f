// The RTCP half of Transport: reports by the clock (RFC 3550 section 6), and what peers' RTCP tells.

#include <algorithm>
#include <array>
#include <span>

#include "ringcast/rtc/Transport.hpp"

namespace ringcast::rtc {

namespace {

// Report intervals: RFC 3550 section 6.2 recommends 5 s; video senders need round trip and loss sooner
// (RFC 4585 section 3.4 lifts the minimum).
constexpr Duration kAudioReportInterval = Seconds(5);
constexpr Duration kVideoReportInterval = Seconds(1);

// Reports leave at multiples of this. A worker with many transports wakes up once for all that are due about
// then, not once for each: a wake-up costs more than the report.
constexpr Duration kReportGrid = Milliseconds(100);

Instant OnReportGrid(Instant at) {
  const auto grid = (at.time_since_epoch() + kReportGrid - Duration(1)) / kReportGrid;
  return Instant(grid * kReportGrid);
}

// Spread over 0.5 to 1.5 of the interval, so that the transports of a room do not speak in chorus
// (section 6.3.1); then moved to the grid.
Instant NextReport(Instant now, Duration interval, Random& random) {
  return OnReportGrid(now + interval / 2 + Duration(interval.count() * random.U16() / 65536));
}

// Returns the latest time that NextReport() can return.
Instant LatestReport(Instant now, Duration interval) { return OnReportGrid(now + interval * 3 / 2); }

// The transport's own name in reports that are no stream's: constant for its life, of 16 bytes at most.
std::string_view OwnCname(const std::string& id) { return std::string_view(id).substr(0, 16); }

}  // namespace

void Transport::ScheduleReports(Instant now) {
  if (producers_.empty() && consumers_.empty()) return Settle(now);
  const auto isVideo = [](const auto& entry) { return entry.second->Kind() == MediaKind::kVideo; };
  const bool video = std::any_of(producers_.begin(), producers_.end(), isVideo) ||
                     std::any_of(consumers_.begin(), consumers_.end(), isVideo);
  const Duration interval = video ? kVideoReportInterval : kAudioReportInterval;
  // A later report was scheduled while the transport had audio only: it would leave a video sender without
  // loss and round trip for up to 7.5 s.
  if (!nextReports_ || *nextReports_ > LatestReport(now, interval))
    nextReports_ = NextReport(now, interval, registry_.environment.random);
  Settle(now);
}

void Transport::SendReports(Instant now) {
  if (!Connected()) return;
  SendAllSenderReports(now);
  SendReceiverReports(now);
}

void Transport::SendAllSenderReports(Instant now) {
  senderReports_.clear();
  for (const auto& [id, consumer] : consumers_) {
    consumer->ForEachStream([this](const ConsumerStream& stream) { senderReports_.push_back(&stream); });
  }
  SendSenderReports(senderReports_, now);
}

// Of each stream SR and SDES, as section 6.1 wants; all of them together as far as they fit (RFC 8108
// section 5.3: one endpoint's streams may share a compound).
void Transport::SendSenderReports(std::span<const ConsumerStream* const> streams, Instant now) {
  const Instant time = SenderReportTime(now);
  const auto ntp = registry_.environment.wallClock.Ntp(time);
  std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
  rtcp::CompoundWriter compound(buffer);
  const auto send = [&] {
    if (!compound.Empty()) SendRtcp(ByteView(buffer).first(compound.Size()), now);
    compound = rtcp::CompoundWriter(buffer);
  };
  for (const auto* stream : streams) {
    const auto& consumer = stream->Owner();
    const auto info = consumer.MakeSenderInfo(*stream, ntp, time);
    if (!info) continue;
    const auto add = [&] {
      auto longer = compound;
      if (!longer.AddSenderReport(stream->OutputSsrc(), *info, {}) ||
          !longer.AddCname(stream->OutputSsrc(), consumer.Cname()))
        return false;
      compound = longer;
      return true;
    };
    if (add()) continue;
    send();
    // One that an empty compound does not take is left out: its receiver lacks a report, the others do not.
    static_cast<void>(add());
  }
  send();
}

void Transport::SendReceiverReports(Instant now) {
  reports_.clear();
  for (const auto& [id, producer] : producers_) producer->AppendReports(reports_, now);
  const std::span<const rtp::ReportBlock> all(reports_);
  for (std::size_t first = 0; first < all.size(); first += rtcp::CompoundWriter::kMaxBlocks) {
    std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
    rtcp::CompoundWriter writer(buffer);
    writer.AddReceiverReport(
        localSsrc_, all.subspan(first, std::min(rtcp::CompoundWriter::kMaxBlocks, all.size() - first)));
    writer.AddCname(localSsrc_, OwnCname(id_));
    // Receivers have no other way to measure a round trip (RFC 3611 section 4.4).
    if (first == 0) writer.AddReferenceTime(localSsrc_, registry_.environment.wallClock.Ntp(now));
    SendRtcp(std::span<const std::uint8_t>(buffer.data(), writer.Size()), now);
  }
  if (referenceTimes_.HasAnswers()) SendReferenceAnswers(now);
}

void Transport::SendReferenceAnswers(Instant now) {
  std::array<rtcp::CompoundWriter::DlrrItem, rtcp::ReferenceTimes::kMaxSources> items;
  const auto count = referenceTimes_.TakeAnswers(items, now);
  std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
  rtcp::CompoundWriter writer(buffer);
  BeginReport(writer);
  writer.AddDlrr(localSsrc_, std::span(items).first(count));
  SendRtcp(ByteView(buffer).first(writer.Size()), now);
}

// RFC 3550 section 6.3.7: who never sent anything says no good-bye.
void Transport::QueueBye(const Consumer& consumer) {
  if (!connected_) return;
  consumer.ForEachStream([this](const ConsumerStream& stream) {
    if (!stream.Started()) return;
    byes_.push_back(stream.OutputSsrc());
    if (const auto rtx = stream.RtxSsrc()) byes_.push_back(*rtx);
    timer_.ArmAt(Instant());
  });
}

// Section 6.6: last in a compound that begins with a report. The leaving sources may be others than its
// sender, as those of a mixer are.
void Transport::BeginReport(rtcp::CompoundWriter& writer) const {
  writer.AddReceiverReport(localSsrc_, {});
  writer.AddCname(localSsrc_, OwnCname(id_));
}

void Transport::SendByes(Instant now) {
  const std::span<const Ssrc> all(byes_);
  for (std::size_t first = 0; first < all.size(); first += rtcp::CompoundWriter::kMaxByeSources) {
    std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
    rtcp::CompoundWriter writer(buffer);
    BeginReport(writer);
    writer.AddBye(all.subspan(first, std::min(rtcp::CompoundWriter::kMaxByeSources, all.size() - first)));
    SendRtcp(ByteView(buffer).first(writer.Size()), now);
  }
  byes_.clear();
}

void Transport::SayGoodbye(Instant now) {
  for (const auto& [id, consumer] : consumers_) QueueBye(*consumer);
  SendByes(now);
}

void Transport::ReceiveRtcp(ByteView compound, Instant now) {
  rtcp::CompoundReader reader(compound);
  while (const auto message = reader.Next()) OnRtcpMessage(*message, now);
  if (reader.Malformed()) CountDrop(net::DropReason::kMalformedRtcp);
}

ConsumerStream* Transport::FindStream(Ssrc ssrc) const {
  const auto found = streamsBySsrc_.find(ssrc);
  return found == streamsBySsrc_.end() ? nullptr : found->second;
}

void Transport::OnReportBlocks(const rtcp::ReportBlocks& blocks, Instant now) {
  if (blocks.Size() == 0) return;
  const auto compactNow = registry_.environment.wallClock.Ntp(now).Compact();
  for (std::size_t i = 0; i < blocks.Size(); ++i) {
    const auto block = blocks.At(i);
    if (auto* stream = FindStream(block.ssrc)) stream->Owner().OnReport(*stream, block, compactNow);
  }
}

void Transport::OnRtcpMessage(const rtcp::Message& message, Instant now) {
  if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
    if (auto* producer = listener_.Find(report->sender)) {
      producer->OnSenderReport(report->sender,
                               {.ntp = report->ntp,
                                .rtpTimestamp = report->rtpTimestamp,
                                .packetCount = report->packetCount,
                                .octetCount = report->octetCount},
                               now);
    }
    OnReportBlocks(report->blocks, now);
  } else if (const auto* received = std::get_if<rtcp::ReceiverReport>(&message)) {
    OnReportBlocks(received->blocks, now);
  } else if (const auto* bye = std::get_if<rtcp::Bye>(&message)) {
    for (std::size_t i = 0; i < bye->Size(); ++i) {
      if (auto* producer = listener_.Find(bye->At(i))) producer->OnBye(bye->At(i), now);
    }
  } else if (const auto* picture = std::get_if<rtcp::PictureLoss>(&message)) {
    if (auto* stream = FindStream(picture->media)) stream->Owner().OnPictureLoss(*stream, now);
  } else if (const auto* intra = std::get_if<rtcp::FullIntraRequest>(&message)) {
    for (std::size_t i = 0; i < intra->Size(); ++i) {
      if (auto* stream = FindStream(intra->Media(i))) stream->Owner().OnFullIntraRequest(*stream, now);
    }
  } else if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
    if (auto* stream = FindStream(nack->media)) {
      retransmissions_.Refill(sent_.Bytes(), sent_.Rate(now));
      stream->Owner().OnNack(*stream, *nack, Out().Queue(), retransmissions_, drops_, now);
      if (Connected()) {
        SendAll(now);
      } else {
        Out().Queue().Clear();
      }
    }
  } else if (const auto* extended = std::get_if<rtcp::ExtendedReport>(&message)) {
    const auto compactNow = registry_.environment.wallClock.Ntp(now).Compact();
    if (referenceTimes_.OnReport(*extended, localSsrc_, compactNow, now)) {
      for (const auto& [id, producer] : producers_)
        producer->OnRoundTripTime(*referenceTimes_.RoundTripTime());
    }
  }
}

}  // namespace ringcast::rtc
