#include <utility>
#include <variant>

#include "channel/Enums.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

Offset<FBS::RtpPacket::Dump> Packet(Builder& builder, const rtc::TracedPacket& packet) {
  const auto mid = TextIfAny(builder, packet.mid);
  const auto rid = TextIfAny(builder, packet.rid);
  const auto rrid = TextIfAny(builder, packet.repairedRid);
  FBS::RtpPacket::DumpBuilder table(builder);
  table.add_payload_type(packet.payloadType.Value());
  table.add_sequence_number(packet.sequenceNumber);
  table.add_timestamp(packet.timestamp);
  table.add_marker(packet.marker);
  table.add_ssrc(packet.ssrc.Value());
  table.add_is_key_frame(packet.keyFrame);
  table.add_size(packet.size);
  table.add_payload_size(packet.payloadSize);
  table.add_spatial_layer(packet.spatialLayer);
  table.add_temporal_layer(packet.temporalLayer);
  table.add_mid(mid);
  table.add_rid(rid);
  table.add_rrid(rrid);
  if (packet.transportSequenceNumber) table.add_wide_sequence_number(*packet.transportSequenceNumber);
  return table.Finish();
}

template <typename Table>
Offset<void> PacketInfo(Builder& builder, const rtc::TracedPacket& packet) {
  const auto dump = Packet(builder, packet);
  typename Table::Builder table(builder);
  table.add_rtp_packet(dump);
  table.add_is_rtx(packet.retransmission);
  return table.Finish().Union();
}

template <typename Table>
Offset<void> RequestInfo(Builder& builder, const rtc::TracedRequest& request) {
  typename Table::Builder table(builder);
  table.add_ssrc(request.ssrc.Value());
  return table.Finish().Union();
}

Offset<void> ReportInfo(Builder& builder, const rtc::TracedSenderReport& report) {
  return FBS::Producer::CreateSrTraceInfo(builder, report.ssrc.Value(), report.ntp.seconds,
                                          report.ntp.fraction, report.rtpTimestamp, report.packetCount,
                                          report.octetCount)
      .Union();
}

// Returns the union type and the table of an event's info.
std::pair<FBS::Producer::TraceInfo, Offset<void>> Info(Builder& builder,
                                                       const rtc::Trace<rtc::ProducerTraceEvent>& trace) {
  namespace fbs = FBS::Producer;
  if (const auto* packet = std::get_if<rtc::TracedPacket>(&trace.info)) {
    if (trace.event == rtc::ProducerTraceEvent::kKeyFrame)
      return {fbs::TraceInfo::KeyFrameTraceInfo, PacketInfo<fbs::KeyFrameTraceInfo>(builder, *packet)};
    return {fbs::TraceInfo::RtpTraceInfo, PacketInfo<fbs::RtpTraceInfo>(builder, *packet)};
  }
  if (const auto* request = std::get_if<rtc::TracedRequest>(&trace.info)) {
    if (trace.event == rtc::ProducerTraceEvent::kFir)
      return {fbs::TraceInfo::FirTraceInfo, RequestInfo<fbs::FirTraceInfo>(builder, *request)};
    return {fbs::TraceInfo::PliTraceInfo, RequestInfo<fbs::PliTraceInfo>(builder, *request)};
  }
  if (const auto* report = std::get_if<rtc::TracedSenderReport>(&trace.info))
    return {fbs::TraceInfo::SrTraceInfo, ReportInfo(builder, *report)};
  return {fbs::TraceInfo::NONE, {}};
}

std::pair<FBS::Consumer::TraceInfo, Offset<void>> Info(Builder& builder,
                                                       const rtc::Trace<rtc::ConsumerTraceEvent>& trace) {
  namespace fbs = FBS::Consumer;
  if (const auto* packet = std::get_if<rtc::TracedPacket>(&trace.info)) {
    if (trace.event == rtc::ConsumerTraceEvent::kKeyFrame)
      return {fbs::TraceInfo::KeyFrameTraceInfo, PacketInfo<fbs::KeyFrameTraceInfo>(builder, *packet)};
    return {fbs::TraceInfo::RtpTraceInfo, PacketInfo<fbs::RtpTraceInfo>(builder, *packet)};
  }
  if (const auto* request = std::get_if<rtc::TracedRequest>(&trace.info)) {
    if (trace.event == rtc::ConsumerTraceEvent::kFir)
      return {fbs::TraceInfo::FirTraceInfo, RequestInfo<fbs::FirTraceInfo>(builder, *request)};
    return {fbs::TraceInfo::PliTraceInfo, RequestInfo<fbs::PliTraceInfo>(builder, *request)};
  }
  return {fbs::TraceInfo::NONE, {}};
}

}  // namespace

Offset<FBS::Producer::TraceNotification> ToFbs(Builder& builder,
                                               const rtc::Trace<rtc::ProducerTraceEvent>& trace) {
  const auto [type, info] = Info(builder, trace);
  return FBS::Producer::CreateTraceNotification(builder, ToFbs(trace.event), trace.timestampMs,
                                                ToFbs(trace.direction), type, info);
}

Offset<FBS::Consumer::TraceNotification> ToFbs(Builder& builder,
                                               const rtc::Trace<rtc::ConsumerTraceEvent>& trace) {
  const auto [type, info] = Info(builder, trace);
  return FBS::Consumer::CreateTraceNotification(builder, ToFbs(trace.event), trace.timestampMs,
                                                ToFbs(trace.direction), type, info);
}

}  // namespace ringcast::channel
