#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"
#include "ringcast/rtc/egress/Egress.hpp"
#include "ringcast/rtc/transport/ScheduledConsumers.hpp"
#include "ringcast/rtc/transport/SendStreamTable.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class Transport;

// The sending half of a transport: has its consumers forward what the router scheduled for them, sends what
// they queued, and feeds the streams with the result.
class MediaSender {
 public:
  // `transport`: the owner.
  MediaSender(WorkerContext& context, Transport& transport) : transport_(transport), context_(context) {}
  // Sets the egress that the owner's packets leave by. The constructor of the owner's class, of which the
  // egress is a member, calls this once.
  void SetEgress(Egress& egress) { egress_ = &egress; }

  void Add(Consumer& consumer) { streams_.Add(consumer); }
  void Remove(Consumer& consumer);
  [[nodiscard]] const SendStreamTable& Streams() const { return streams_; }
  // Returns the sequence number that a new stream of this ssrc begins with: behind all that an earlier stream
  // has used under the same SRTP key, else a random one.
  [[nodiscard]] std::int64_t FirstSequenceNumber(Ssrc ssrc) const;

  // --- For the router and the scheduler ---

  // Schedules packets for a consumer, which forwards them in ForwardScheduled(). Returns true if no consumer
  // of its kind of media was scheduled before.
  bool Schedule(Consumer& consumer, std::span<const RoutedPacket> packets) {
    return scheduled_.Add(consumer, packets);
  }
  // Has the scheduled consumers forward their packets, and sends these. Returns how many packets were queued.
  std::size_t ForwardScheduled(Instant now);
  // The same for consumers of audio alone.
  std::size_t ForwardScheduledAudio(Instant now);

  // --- For RTCP ---

  // Sends the packets that the receiver of the stream asks for, as far as they are kept and the budget lasts.
  void OnNack(const OutgoingStream& outgoing, const rtcp::Nack& nack, Instant now);

 private:
  void Forward(std::vector<ScheduledConsumers::Entry>& scheduled, Instant now);
  // Sends the queued packets and empties the queue. Returns how many packets were queued.
  std::size_t SendQueued(Instant now);
  void OnSent(const SendReport& report, Instant now);

  // What every round touches comes first, in one line of the cache.
  Transport& transport_;
  Egress* egress_ = nullptr;
  ScheduledConsumers scheduled_;
  WorkerContext& context_;
  SendStreamTable streams_;
  RetransmissionBudget retransmissions_;
};

}  // namespace ringcast::rtc
