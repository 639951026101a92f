#include "ringcast/rtc/producer/ProducerEvents.hpp"

#include "ringcast/base/Log.hpp"

namespace ringcast::rtc {

void ProducerEvents::NoteOrientation(const rtp::Packet& packet) {
  const auto value = packet.ExtensionValue(rtp::Extension::kVideoOrientation);
  const auto orientation = value ? rtp::ParseVideoOrientation(*value) : std::nullopt;
  if (!orientation || orientation == orientation_) return;
  orientation_ = orientation;
  notifier_.ProducerVideoOrientation(id_, *orientation);
}

void ProducerEvents::TracePacket(const RoutedPacket& routed, bool retransmission) {
  const auto& frame = routed.frame;
  const auto event = selected_.ForPacket(frame.keyFrame);
  if (!event) return;
  const TracedFacts facts{.keyFrame = frame.keyFrame,
                          .spatialLayer = frame.spatialLayer,
                          .temporalLayer = frame.temporalLayer,
                          .retransmission = retransmission};
  Trace(*event, TraceDirection::kIn, DescribePacket(routed.packet, facts), routed.packet.Arrival());
}

void ProducerEvents::OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now) {
  if (!selected_.Has(ProducerTraceEvent::kSr)) return;
  Trace(ProducerTraceEvent::kSr, TraceDirection::kIn,
        TracedSenderReport{ssrc, info.ntp, info.rtpTimestamp, info.packetCount, info.octetCount}, now);
}

void ProducerEvents::OnKeyFrameRequestSent(KeyFrameRequest request, Ssrc ssrc, Instant now) {
  ++keyFrameRequests_.sent;
  log::Debug(log::Tag::kRtcp, "producer ", id_, ": requested a key frame of ssrc ", ssrc.Value(), " by ",
             request == KeyFrameRequest::kPli ? "PLI" : "FIR");
  const auto event = request == KeyFrameRequest::kPli ? ProducerTraceEvent::kPli : ProducerTraceEvent::kFir;
  if (selected_.Has(event)) Trace(event, TraceDirection::kOut, TracedRequest{ssrc}, now);
}

void ProducerEvents::OnKeyFrameRequestSuppressed(Ssrc ssrc) {
  ++keyFrameRequests_.suppressed;
  log::Debug(log::Tag::kRtcp, "producer ", id_, ": suppressed a key-frame request for ssrc ", ssrc.Value(),
             ", the previous one is too recent");
}

void ProducerEvents::OnActive(const RtpStreamParams& stream) const {
  log::Debug(log::Tag::kRtp, "producer ", id_, ": stream of ssrc ", stream.ssrc.Value(), ", encoding ",
             stream.encodingIdx, ", is active");
}

void ProducerEvents::OnInactive(const RtpStreamParams& stream) const {
  log::Debug(log::Tag::kRtp, "producer ", id_, ": stream of ssrc ", stream.ssrc.Value(), ", encoding ",
             stream.encodingIdx, ", is inactive");
}

void ProducerEvents::OnNackSent(Instant now) {
  if (selected_.Has(ProducerTraceEvent::kNack))
    Trace(ProducerTraceEvent::kNack, TraceDirection::kOut, {}, now);
}

void ProducerEvents::Trace(ProducerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now) {
  notifier_.ProducerTrace(id_, {event, ToTimestampMs(now), direction, std::move(info)});
}

}  // namespace ringcast::rtc
