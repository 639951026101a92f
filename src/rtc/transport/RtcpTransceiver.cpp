#include "ringcast/rtc/transport/RtcpTransceiver.hpp"

#include <algorithm>
#include <array>
#include <variant>

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

RtcpTransceiver::RtcpTransceiver(WorkerContext& context, Transport& transport, std::string_view cname)
    : context_(context), transport_(transport), session_(Ssrc(context.environment.random.U32()), cname) {}

void RtcpTransceiver::Send(const rtcp::CompoundList& compounds, Instant now) {
  for (std::size_t i = 0; i < compounds.Size(); ++i) transport_.SendRtcp(compounds.At(i), now);
}

std::optional<Instant> RtcpTransceiver::NextTimeout() const {
  // Before the peer is known there is no one to send feedback to.
  return transport_.Connected() ? Earlier(session_.NextReports(), session_.NextFeedback())
                                : session_.NextReports();
}

void RtcpTransceiver::OnTimeout(Instant now) {
  SendFeedback(now);
  if (!session_.TakeReportsDue(now)) return;
  if (transport_.Connected()) {
    SendSenderReports(now);
    SendReceiverReports(now);
  }
  ScheduleReports(now);
}

void RtcpTransceiver::Describe(TransportStats& stats) const {
  stats.availableIncomingBitrate = session_.AdvisedBitrate();
  stats.maxIncomingBitrate = session_.MaxIncomingBitrate();
}

// --- Reports ---

void RtcpTransceiver::ScheduleReports(Instant now) {
  const auto& producers = transport_.Producers();
  const auto& consumers = transport_.Consumers();
  if (producers.empty() && consumers.empty()) return;
  const auto isVideo = [](const auto& entry) { return entry.second->Kind() == MediaKind::kVideo; };
  const bool video = std::any_of(producers.begin(), producers.end(), isVideo) ||
                     std::any_of(consumers.begin(), consumers.end(), isVideo);
  session_.ScheduleReports(video, context_.environment.random, now);
}

void RtcpTransceiver::SendSenderReports(Instant now) {
  reportedStreams_.clear();
  for (const auto& entry : transport_.Consumers()) {
    auto& consumer = *entry.second;
    consumer.ForEachStream([&](ConsumerStream& stream) { reportedStreams_.push_back({&consumer, &stream}); });
  }
  SendSenderReports(reportedStreams_, now);
}

void RtcpTransceiver::SendSenderReport(const OutgoingStream& outgoing, Instant now) {
  SendSenderReports(std::array{outgoing}, now);
}

void RtcpTransceiver::SendSenderReports(std::span<const OutgoingStream> streams, Instant now) {
  const Instant time = transport_.SenderReportTime(now);
  const auto ntp = context_.environment.wallClock.Ntp(time);
  senderReports_.clear();
  for (const auto& [consumer, stream] : streams) {
    if (const auto report = consumer->MakeSenderReport(*stream, ntp, time)) senderReports_.push_back(*report);
  }
  Send(session_.MakeSenderReports(senderReports_), now);
}

void RtcpTransceiver::SendReceiverReports(Instant now) {
  reportBlocks_.clear();
  for (const auto& [id, producer] : transport_.Producers()) producer->AppendReports(reportBlocks_, now);
  Send(session_.MakeReceiverReports(reportBlocks_, context_.environment.wallClock.Ntp(now), now), now);
}

// RFC 3550 section 6.3.7: a participant that never sent anything sends no BYE.
bool RtcpTransceiver::QueueByes(const Consumer& consumer) {
  if (!transport_.Connected()) return false;
  bool queued = false;
  consumer.ForEachStream([&](const ConsumerStream& stream) {
    if (!stream.Started()) return;
    session_.QueueBye(stream.OutputSsrc());
    if (const auto rtx = stream.RtxSsrc()) session_.QueueBye(*rtx);
    queued = true;
  });
  return queued;
}

void RtcpTransceiver::SendByes(Instant now) { Send(session_.MakeByes(), now); }

void RtcpTransceiver::SayGoodbye(Instant now) {
  for (const auto& [id, consumer] : transport_.Consumers()) static_cast<void>(QueueByes(*consumer));
  SendByes(now);
}

// --- Feedback for the senders of producers ---

