// What Producer tells of its streams: reports to their sender, scores, statistics, trace events.

#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

// --- Whether streams come, and how well ---

void Producer::OnActive(Stream& stream, Instant now) {
  if (stream.score.Activate()) NotifyScores(now);
  transport_.Settle(now);
}

void Producer::OnBye(Ssrc ssrc, Instant now) {
  auto* stream = FindStream(ssrc);
  if (stream == nullptr || !stream->activity.End()) return;
  if (stream->score.Deactivate()) NotifyScores(now);
}

void Producer::AppendReports(std::vector<rtp::ReportBlock>& out, Instant now) {
  bool scoresChanged = false;
  for (auto& stream : streams_) {
    if (!stream.activity.Active() && !stream.receive.HeardSinceReport()) continue;
    const auto report = stream.receive.MakeReport(now);
    if (!report) continue;
    out.push_back(*report);
    scoresChanged |= GradeInterval(stream);
  }
  if (scoresChanged) NotifyScores(now);
  if (kind_ == MediaKind::kVideo) TellRepairTime(now);
}

void Producer::TellRepairTime(Instant now) {
  std::optional<rtp::RepairTime> longest;
  for (const auto& stream : streams_) {
    const auto repair = stream.nacks ? stream.nacks->UsualRepair(now) : std::nullopt;
    if (repair && (!longest || repair->twice > longest->twice)) longest = repair;
  }
  for (auto* consumer : Consumers()) consumer->OnRepairTime(longest, now);
}

bool Producer::GradeInterval(Stream& stream) {
  const rtp::ScoreKeeper::Repairs repairs{.repaired = stream.packetsRepaired,
                                          .retransmissions = stream.packetsRetransmitted,
                                          .byRtx = stream.params.rtxSsrc.has_value()};
  return stream.score.OnInterval(
      stream.score.NextInterval(stream.receive.LastInterval(), repairs, stream.receive.JitterTime()));
}

rtp::LossCount Producer::LastLoss() const {
  rtp::LossCount loss;
  for (const auto& stream : streams_) {
    if (stream.activity.Active()) loss += stream.receive.LastInterval();
  }
  return loss;
}

// A sender that starts anew under another ssrc leaves a stream behind that is not heard any more.
const Producer::Stream* Producer::StreamOf(std::size_t encodingIndex) const {
  const Stream* best = nullptr;
  for (const auto& stream : streams_) {
    if (stream.params.encodingIdx != encodingIndex) continue;
    if (best == nullptr || stream.score.Score() >= best->score.Score()) best = &stream;
  }
  return best;
}

std::vector<std::uint8_t> Producer::Scores() const {
  std::vector<std::uint8_t> scores(parameters_.encodings.size(), 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (const auto* stream = StreamOf(i)) scores[i] = stream->score.Score();
  }
  return scores;
}

void Producer::NotifyScores(Instant now) {
  std::vector<ProducerScore> scores;
  for (std::size_t i = 0; i < parameters_.encodings.size(); ++i) {
    const auto* stream = StreamOf(i);
    if (stream == nullptr) continue;
    const auto& params = stream->params;
    scores.push_back({params.encodingIdx, params.ssrc, params.rid, stream->score.Score()});
  }
  context_.notifier.ProducerScores(id_, scores);
  const auto ofEncodings = Scores();
  const auto sent = Sent();
  for (auto* consumer : Consumers()) {
    context_.notifier.ConsumerScores(consumer->Id(), consumer->ScoreWith(ofEncodings));
    consumer->OnEncodingsChanged(sent, now);
  }
}

std::bitset<LayerSelector::kMaxEncodings> Producer::Sent() const {
  std::bitset<LayerSelector::kMaxEncodings> sent;
  for (std::size_t i = 0; i < parameters_.encodings.size(); ++i) {
    const auto* stream = StreamOf(i);
    sent[i] = stream != nullptr && stream->score.Score() != 0;
  }
  return sent;
}

// --- Trace events ---

void Producer::TracePacket(const rtp::Packet& packet, const TracedFacts& facts) {
  const auto event = trace_.ForPacket(facts.keyFrame);
  if (event) Trace(*event, TraceDirection::kIn, DescribePacket(packet, facts), packet.Arrival());
}

void Producer::Trace(ProducerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now) {
  context_.notifier.ProducerTrace(id_, {event, ToTimestampMs(now), direction, std::move(info)});
}

void Producer::NoteVideoOrientation(const rtp::Packet& packet) {
  const auto value = packet.ExtensionValue(rtp::Extension::kVideoOrientation);
  const auto orientation = value ? rtp::ParseVideoOrientation(*value) : std::nullopt;
  if (!orientation || orientation == videoOrientation_) return;
  videoOrientation_ = orientation;
  context_.notifier.ProducerVideoOrientation(id_, *orientation);
}

// --- Dumps and statistics ---

ProducerDump Producer::Dump() const {
  ProducerDump dump;
  dump.id = id_;
  dump.kind = kind_;
  dump.type = type_;
  dump.rtpParameters = parameters_;
  dump.rtpMapping = mapping_;
  for (const auto& stream : streams_) {
    dump.rtpStreams.push_back({stream.params, stream.score.Score(), DescribeRtx(parameters_, stream.params)});
  }
  dump.traceEvents = trace_.Events();
  dump.paused = paused_;
  return dump;
}

std::vector<RtpStreamStats> Producer::Stats(Instant now) {
  std::vector<RtpStreamStats> out;
  for (auto& stream : streams_) out.push_back(StatsOf(stream, now));
  return out;
}

RtpStreamStats Producer::StatsOf(Stream& stream, Instant now) {
  RtpStreamStats stats;
  stats.receive = true;
  stats.timestampMs = ToTimestampMs(now);
  stats.ssrc = stream.params.ssrc;
  stats.kind = kind_;
  stats.mimeType = stream.params.mimeType;
  stats.packetsLost = static_cast<std::int32_t>(stream.receive.PacketsLost());
  stats.fractionLost = stream.receive.FractionLost();
  stats.jitter = stream.receive.Jitter();
  stats.packetsDiscarded = stream.receive.Discarded();
  stats.packetsRepaired = stream.packetsRepaired;
  stats.packetsRetransmitted = stream.packetsRetransmitted;
  stats.rtxPacketsDiscarded = stream.rtxPacketsDiscarded;
  stats.nackCount = stream.nackCount;
  stats.nackPacketCount = stream.nackPacketCount;
  stats.pliCount = stream.pliCount;
  stats.firCount = stream.firCount;
  stats.rid = stream.params.rid;
  stats.rtxSsrc = stream.params.rtxSsrc;
  stats.score = stream.score.Score();
  stats.packetCount = stream.receive.Rate().Packets();
  stats.byteCount = stream.receive.Rate().Bytes();
  stats.bitrate = stream.receive.Rate().Rate(now).Value();
  if (stream.params.spatialLayers > 1 || stream.params.temporalLayers > 1) {
    for (std::uint8_t spatial = 0; spatial < stream.params.spatialLayers; ++spatial) {
      for (std::uint8_t temporal = 0; temporal < stream.params.temporalLayers; ++temporal)
        stats.bitrateByLayer.push_back(
            {spatial, temporal, stream.layers.RateUpTo(spatial, temporal, now).Value()});
    }
  }
  return stats;
}

}  // namespace ringcast::rtc
