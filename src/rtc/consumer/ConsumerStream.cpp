#include "ringcast/rtc/consumer/ConsumerStream.hpp"

#include <algorithm>

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtcp/NackList.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

// A path is lossy if it loses at least one packet of this many.
constexpr std::int64_t kLossyPath = 50;

const RtpCodecParameters& CodecAt(const RtpParameters& parameters, std::size_t index) {
  const auto* codec = CodecOf(parameters, parameters.encodings[index]);
  RC_ASSERT(codec != nullptr);
  return *codec;
}

std::int64_t FirstRtxSequenceNumber(const RtpStreamParams& params, Transport& transport) {
  return params.rtxSsrc ? transport.Sender().FirstSequenceNumber(*params.rtxSsrc) : 0;
}

}  // namespace

ConsumerStream::ConsumerStream(const StreamFormat& format, StreamSelector selector,
                               const RtpParameters& parameters, std::size_t index, Transport& transport)
    : statistics_(*parameters.encodings[index].ssrc, CodecAt(parameters, index).clockRate),
      format_(&format),
      selector_(std::move(selector)),
      rewriter_(transport.Sender().FirstSequenceNumber(OutputSsrc()), statistics_.ClockRate(),
                static_cast<std::uint8_t>(index)),
      params_(DescribeStream(parameters, parameters.encodings[index], CodecAt(parameters, index), index,
                             OutputSsrc())),
      retransmitter_(params_, FirstRtxSequenceNumber(params_, transport)) {
  static_cast<void>(score_.Activate());  // until reports say otherwise, all packets arrive
  // A packet that is retransmitted unchanged would have to carry the delay of its first copy.
  if (format.delaysPlayout && retransmitter_.Enabled() && retransmitter_.UsesRtx()) playoutDelay_.emplace();
}

// --- Forwarding ---

Admission ConsumerStream::Forward(const RoutedPacket& routed, const Producer& producer, Instant now) {
  Admission admission;
  if (routed.restarted) {
    NoteSourceChange(routed);
    if (selector_.Follows(routed.encodingIndex)) Restart();
  }
  const bool ignoredDtx =
      format_->ignoredDtx == routed.mappedPayloadType && rtp::IsOpusDtx(routed.packet.Payload());
  if (routed.paddingOnly || !format_->payloadTypes[routed.mappedPayloadType.Value()] || ignoredDtx) {
    if (selector_.Follows(routed.encodingIndex)) admission.rewrite = Drop(routed);
    return admission;
  }
  const auto selection = selector_.Select(routed, !rewriter_.NeedsSync());
  admission.keyFrameWanted = selection.keyFrameWanted;
  admission.layersChanged = selection.layersChanged;
  if (selection.action == Selection::Action::kIgnore) return admission;
  if (selection.action == Selection::Action::kDrop) {
    admission.rewrite = Drop(routed);
    return admission;
  }
  if (selection.begins) rewriter_.Resync();
  if (rewriter_.NeedsSync()) {
    using Synchronised = StreamRewriter::Synchronised;
    const auto result = rewriter_.Synchronise(routed, producer, now);
    if (result == Synchronised::kFirst) statistics_.Start(routed.packet.Timestamp(), now);
    if (result == Synchronised::kNewSource) statistics_.OnSourceChange(now);
  }
  admission.rewrite = rewriter_.Rewrite(routed, selection.marker, now);
  if (!admission.rewrite) return admission;
  ApplyCommonFields(*admission.rewrite);
  admission.rewrite->patch = selection.patch;
  admission.rewrite->activeTargets = selection.activeTargets;
  return admission;
}

// This is decided before the packet gets a sequence number: a gap in the sequence numbers could never be
// repaired.
bool ConsumerStream::OnNoRoom(const RoutedPacket& routed) {
  NoteSourceChange(routed);
  if (!selector_.Follows(routed.encodingIndex)) return false;
  if (format_->startsAtKeyFrame || routed.restarted) {
    // Without one of its packets a frame, and all that refer to it, cannot be decoded.
    Restart();
  } else if (format_->kind == MediaKind::kAudio) {
    // A decoder conceals the loss by the timestamps (RFC 3550 section 5.1). There is no room either for the
    // empty packet that would replace a late one.
    static_cast<void>(rewriter_.Drop(routed));
  }
  // If the key frames of video cannot be detected, the gap makes the receiver request one.
  return true;
}

