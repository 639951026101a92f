// What Consumer hears from its receiver, and what it tells: score, statistics, trace events.

#include <utility>

#include "ringcast/rtc/Consumer.hpp"
#include "ringcast/rtc/Producer.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

// --- From the receiver ---

void Consumer::OnReport(const rtp::ReportBlock& block, std::uint32_t nowCompact) {
  const auto interval = stream_.OnReport(block, nowCompact);
  if (!interval) return;
  lossyPath_ = kLossyPart * interval->lost >= interval->expected && interval->lost > 0;
  const bool changed = score_.OnInterval(
      {.expected = interval->expected, .missing = interval->lost, .jitter = stream_.JitterTime()});
  if (changed) registry_.environment.notifier.ConsumerScores(id_, Score());
}

void Consumer::OnRepairTime(std::optional<rtp::RepairTime> fromSource, Instant now) {
  if (!playoutDelay_) return;
  std::optional<rtp::RepairTime> toReceiver;
  if (lossyPath_ && stream_.RoundTripTime()) {
    // Browsers ask at once, and again after 100 ms where they know of no round trip.
    const Duration once = *stream_.RoundTripTime();
    toReceiver = {once, once + std::max(once, Duration(Milliseconds(100)))};
  }
  playoutDelay_->OnInterval(fromSource, toReceiver, now);
  tellsPlayoutDelay_ = playoutDelay_->ToTell().has_value();
}

void Consumer::OnPictureLoss(Instant now) {
  ++pliCount_;
  if (trace_.Has(ConsumerTraceEvent::kPli))
    Trace(ConsumerTraceEvent::kPli, TraceDirection::kIn, TracedRequest{OutputSsrc()}, now);
  RequestKeyFrame(now);
}

void Consumer::OnFullIntraRequest(Instant now) {
  ++firCount_;
  if (trace_.Has(ConsumerTraceEvent::kFir))
    Trace(ConsumerTraceEvent::kFir, TraceDirection::kIn, TracedRequest{OutputSsrc()}, now);
  RequestKeyFrame(now);
}

// --- Trace events ---

void Consumer::TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now) {
  const auto event = trace_.ForPacket(routed.frame.keyFrame);
  if (!event) return;
  Trace(*event, TraceDirection::kOut,
        DescribePacket(routed.packet, rewrite, {.keyFrame = routed.frame.keyFrame}), now);
}

void Consumer::Trace(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now) {
  registry_.environment.notifier.ConsumerTrace(id_, {event, ToTimestampMs(now), direction, std::move(info)});
}

// --- Dumps and statistics ---

ConsumerScore Consumer::Score() const { return ScoreWith(producer_.Scores()); }

ConsumerScore Consumer::ScoreWith(std::vector<std::uint8_t> ofEncodings) const {
  ConsumerScore score;
  score.producerScores = std::move(ofEncodings);
  score.producerScore =
      lastEncoding_ < score.producerScores.size() ? score.producerScores[lastEncoding_] : std::uint8_t{0};
  score.score = score_.Score();
  return score;
}

ConsumeResult Consumer::Summary() const {
  ConsumeResult result{paused_, producerPaused_, Score(), std::nullopt};
  if (layered_) result.preferredLayers = layered_->selector.Preferred();
  return result;
}

ConsumerDump Consumer::Dump() const {
  ConsumerDump dump;
  dump.id = id_;
  dump.type = type_;
  dump.producerId = producer_.Id();
  dump.kind = kind_;
  dump.rtpParameters = parameters_;
  dump.consumableRtpEncodings = consumableEncodings_;
  for (std::size_t i = 0; i < payloadTypes_.size(); ++i) {
    if (payloadTypes_[i]) dump.supportedCodecPayloadTypes.emplace_back(static_cast<std::uint8_t>(i));
  }
  dump.traceEvents = trace_.Events();
  dump.paused = paused_;
  dump.producerPaused = producerPaused_;
  dump.priority = priority_;
  if (layered_) {
    const auto& selector = layered_->selector;
    const auto describe = [](std::optional<rtp::LayerIds> layers) {
      return layers ? std::optional(ConsumerLayers{layers->spatial, layers->temporal}) : std::nullopt;
    };
    dump.layers = {selector.Preferred(), describe(selector.Target()), describe(selector.Current())};
  }
  dump.rtpStreams.push_back({streamParams_, score_.Score(), DescribeRtx(parameters_, streamParams_)});
  return dump;
}

std::vector<RtpStreamStats> Consumer::Stats(Instant now) {
  RtpStreamStats stats;
  stats.timestampMs = ToTimestampMs(now);
  stats.ssrc = OutputSsrc();
  stats.kind = kind_;
  stats.mimeType = streamParams_.mimeType;
  stats.packetsLost = stream_.PacketsLost();
  stats.fractionLost = stream_.FractionLost();
  stats.jitter = stream_.Jitter();
  stats.packetsRetransmitted = packetsRetransmitted_;
  stats.nackCount = nackCount_;
  stats.nackPacketCount = nackPacketCount_;
  stats.pliCount = pliCount_;
  stats.firCount = firCount_;
  stats.rtxSsrc = streamParams_.rtxSsrc;
  if (const auto roundTrip = stream_.RoundTripTime())
    stats.roundTripTimeMs = static_cast<float>(ToMicroseconds(*roundTrip)) / 1000.0F;
  stats.score = score_.Score();
  stats.packetCount = stream_.Rate().Packets();
  stats.byteCount = stream_.Rate().Bytes();
  stats.bitrate = stream_.Rate().Rate(now).Value();

  std::vector<RtpStreamStats> out;
  out.push_back(std::move(stats));
  for (auto& ofProducer : producer_.Stats(now)) out.push_back(std::move(ofProducer));
  return out;
}

}  // namespace ringcast::rtc
