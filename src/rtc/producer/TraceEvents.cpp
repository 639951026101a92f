#include "ringcast/rtc/producer/TraceEvents.hpp"

#include <string>

namespace ringcast::rtc {

namespace {

std::string TextOf(const rtp::Packet& packet, rtp::Extension extension) {
  const auto value = packet.ExtensionValue(extension);
  return value ? std::string(reinterpret_cast<const char*>(value->data()), value->size()) : std::string();
}

TracedPacket WithFacts(const TracedFacts& facts) {
  TracedPacket traced;
  traced.keyFrame = facts.keyFrame;
  traced.spatialLayer = facts.spatialLayer;
  traced.temporalLayer = facts.temporalLayer;
  traced.retransmission = facts.retransmission;
  return traced;
}

}  // namespace

TracedPacket DescribePacket(const rtp::Packet& packet, const TracedFacts& facts) {
  auto traced = WithFacts(facts);
  traced.payloadType = packet.PayloadType();
  traced.sequenceNumber = packet.SequenceNumber();
  traced.timestamp = packet.Timestamp();
  traced.marker = packet.Marker();
  traced.ssrc = packet.SenderSsrc();
  traced.size = packet.Size();
  traced.payloadSize = packet.PayloadSize();
  traced.mid = TextOf(packet, rtp::Extension::kMid);
  traced.rid = TextOf(packet, rtp::Extension::kRid);
  traced.repairedRid = TextOf(packet, rtp::Extension::kRepairedRid);
  const auto sequence = packet.ExtensionValue(rtp::Extension::kTransportWideCc);
  if (sequence && sequence->size() >= 2) traced.transportSequenceNumber = LoadU16(sequence->data());
  return traced;
}

TracedPacket DescribePacket(const rtp::Packet& packet, const rtp::RtpRewrite& rewrite,
                            const TracedFacts& facts) {
  auto traced = WithFacts(facts);
  traced.payloadType = rewrite.payloadType;
  traced.sequenceNumber = static_cast<std::uint16_t>(rewrite.sequenceNumber);
  traced.timestamp = rewrite.timestamp;
  traced.marker = rewrite.marker;
  traced.ssrc = rewrite.ssrc;
  traced.size = rtp::SerializedSize(packet, rewrite);
  traced.payloadSize = packet.PayloadSize();
  if (rewrite.extensions != nullptr && rewrite.extensions->Ids().Id(rtp::Extension::kMid))
    traced.mid = rewrite.extensions->Mid();
  return traced;
}

}  // namespace ringcast::rtc
