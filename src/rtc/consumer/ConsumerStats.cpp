// Consumer's RTCP, score, statistics and dump.

#include <algorithm>
#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

// --- RTCP ---

void Consumer::OnReport(ConsumerStream& stream, const rtp::ReportBlock& block, std::uint32_t nowCompact) {
  if (stream.OnReport(block, nowCompact))
    context_.notifier.ConsumerScores(id_, Score(producer_.Streams().Scores()));
}

void Consumer::OnKeyFrameRequest(ConsumerStream& stream, ConsumerTraceEvent kind, Instant now) {
  tracer_.OnKeyFrameRequest(kind, stream.OutputSsrc(), now);
  RequestKeyFrameOf(stream.OnKeyFrameRequest(kind), now);
}

void Consumer::OnNack(ConsumerStream& stream, const rtcp::Nack& nack, EgressBatch& batch,
                      RetransmissionBudget& budget, net::DropCounters& drops, Instant now) {
  tracer_.OnNack(now);
  stream.OnNack(nack, {.cache = context_.packets, .batch = batch, .budget = budget}, drops, now);
}

std::optional<RtcpSession::SenderReport> Consumer::MakeSenderReport(const ConsumerStream& stream, NtpTime ntp,
                                                                    Instant now) const {
  const auto source = producer_.Streams().SourceTimestamp(*consumableEncodings_[stream.Encoding()].ssrc, now);
  const auto info = stream.MakeSenderInfo(ntp, source, now);
  if (!info) return std::nullopt;
  return RtcpSession::SenderReport{stream.OutputSsrc(), *info, parameters_.rtcp.cname};
}

// --- Descriptions ---

ConsumerScore Consumer::Score(std::vector<std::uint8_t> producerScores) const {
  ConsumerScore score;
  score.producerScores = std::move(producerScores);
  if (type_ == RtpType::kPipe) {
    // A pipe consumer forwards all encodings: producerScores has the score of each.
    score.producerScore = rtp::ScoreKeeper::kBest;
  } else if (stream_.Encoding() < score.producerScores.size()) {
    score.producerScore = score.producerScores[stream_.Encoding()];
  }
  score.score = rtp::ScoreKeeper::kBest;
  ForEachStream([&](const ConsumerStream& stream) { score.score = std::min(score.score, stream.Score()); });
  return score;
}

ConsumeResult Consumer::Summary() const {
  ConsumeResult result{pauses_.Has(PauseReason::kController), pauses_.Has(PauseReason::kProducer),
                       Score(producer_.Streams().Scores()), std::nullopt};
  if (const auto* layered = stream_.Selector().Layered())
    result.preferredLayers = layered->Layers().Preferred();
  return result;
}

ConsumerDump Consumer::Dump() const {
  ConsumerDump dump;
  dump.id = id_;
  dump.type = type_;
  dump.producerId = producer_.Id();
  dump.kind = Kind();
  dump.rtpParameters = parameters_;
  dump.consumableRtpEncodings = consumableEncodings_;
  for (std::size_t i = 0; i < format_.payloadTypes.size(); ++i) {
    if (format_.payloadTypes[i]) dump.supportedCodecPayloadTypes.emplace_back(static_cast<std::uint8_t>(i));
  }
  dump.traceEvents = tracer_.Events();
  dump.paused = pauses_.Has(PauseReason::kController);
  dump.producerPaused = pauses_.Has(PauseReason::kProducer);
  dump.priority = priority_;
  if (const auto* layered = stream_.Selector().Layered()) {
    const auto& selector = layered->Layers();
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
  ForEachStream([&](ConsumerStream& stream) { out.push_back(stream.Stats(now)); });
  // A pipe consumer has a stream for each of the producer's, and the controller reads the producer's own.
  if (type_ == RtpType::kPipe) return out;
  for (auto& stream : producer_.Streams().Stats(now)) out.push_back(std::move(stream));
  return out;
}

}  // namespace ringcast::rtc