void RtcpTransceiver::Negotiate() {
  RtcpSession::Feedback feedback;
  for (const auto& [id, producer] : transport_.Producers()) {
    feedback.transportWide |= Negotiated(*producer, "transport-cc") &&
                              producer->Extensions().Id(rtp::Extension::kTransportWideCc).has_value();
    feedback.remb |= Negotiated(*producer, "goog-remb");
    feedback.reducedSize = feedback.reducedSize && producer->Parameters().rtcp.reducedSize;
  }
  session_.Negotiate(feedback);
}

Status RtcpTransceiver::SetMaxIncomingBitrate(std::optional<DataRate> limit, Instant now) {
  if (transport_.Kind() == TransportKind::kDirect) {
    return GenericError("transport \"" + transport_.Id() +
                        "\" is a direct transport: what the controller sends has no maximum bitrate");
  }
  session_.SetMaxIncomingBitrate(limit, now);
  SendFeedback(now);
  transport_.Settle(now);
  return OkStatus();
}

void RtcpTransceiver::SendFeedback(Instant now) {
  if (!transport_.Connected()) return;
  Send(session_.MakeTransportFeedback(now), now);
  const auto bitrate = session_.TakeRembDue(transport_.Traffic().rtpReceived.Rate(now), now);
  if (!bitrate) return;
  rembSources_.clear();
  for (const auto& [id, producer] : transport_.Producers()) producer->Streams().AppendSsrcs(rembSources_);
  Send(session_.MakeRemb(*bitrate, rembSources_), now);
}

// --- RTCP of the peer ---

void RtcpTransceiver::Receive(ByteView compound, Instant now) {
  rtcp::CompoundReader reader(compound);
  while (const auto message = reader.Next()) OnMessage(*message, now);
  if (reader.Malformed()) transport_.CountDrop(net::DropReason::kMalformedRtcp);
}

void RtcpTransceiver::OnSenderReport(const rtcp::SenderReport& report, Instant now) {
  if (auto* producer = transport_.Receiver().Find(report.sender)) {
    producer->OnSenderReport(report.sender,
                             {.ntp = report.ntp,
                              .rtpTimestamp = report.rtpTimestamp,
                              .packetCount = report.packetCount,
                              .octetCount = report.octetCount},
                             now);
  }
  OnReportBlocks(report.blocks, now);
}

void RtcpTransceiver::OnReportBlocks(const rtcp::ReportBlocks& blocks, Instant now) {
  if (blocks.Size() == 0) return;
  const auto& streams = transport_.Sender().Streams();
  const auto compactNow = context_.environment.wallClock.Ntp(now).Compact();
  for (std::size_t i = 0; i < blocks.Size(); ++i) {
    const auto block = blocks.At(i);
    if (const auto* found = streams.Find(block.ssrc))
      found->consumer->OnReport(*found->stream, block, compactNow);
  }
}

void RtcpTransceiver::OnMessage(const rtcp::Message& message, Instant now) {
  const auto& streams = transport_.Sender().Streams();
  if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
    OnSenderReport(*report, now);
  } else if (const auto* received = std::get_if<rtcp::ReceiverReport>(&message)) {
    OnReportBlocks(received->blocks, now);
  } else if (const auto* bye = std::get_if<rtcp::Bye>(&message)) {
    for (std::size_t i = 0; i < bye->Size(); ++i) {
      if (auto* producer = transport_.Receiver().Find(bye->At(i))) producer->OnBye(bye->At(i), now);
    }
  } else if (const auto* picture = std::get_if<rtcp::PictureLoss>(&message)) {
    if (const auto* found = streams.Find(picture->media))
      found->consumer->OnKeyFrameRequest(*found->stream, ConsumerTraceEvent::kPli, now);
  } else if (const auto* intra = std::get_if<rtcp::FullIntraRequest>(&message)) {
    for (std::size_t i = 0; i < intra->Size(); ++i) {
      if (const auto* found = streams.Find(intra->Media(i)))
        found->consumer->OnKeyFrameRequest(*found->stream, ConsumerTraceEvent::kFir, now);
    }
  } else if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
    if (const auto* found = streams.Find(nack->media)) transport_.Sender().OnNack(*found, *nack, now);
  } else if (const auto* extended = std::get_if<rtcp::ExtendedReport>(&message)) {
    const auto compactNow = context_.environment.wallClock.Ntp(now).Compact();
    if (const auto roundTrip = session_.OnExtendedReport(*extended, compactNow, now)) {
      for (const auto& [id, producer] : transport_.Producers())
        producer->Streams().SetRoundTripTime(*roundTrip);
    }
  }
}

}  // namespace ringcast::rtc
