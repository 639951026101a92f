#include "ringcast/rtc/producer/ProducerStream.hpp"

#include <utility>

namespace ringcast::rtc {

ProducerStream::ProducerStream(Setup setup)
    : params_(std::move(setup.params)),
      mappedSsrc_(setup.mappedSsrc),
      kind_(setup.kind),
      codec_(rtp::ParseCodec(params_.mimeType)),
      frames_(codec_),
      statistics_(params_.ssrc, params_.clockRate, std::move(setup.clock)),
      keyFrames_(setup.keyFrameRequestDelay),
      activity_(params_.useDtx) {
  if (!params_.useNack) return;
  nacks_.emplace();
  if (kind_ == MediaKind::kVideo) gap_ = std::make_unique<GapBuffer>(setup.gaps);
}

// --- A packet ---

bool ProducerStream::RestoreFromRtx(rtp::Packet& packet, PayloadType repaired) {
  if (!packet.RestoreFromRtx(params_.ssrc, repaired)) return false;
  ++counts_.packetsRetransmitted;
  return true;
}

ProducerStream::Counted ProducerStream::Count(const rtp::Packet& packet, bool recovered) {
  using net::DropReason;
  using Verdict = rtp::ReceiveStatistics::Verdict;
  const auto now = packet.Arrival();
  const auto accepted =
      recovered ? statistics_.OnRecovered(packet.SequenceNumber(), packet.Timestamp(), packet.Size(),
                                          nacks_.has_value(), now)
                : statistics_.OnPacket(packet.SequenceNumber(), packet.Timestamp(), packet.Size(), now);
  Counted counted{.sequenceNumber = accepted.sequenceNumber, .restarted = accepted.restarted};
  switch (accepted.verdict) {
    case Verdict::kAccepted:
      break;
    case Verdict::kDuplicate:
      counted.dropped = DropReason::kDuplicate;
      return counted;
    case Verdict::kTooOld:
    case Verdict::kProbation:
      counted.dropped = DropReason::kTooOld;
      return counted;
  }
  counted.activated = activity_.OnPacket(now);
  counted.scoreChanged = counted.activated && score_.Activate();
  return counted;
}

ProducerStream::Inspected ProducerStream::Inspect(rtp::Packet&& packet, PayloadType mapped,
                                                  const Counted& counted, bool recovered,
                                                  ForwardingQueue::Writer& out) {
  const auto now = packet.Arrival();
  if (counted.restarted) {
    frames_ = rtp::FrameInspector(codec_);
    if (gap_) gap_->Clear();
  }
  CloseGap(out, now);

  const bool paddingOnly = packet.PayloadSize() == 0;
  Inspected inspected{.packet = {.packet = std::move(packet),
                                 .sequenceNumber = counted.sequenceNumber,
                                 .mappedSsrc = mappedSsrc_,
                                 .mappedPayloadType = mapped,
                                 .encodingIndex = static_cast<std::uint8_t>(params_.encodingIdx),
                                 .paddingOnly = paddingOnly}};
  auto& routed = inspected.packet;
  routed.frame = frames_.Inspect(routed.packet);
  routed.packet.SetMaskPlace(rtp::MaskPlaceOf(routed.frame));
  if (nacks_) {
    if (counted.restarted) nacks_->Reset();
    // It changes once for a gap, not for each packet.
    const auto before = nacks_->NextTimeout();
    inspected.late = !TrackMissing(counted.sequenceNumber, routed.frame.keyFrame, recovered, now);
    inspected.timeoutChanged = nacks_->NextTimeout() != before;
  }
  return inspected;
}

void ProducerStream::CountFrame(const RoutedPacket& routed) {
  const auto& frame = routed.frame;
  layers_.Add(frame.spatialLayer, frame.temporalLayer, routed.packet.Size(), routed.packet.Arrival());
  if (frame.keyFrame) keyFrames_.OnKeyFrame();
}

bool ProducerStream::TrackMissing(std::int64_t sequenceNumber, bool keyFrame, bool recovered, Instant now) {
  using Verdict = rtp::NackTracker::Verdict;
  const auto verdict = nacks_->OnPacket(sequenceNumber, keyFrame, recovered, now);
  if (verdict == Verdict::kRepaired) ++counts_.packetsRepaired;
  return verdict == Verdict::kNew || verdict == Verdict::kReordered || verdict == Verdict::kRepaired;
}

bool ProducerStream::Publish(RoutedPacket&& routed, ForwardingQueue::Writer& out) {
  const auto now = routed.packet.Arrival();
  if (!gap_) {
    out.Push(std::move(routed), now);
    return false;
  }
  const bool empty = gap_->Current() == GapBuffer::State::kEmpty;
  const bool waits = nacks_->Missing() != 0 && gap_->OnPacket(routed);
  const bool timeoutChanged = empty && gap_->Current() != GapBuffer::State::kEmpty;
  if (waits) return timeoutChanged;

  const auto sequenceNumber = routed.sequenceNumber;
  const bool keyFrame = routed.frame.keyFrame;
  out.Push(std::move(routed), now);
  if (keyFrame) gap_->OnKeyFrame(sequenceNumber, frames_, out, now);
  CloseGap(out, now);
  return timeoutChanged;
}

void ProducerStream::CloseGap(ForwardingQueue::Writer& out, Instant now) {
  if (gap_ && nacks_->Missing() == 0) gap_->OnGapClosed(out, now);
}

// --- RTCP ---

bool ProducerStream::OnSenderReport(const rtp::SenderInfo& info, Instant now) {
  const bool first = !statistics_.Clock().Known();
  statistics_.OnSenderReport(info.ntp, info.rtpTimestamp, now);
  return first;
}

std::optional<ProducerStream::Report> ProducerStream::MakeReport(Instant now) {
  if (!activity_.Active() && !statistics_.HeardSinceReport()) return std::nullopt;
  const auto block = statistics_.MakeReport(now);
  if (!block) return std::nullopt;
  const rtp::ScoreKeeper::Repairs repairs{.repaired = counts_.packetsRepaired,
                                          .retransmissions = counts_.packetsRetransmitted,
                                          .byRtx = params_.rtxSsrc.has_value()};
  return Report{
      .block = *block,
      .scoreChanged = score_.OnInterval(statistics_.LastInterval(), repairs, statistics_.JitterTime())};
}

rtp::LossCount ProducerStream::LastLoss() const {
  return activity_.Active() ? statistics_.LastInterval() : rtp::LossCount{};
}

ProducerStream::KeyFrameDecision ProducerStream::RequestKeyFrame(Instant now) {
  const auto before = keyFrames_.NextTimeout();
  KeyFrameDecision decision;
  if (keyFrames_.OnRequest(now)) decision.request = CountKeyFrameRequest();
  decision.timeoutChanged = keyFrames_.NextTimeout() != before;
  return decision;
}

KeyFrameRequest ProducerStream::CountKeyFrameRequest() {
  if (params_.usePli || !params_.useFir) {
    ++counts_.pliCount;
    return KeyFrameRequest::kPli;
  }
  ++counts_.firCount;
  return KeyFrameRequest::kFir;
}

// --- Time ---

void ProducerStream::Resume(Instant now) {
  activity_.Restart(now);
  if (nacks_) nacks_->Reset();
}

std::optional<Instant> ProducerStream::NextTimeout(bool paused) const {
  auto next = keyFrames_.NextTimeout();
  if (gap_) next = Earlier(next, gap_->NextTimeout());
  if (paused) return next;
  if (nacks_) next = Earlier(next, nacks_->NextTimeout());
  return Earlier(next, activity_.NextTimeout());
}

ProducerStream::Due ProducerStream::OnTimeout(bool paused, ForwardingQueue::Writer& out, Instant now) {
  Due due;
  const auto nackTimeout = nacks_ && !paused ? nacks_->NextTimeout() : std::nullopt;
  if (nackTimeout && *nackTimeout <= now) {
    const auto missing = nacks_->OnTimeout(now);
    due.missing = missing.sequenceNumbers;
    if (missing.keyFrameWanted && kind_ == MediaKind::kVideo && keyFrames_.OnRequest(now))
      due.keyFrame = CountKeyFrameRequest();
    // Packets that the tracker gave up on will not begin a key frame.
    CloseGap(out, now);
  }
  if (gap_) due.dropped = gap_->OnTimeout(out, now);
  if (keyFrames_.OnTimeout(now)) due.keyFrame = CountKeyFrameRequest();
  if (!paused && activity_.OnTimeout(now))
    due.activity = {.inactive = true, .scoreChanged = score_.Deactivate()};
  return due;
}

ProducerStream::Activity ProducerStream::OnBye() {
  if (!activity_.End()) return {};
  return {.inactive = true, .scoreChanged = score_.Deactivate()};
}

RtpStreamStats ProducerStream::Stats(Instant now) {
  RtpStreamStats stats;
  stats.receive = true;
  stats.timestampMs = ToTimestampMs(now);
  stats.ssrc = params_.ssrc;
  stats.kind = kind_;
  stats.mimeType = params_.mimeType;
  stats.packetsLost = static_cast<std::int32_t>(statistics_.PacketsLost());
  stats.fractionLost = statistics_.FractionLost();
  stats.jitter = statistics_.Jitter();
  stats.packetsDiscarded = statistics_.Discarded();
  stats.packetsRepaired = counts_.packetsRepaired;
  stats.packetsRetransmitted = counts_.packetsRetransmitted;
  stats.rtxPacketsDiscarded = counts_.rtxPacketsDiscarded;
  stats.nackCount = counts_.nackCount;
  stats.nackPacketCount = counts_.nackPacketCount;
  stats.pliCount = counts_.pliCount;
  stats.firCount = counts_.firCount;
  stats.rid = params_.rid;
  stats.rtxSsrc = params_.rtxSsrc;
  stats.score = score_.Score();
  stats.packetCount = statistics_.Rate().Packets();
  stats.byteCount = statistics_.Rate().Bytes();
  stats.bitrate = statistics_.Rate().Rate(now).Value();
  if (params_.spatialLayers > 1 || params_.temporalLayers > 1) {
    for (std::uint8_t spatial = 0; spatial < params_.spatialLayers; ++spatial) {
      for (std::uint8_t temporal = 0; temporal < params_.temporalLayers; ++temporal)
        stats.bitrateByLayer.push_back({spatial, temporal, layers_.RateUpTo(spatial, temporal, now).Value()});
    }
  }
  return stats;
}

}  // namespace ringcast::rtc
