#include "ringcast/rtc/consumer/StreamRetransmitter.hpp"

#include <utility>

namespace ringcast::rtc {

void StreamRetransmitter::Add(const SentPacket& sent, Instant now) {
  const auto& rewrite = sent.packet->rewrite;
  auto* kept = buffer_.Add(rewrite.sequenceNumber, sent.packet->packet.SerialNumber(), now);
  if (kept == nullptr) return;
  kept->SetHeader(rewrite.payloadType, rewrite.timestamp, rewrite.marker, rewrite.padded);
  if (rewrite.empty) kept->SetEmpty();
  if (rewrite.patch.size != 0) kept->SetPatch(rewrite.patch);
  if (rewrite.activeTargets != 0) kept->SetActiveTargets(rewrite.activeTargets);
  if (!usesRtx_ && sent.outcome == SendOutcome::kSent) kept->SetSendTime(sent.sendTime);
}

std::optional<net::DropReason> StreamRetransmitter::Resend(std::uint16_t sequenceNumber, const Stream& stream,
                                                           const Resources& resources, Instant now) {
  ++totals_.requested;
  auto* sent = enabled_ ? buffer_.FindOnWire(sequenceNumber) : nullptr;
  if (sent == nullptr) return std::nullopt;
  // Assumed until the round trip was measured.
  constexpr auto kUsualRoundTrip = Milliseconds(50);
  if (!rtp::RetransmissionBuffer::MayResend(*sent, now, stream.roundTrip.value_or(kUsualRoundTrip)))
    return net::DropReason::kResendTooSoon;
  const auto sendTime = sent->SendTime();
  if (!usesRtx_ && !sendTime) return std::nullopt;
  auto packet = resources.cache.Find(sent->CacheSerial());
  if (!packet) return std::nullopt;
  if (resources.batch.Full()) return net::DropReason::kEgressQueueFull;
  if (!resources.budget.Take(packet->Size())) return net::DropReason::kResendBudget;
  rtp::RtpRewrite rewrite{.ssrc = stream.ssrc,
                          .timestamp = sent->Timestamp(),
                          .sequenceNumber = buffer_.Unwrap(sent->SequenceNumber()),
                          .payloadType = sent->PayloadType(),
                          .marker = sent->Marker(),
                          .padded = sent->Padded(),
                          .empty = sent->Empty(),
                          .extensions = stream.extensions,
                          .patch = sent->Patch(),
                          .activeTargets = sent->ActiveTargets().value_or(0)};
  if (usesRtx_) {
    rewrite.ssrc = rtxSsrc_;
    rewrite.payloadType = rtxPayloadType_;
    rewrite.retransmission = true;
    rewrite.originalSequenceNumber = sent->SequenceNumber();
    rewrite.sequenceNumber = rtxSequenceNumber_++;
    rewrite.padded = false;
  } else {
    rewrite.sendTime = *sendTime;
  }
  RC_ASSERT(resources.batch.Push(std::move(packet), rewrite));
  if (!sent->Resent()) ++totals_.repaired;
  rtp::RetransmissionBuffer::NoteResent(*sent, now);
  ++totals_.retransmitted;
  return std::nullopt;
}

}  // namespace ringcast::rtc
