#include "ringcast/rtc/DirectTransport.hpp"

#include "ringcast/net/Demux.hpp"

namespace ringcast::rtc {

Status DirectTransport::SendRtcpFromController(ByteView compound, Instant now) {
  if (net::Classify(compound) != net::Protocol::kRtcp) {
    return GenericError("what was sent through transport \"" + Id() + "\" is not an RTCP packet");
  }
  CountReceived(compound.size(), now);
  ReceiveRtcp(compound, now);
  return OkStatus();
}

void DirectTransport::SendRtcp(ByteView compound, Instant now) {
  CountSent(compound.size(), now);
  registry_.notifier.DirectTransportRtcp(Id(), compound);
}

void DirectTransport::SendBatch(EgressBatch& batch, Instant now) {
  const rtp::SendTimeValues values{.absSendTime = rtp::AbsSendTime(now)};
  for (const auto& entry : batch.Entries()) {
    auto& stream = *batch.Streams()[entry.stream].stream;
    scratch_.resize(entry.size);
    const std::size_t size = rtp::Serialize(*entry.packet, entry.rewrite, values, scratch_);
    RC_ASSERT(size == entry.size);
    if (!batch.Streams()[entry.stream].retransmissions) {
      stream.OnSent({.timestamp = entry.rewrite.timestamp,
                     .count = 1,
                     .payloadBytes = entry.rewrite.empty ? 0 : entry.packet->PayloadSize(),
                     .bytes = size},
                    now);
    }
    CountSent(size, now);
    registry_.notifier.ConsumerRtp(stream.Owner().Id(), scratch_);
  }
}

}  // namespace ringcast::rtc
