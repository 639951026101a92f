#include "ringcast/rtc/transport/DirectTransport.hpp"

#include "ringcast/net/Demux.hpp"

namespace ringcast::rtc {

Status DirectTransport::ReceiveFromController(ByteView compound, Instant now) {
  if (net::Classify(compound) != net::PacketProtocol::kRtcp) {
    return GenericError("not an RTCP packet: sent through transport \"" + Id() + "\"");
  }
  Traffic().received.Add(compound.size(), now);
  Rtcp().Receive(compound, now);
  return OkStatus();
}

void DirectTransport::SendRtcp(ByteView compound, Instant now) {
  Traffic().sent.Add(compound.size(), now);
  context_.notifier.DirectTransportRtcp(Id(), compound);
}

DirectTransport::NotifyingEgress::NotifyingEgress(DirectTransport& owner)
    : Egress(owner.context_.egressBatch), owner_(owner) {}

SendReport DirectTransport::NotifyingEgress::Send(Instant now) {
  auto& queue = Queue();
  const auto& streams = owner_.Sender().Streams();
  const rtp::SendTimeValues values{.absSendTime = rtp::AbsSendTime(now)};
  SendReport report;
  for (const auto& packet : queue.Packets()) {
    scratch_.resize(packet.size);
    const std::size_t size = rtp::Serialize(*packet.packet, packet.rewrite, values, scratch_);
    RC_ASSERT(size == packet.size);
    queue.NoteOutcome({.packet = &packet, .sendTime = values});
    report.bytes += size;
    owner_.context_.notifier.ConsumerRtp(streams[queue.Streams()[packet.stream].id].consumer->Id(), scratch_);
  }
  report.packets = queue.Outcomes();
  return report;
}

DataLink::Outcome DirectTransport::NotifyingLink::Send(const DataConsumer& consumer,
                                                       const DataMessage& message, Instant /*now*/) {
  notifier_.DataConsumerMessage(consumer.Id(), message.ppid, message.payload);
  return Outcome::kSent;
}

}  // namespace ringcast::rtc
