#include "ringcast/rtc/transport/MediaReceiver.hpp"

#include <utility>

#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

using net::DropReason;

void MediaReceiver::Receive(net::PacketRef buffer, Instant now) {
  auto packet = rtp::Packet::Parse(std::move(buffer));
  if (!packet) return transport_.CountDrop(DropReason::kMalformedRtp);
  auto* producer = listener_.Identify(*packet);
  // A packet without a producer has used up a transport-wide sequence number all the same. The deadline of
  // feedback changes once in an interval, not with each packet.
  auto& rtcp = transport_.Rtcp();
  if (rtcp.NeedsPackets() && rtcp.OnPacket(*packet, producer != nullptr, now)) transport_.Settle(now);
  if (producer == nullptr) return transport_.CountDrop(DropReason::kUnknownStream);
  Deliver(*producer, std::move(*packet), now);
}

void MediaReceiver::Deliver(Producer& producer, rtp::Packet packet, Instant now) {
  transport_.Traffic().rtpReceived.Add(packet.Size(), now);
  if (const auto reason = producer.Receive(std::move(packet))) transport_.CountDrop(*reason);
}

}  // namespace ringcast::rtc
