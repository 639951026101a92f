// The RTCP half of Transport: hands reports and feedback between the peer, its producers and its consumers.

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "ringcast/rtc/transport/Transport.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

bool Negotiated(const Producer& producer, std::string_view feedback) {
  const auto& codecs = producer.Parameters().codecs;
  return std::any_of(codecs.begin(), codecs.end(),
                     [feedback](const auto& codec) { return HasFeedback(codec, feedback); });
}

}  // namespace

// --- Reports ---

void Transport::SendCompounds(const rtcp::CompoundList& compounds, Instant now) {
  for (std::size_t i = 0; i < compounds.Size(); ++i) SendRtcp(compounds.At(i), now);
}

void Transport::ScheduleReports(Instant now) {
  if (producers_.empty() && consumers_.empty()) return Settle(now);
  const auto isVideo = [](const auto& entry) { return entry.second->Kind() == MediaKind::kVideo; };
  const bool video = std::any_of(producers_.begin(), producers_.end(), isVideo) ||
                     std::any_of(consumers_.begin(), consumers_.end(), isVideo);
  rtcp_.ScheduleReports(video, context_.environment.random, now);
  Settle(now);
}

void Transport::SendReports(Instant now) {
  if (!Connected()) return;
  SendAllSenderReports(now);
  reports_.clear();
  for (const auto& [id, producer] : producers_) producer->AppendReports(reports_, now);
  SendCompounds(rtcp_.MakeReceiverReports(reports_, context_.environment.wallClock.Ntp(now), now), now);
}

void Transport::SendAllSenderReports(Instant now) {
  reportedStreams_.clear();
  for (const auto& [id, consumer] : consumers_) {
    consumer->ForEachStream([this](const ConsumerStream& stream) { reportedStreams_.push_back(&stream); });
  }
  SendSenderReports(reportedStreams_, now);
}

void Transport::SendSenderReports(std::span<const ConsumerStream* const> streams, Instant now) {
  const Instant time = SenderReportTime(now);
  const auto ntp = context_.environment.wallClock.Ntp(time);
  senderReports_.clear();
  for (const auto* stream : streams) {
    const auto& consumer = stream->Owner();
    if (const auto info = consumer.MakeSenderInfo(*stream, ntp, time))
      senderReports_.push_back({stream->OutputSsrc(), *info, consumer.Cname()});
  }
  SendCompounds(rtcp_.MakeSenderReports(senderReports_), now);
}

// RFC 3550 section 6.3.7: a participant that never sent anything sends no BYE.
void Transport::QueueBye(const Consumer& consumer) {
  if (!connected_) return;
  consumer.ForEachStream([this](const ConsumerStream& stream) {
    if (!stream.Started()) return;
    rtcp_.QueueBye(stream.OutputSsrc());
    if (const auto rtx = stream.RtxSsrc()) rtcp_.QueueBye(*rtx);
    timer_.ArmAt(Instant());
  });
}

void Transport::SayGoodbye(Instant now) {
  for (const auto& [id, consumer] : consumers_) QueueBye(*consumer);
  SendCompounds(rtcp_.MakeByes(), now);
}

// --- Feedback for the senders of producers ---

void Transport::NegotiateFeedback() {
  RtcpSession::Feedback feedback;
  for (const auto& [id, producer] : producers_) {
    feedback.transportWide |= Negotiated(*producer, "transport-cc") &&
                              producer->Extensions().Id(rtp::Extension::kTransportWideCc).has_value();
    feedback.remb |= Negotiated(*producer, "goog-remb");
    feedback.reducedSize = feedback.reducedSize && producer->Parameters().rtcp.reducedSize;
  }
  rtcp_.Negotiate(feedback);
}

Status Transport::SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now) {
  if (Kind() == TransportKind::kDirect) {
    return GenericError("transport \"" + id_ +
                        "\" is a direct transport: what the controller sends has no maximum bitrate");
  }
  rtcp_.SetMaxIncomingBitrate(limit, now);
  SendFeedback(now);
  Settle(now);
  return OkStatus();
}

void Transport::SendFeedback(Instant now) {
  if (!Connected()) return;
  SendCompounds(rtcp_.MakeTransportFeedback(now), now);
  const auto bitrate = rtcp_.TakeRembDue(rtpReceived_.Rate(now), now);
  if (!bitrate) return;
  rembSources_.clear();
  for (const auto& [id, producer] : producers_) producer->AppendSsrcs(rembSources_);
  SendCompounds(rtcp_.MakeRemb(*bitrate, rembSources_), now);
}

// --- RTCP of the peer ---

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
  const auto compactNow = context_.environment.wallClock.Ntp(now).Compact();
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
    const auto compactNow = context_.environment.wallClock.Ntp(now).Compact();
    if (const auto roundTrip = rtcp_.OnExtendedReport(*extended, compactNow, now)) {
      for (const auto& [id, producer] : producers_) producer->OnRoundTripTime(*roundTrip);
    }
  }
}

}  // namespace ringcast::rtc
