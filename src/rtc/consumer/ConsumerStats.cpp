// What Consumer hears from its receiver, and what it tells: score, statistics, trace events.

#include <algorithm>
#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtcp/NackList.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

// --- From the receiver ---

void Consumer::OnReport(ConsumerStream& stream, const rtp::ReportBlock& block, std::uint32_t nowCompact) {
  const auto reported = stream.OnReport(block, nowCompact);
  if (!reported) return;
  lossyPath_ = kLossyPart * reported->loss.lost >= reported->loss.expected && reported->loss.lost > 0;
  if (reported->scoreChanged) context_.notifier.ConsumerScores(id_, Score());
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

void Consumer::OnPictureLoss(ConsumerStream& stream, Instant now) {
  stream.CountPli();
  if (trace_.Has(ConsumerTraceEvent::kPli))
    Trace(ConsumerTraceEvent::kPli, TraceDirection::kIn, TracedRequest{stream.OutputSsrc()}, now);
  RequestKeyFrameFor(stream, now);
}

void Consumer::OnFullIntraRequest(ConsumerStream& stream, Instant now) {
  stream.CountFir();
  if (trace_.Has(ConsumerTraceEvent::kFir))
    Trace(ConsumerTraceEvent::kFir, TraceDirection::kIn, TracedRequest{stream.OutputSsrc()}, now);
  RequestKeyFrameFor(stream, now);
}

void Consumer::OnNack(ConsumerStream& stream, const rtcp::Nack& nack, EgressBatch& batch,
                      RetransmissionBudget& budget, net::DropCounters& drops, Instant now) {
  stream.CountNack();
  if (trace_.Has(ConsumerTraceEvent::kNack)) Trace(ConsumerTraceEvent::kNack, TraceDirection::kIn, {}, now);
  batch.BeginStream(stream.Id(), kind_ == MediaKind::kVideo, true);
  rtcp::NackNumbers numbers(nack);
  while (const auto number = numbers.Next()) {
    const auto refused = stream.Resend(*number, context_.packets, extensions_, batch, budget, now);
    if (refused) drops.Count(*refused);
  }
}

// --- Trace events ---

void Consumer::TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now) {
  const auto event = trace_.ForPacket(routed.frame.keyFrame);
  if (!event) return;
  Trace(*event, TraceDirection::kOut,
        DescribePacket(routed.packet, rewrite, {.keyFrame = routed.frame.keyFrame}), now);
}

void Consumer::Trace(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now) {
  context_.notifier.ConsumerTrace(id_, {event, ToTimestampMs(now), direction, std::move(info)});
}

// --- Dumps and statistics ---

ConsumerScore Consumer::Score() const { return ScoreWith(producer_.Scores()); }

ConsumerScore Consumer::ScoreWith(std::vector<std::uint8_t> ofEncodings) const {
  ConsumerScore score;
  score.producerScores = std::move(ofEncodings);
  if (type_ == RtpType::kPipe) {
    // There is no one encoding to speak of: each has its own among producerScores.
    score.producerScore = rtp::ScoreKeeper::kBest;
  } else if (stream_.Encoding() < score.producerScores.size()) {
    score.producerScore = score.producerScores[stream_.Encoding()];
  }
  score.score = rtp::ScoreKeeper::kBest;
  ForEachStream([&](const ConsumerStream& stream) { score.score = std::min(score.score, stream.Score()); });
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
  ForEachStream([&](const ConsumerStream& stream) {
    dump.rtpStreams.push_back({stream.Params(), stream.Score(), DescribeRtx(parameters_, stream.Params())});
  });
  return dump;
}

std::vector<RtpStreamStats> Consumer::Stats(Instant now) {
  std::vector<RtpStreamStats> out;
  ForEachStream([&](ConsumerStream& stream) { out.push_back(stream.Stats(kind_, now)); });
  // What comes in has its equal among what goes out, and the controller looks for that of the producer
  // itself.
  if (type_ == RtpType::kPipe) return out;
  for (auto& ofProducer : producer_.Stats(now)) out.push_back(std::move(ofProducer));
  return out;
}

}  // namespace ringcast::rtc