std::optional<rtp::RtpRewrite> ConsumerStream::Drop(const RoutedPacket& routed) {
  auto empty = rewriter_.Drop(routed);
  if (!empty) return std::nullopt;
  empty->payloadType = params_.payloadType;
  ApplyCommonFields(*empty);
  return empty;
}

void ConsumerStream::ApplyCommonFields(rtp::RtpRewrite& rewrite) const {
  rewrite.ssrc = OutputSsrc();
  rewrite.extensions = format_->extensions;
  rewrite.minPlayoutDelay = minPlayoutDelay_;
}

// --- RTCP ---

std::optional<rtp::SenderInfo> ConsumerStream::MakeSenderInfo(NtpTime ntp,
                                                              std::optional<std::uint32_t> source,
                                                              Instant now) const {
  if (source) source = rewriter_.MapTimestamp(*source);
  return statistics_.MakeSenderInfo(ntp, source, now);
}

bool ConsumerStream::OnReport(const rtp::ReportBlock& block, std::uint32_t nowCompact) {
  const auto loss = statistics_.OnReport(block, nowCompact);
  if (!loss) return false;
  lossyPath_ = loss->lost > 0 && kLossyPath * loss->lost >= loss->expected;
  return score_.OnInterval(*loss, retransmitter_.Repairs(), statistics_.JitterTime());
}

void ConsumerStream::OnNack(const rtcp::Nack& nack, const StreamRetransmitter::Resources& resources,
                            net::DropCounters& drops, Instant now) {
  ++nackCount_;
  resources.batch.BeginStream(id_, format_->kind == MediaKind::kVideo, true);
  const StreamRetransmitter::Stream stream{
      .ssrc = OutputSsrc(), .extensions = format_->extensions, .roundTrip = statistics_.RoundTripTime()};
  rtcp::NackNumbers numbers(nack);
  while (const auto number = numbers.Next()) {
    if (const auto refused = retransmitter_.Resend(*number, stream, resources, now)) drops.Count(*refused);
  }
}

std::optional<std::size_t> ConsumerStream::OnKeyFrameRequest(ConsumerTraceEvent kind) {
  ++(kind == ConsumerTraceEvent::kPli ? pliCount_ : firCount_);
  return selector_.KeyFrameEncoding();
}

void ConsumerStream::OnRepairTime(std::optional<rtp::RepairTime> fromSource, Instant now) {
  if (!playoutDelay_) return;
  std::optional<rtp::RepairTime> toReceiver;
  if (lossyPath_ && statistics_.RoundTripTime()) {
    // Browsers request a packet at once, and again after 100 ms if they have measured no round trip.
    const Duration once = *statistics_.RoundTripTime();
    toReceiver = {once, once + std::max(once, Duration(Milliseconds(100)))};
  }
  playoutDelay_->OnInterval(fromSource, toReceiver, now);
  minPlayoutDelay_ = playoutDelay_->ToSend();
}

RtpStreamStats ConsumerStream::Stats(Instant now) {
  RtpStreamStats stats;
  stats.timestampMs = ToTimestampMs(now);
  stats.ssrc = OutputSsrc();
  stats.kind = format_->kind;
  stats.mimeType = params_.mimeType;
  stats.packetsLost = statistics_.PacketsLost();
  stats.fractionLost = statistics_.FractionLost();
  stats.jitter = statistics_.Jitter();
  stats.packetsRetransmitted = retransmitter_.Counts().retransmitted;
  stats.nackCount = nackCount_;
  stats.nackPacketCount = retransmitter_.Counts().requested;
  stats.pliCount = pliCount_;
  stats.firCount = firCount_;
  stats.rtxSsrc = params_.rtxSsrc;
  if (const auto roundTrip = statistics_.RoundTripTime())
    stats.roundTripTimeMs = static_cast<float>(ToMicroseconds(*roundTrip)) / 1000.0F;
  stats.score = score_.Score();
  stats.packetCount = statistics_.Rate().Packets();
  stats.byteCount = statistics_.Rate().Bytes();
  stats.bitrate = statistics_.Rate().Rate(now).Value();
  return stats;
}

}  // namespace ringcast::rtc
