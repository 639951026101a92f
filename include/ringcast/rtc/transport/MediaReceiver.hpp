#pragma once

#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "ringcast/rtc/transport/RtpListener.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class Producer;
class Transport;

// The receiving half of a transport: hands each RTP packet to the producer that it belongs to.
class MediaReceiver {
 public:
  // `transport`: the owner.
  MediaReceiver(WorkerContext& context, Transport& transport)
      : transport_(transport), listener_(context.environment.hashSeed), gaps_{.budget = context.gaps} {}

  // TypeError: another producer has this ssrc, mid or rid.
  Status Add(Producer& producer) { return listener_.Add(producer); }
  void Remove(const Producer& producer) { listener_.Remove(producer); }
  // Returns the producer that receives this ssrc, or nullptr.
  [[nodiscard]] Producer* Find(Ssrc ssrc) const { return listener_.Find(ssrc); }

  // A decrypted packet.
  void Receive(net::PacketRef buffer, Instant now);
  // A packet for this producer.
  void Deliver(Producer& producer, rtp::Packet packet, Instant now);

  // What the transport's producers hold behind gaps.
  [[nodiscard]] GapShare& Gaps() { return gaps_; }
  void Describe(TransportDump& dump) const { listener_.Describe(dump); }

 private:
  Transport& transport_;
  RtpListener listener_;
  GapShare gaps_;
};

}  // namespace ringcast::rtc
