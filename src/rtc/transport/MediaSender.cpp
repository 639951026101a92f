#include "ringcast/rtc/transport/MediaSender.hpp"

#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

using net::DropReason;

void MediaSender::Remove(Consumer& consumer) {
  scheduled_.Remove(consumer);
  streams_.Remove(consumer);
}

// Random (RFC 3550 section 5.1), and in the lower half, so that the first rollover is far away: a receiver
// that joins an SRTP stream must guess the rollover counter, and guesses 0 (RFC 3711 section 3.3.1).
std::int64_t MediaSender::FirstSequenceNumber(Ssrc ssrc) const {
  const auto next = egress_->NextSrtpIndex(ssrc);
  return next ? *next : context_.environment.random.U16() & 0x7fff;
}

void MediaSender::Forward(std::vector<ScheduledConsumers::Entry>& scheduled, Instant now) {
  for (const auto& entry : scheduled) {
    auto* consumer = entry.consumer;
    if (const auto noRoom = consumer->Forward(entry.packets, egress_->Queue(), now))
      transport_.CountDrop(DropReason::kEgressQueueFull, noRoom);
    // A report precedes the first packet: a receiver that learns late how two streams relate in time must
    // shift one of them (RFC 3550 section 6.2 allows a first report without delay between two peers).
    consumer->ForEachStream([&](ConsumerStream& stream) {
      if (stream.TakeReportDue()) transport_.Rtcp().SendSenderReport({consumer, &stream}, now);
    });
  }
  scheduled.clear();
}

std::size_t MediaSender::ForwardScheduled(Instant now) {
  Forward(scheduled_.Audio(), now);
  Forward(scheduled_.Video(), now);
  return SendQueued(now);
}

std::size_t MediaSender::ForwardScheduledAudio(Instant now) {
  Forward(scheduled_.Audio(), now);
  return SendQueued(now);
}

void MediaSender::OnNack(const OutgoingStream& outgoing, const rtcp::Nack& nack, Instant now) {
  auto& traffic = transport_.Traffic();
  retransmissions_.Refill(traffic.sent.Bytes(), traffic.sent.Rate(now));
  outgoing.consumer->OnNack(*outgoing.stream, nack, egress_->Queue(), retransmissions_, traffic.drops, now);
  if (transport_.Connected()) {
    SendQueued(now);
  } else {
    egress_->Queue().Clear();
  }
}

std::size_t MediaSender::SendQueued(Instant now) {
  auto& queue = egress_->Queue();
  const auto count = queue.Packets().size();
  if (egress_->NextTimeout()) OnSent(egress_->Send(now), now);
  queue.Clear();
  return count;
}

void MediaSender::OnSent(const SendReport& report, Instant now) {
  auto& traffic = transport_.Traffic();
  traffic.sent.Add(report.bytes, now);
  transport_.CountDrop(DropReason::kNotSent, report.noSlot);
  transport_.CountDrop(DropReason::kProtectFailed, report.encryptionFailed);
  transport_.CountDrop(DropReason::kSrtpIndexUsed, report.indexUsed);
  context_.paddedPackets += report.paddedPackets;
  context_.paddingBytes += report.paddingBytes;
  const auto& queued = egress_->Queue().Streams();
  bool remembered = false;
  for (const auto& one : queued) {
    if (one.retransmissions) continue;
    auto& stream = *streams_[one.id].stream;
    remembered = remembered || stream.Retransmitter().Enabled();
    if (one.sent == 0) continue;
    stream.Statistics().OnSent({.timestamp = one.timestamp,
                                .count = one.sent,
                                .payloadBytes = one.sentPayloadBytes,
                                .bytes = one.sentBytes},
                               now);
  }
  if (!remembered) return;
  for (const auto& sent : report.packets) {
    const auto& one = queued[sent.packet->stream];
    if (!one.retransmissions) streams_[one.id].stream->Retransmitter().Remember(sent, now);
  }
}

}  // namespace ringcast::rtc
