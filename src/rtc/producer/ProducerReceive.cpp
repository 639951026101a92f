#include <optional>
#include <utility>

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "rtc/CodecParameters.hpp"

// What a producer does with a packet that came for it.
namespace ringcast::rtc {

std::optional<net::DropReason> Producer::Receive(rtp::Packet packet) {
  using net::DropReason;
  const auto payloadType = packet.PayloadType().Value();
  if (retransmissionTypes_[payloadType] != kNoPayloadType) return ReceiveRetransmission(std::move(packet));
  if (payloadTypes_[payloadType] == kNoPayloadType) return DropReason::kUnknownPayloadType;
  auto* stream = FindOrCreateStream(packet);
  if (stream == nullptr) return DropReason::kUnknownStream;
  return Accept(*stream, std::move(packet), false);
}

// By ssrc; by repaired rid (RFC 8852 section 3.2); and what a lone encoding's mid brought here is its own.
Producer::Stream* Producer::FindRepaired(const rtp::Packet& packet) {
  for (auto& stream : streams_) {
    if (stream.params.rtxSsrc == packet.SenderSsrc()) return &stream;
  }
  const auto rid = packet.ExtensionValue(rtp::Extension::kRepairedRid);
  for (auto& stream : streams_) {
    const bool belongs = rid ? stream.params.rid == AsText(*rid) && !stream.params.rid.empty()
                             : parameters_.encodings.size() == 1 && !parameters_.encodings[0].rtxSsrc;
    if (!belongs || stream.params.ssrc != lastSsrcs_[stream.params.encodingIdx]) continue;
    stream.params.rtxSsrc = packet.SenderSsrc();
    return &stream;
  }
  return nullptr;
}

std::optional<net::DropReason> Producer::ReceiveRetransmission(rtp::Packet packet) {
  using net::DropReason;
  auto* stream = FindRepaired(packet);
  if (stream == nullptr) return DropReason::kUnknownStream;
  const PayloadType repeated(retransmissionTypes_[packet.PayloadType().Value()]);
  if (payloadTypes_[repeated.Value()] == kNoPayloadType) return DropReason::kUnknownPayloadType;
  if (!packet.RestoreFromRtx(stream->params.ssrc, repeated)) return DropReason::kProbe;
  ++stream->packetsRetransmitted;
  const auto reason = Accept(*stream, std::move(packet), true);
  if (reason) ++stream->rtxPacketsDiscarded;
  return reason;
}

bool Producer::TrackMissing(Stream& stream, const rtp::ReceiveStatistics::Accepted& accepted, bool keyFrame,
                            bool recovered, Instant now) {
  if (!stream.nacks) return true;
  auto& nacks = *stream.nacks;
  if (accepted.restarted) nacks.Reset();
  const auto before = nacks.NextTimeout();
  using Verdict = rtp::NackTracker::Verdict;
  const auto verdict = nacks.OnPacket(accepted.sequenceNumber, keyFrame, recovered, now);
  if (verdict == Verdict::kRepaired) ++stream.packetsRepaired;
  // Once for a gap, not for each packet.
  if (nacks.NextTimeout() != before) transport_.Settle(now);
  return verdict == Verdict::kNew || verdict == Verdict::kReordered || verdict == Verdict::kRepaired;
}

std::optional<net::DropReason> Producer::Accept(Stream& stream, rtp::Packet packet, bool recovered) {
  using net::DropReason;
  using Verdict = rtp::ReceiveStatistics::Verdict;
  const auto mapped = payloadTypes_[packet.PayloadType().Value()];
  auto& lastSsrc = lastSsrcs_[stream.params.encodingIdx];
  lastSsrc = stream.params.ssrc;

  const auto accepted =
      recovered ? stream.receive.OnRecovered(packet.SequenceNumber(), packet.Timestamp(), packet.Size(),
                                             stream.nacks.has_value(), packet.Arrival())
                : stream.receive.OnPacket(packet.SequenceNumber(), packet.Timestamp(), packet.Size(),
                                          packet.Arrival());
  switch (accepted.verdict) {
    case Verdict::kAccepted:
      break;
    case Verdict::kDuplicate:
      return DropReason::kDuplicate;
    case Verdict::kTooOld:
    case Verdict::kProbation:
      return DropReason::kTooOld;
  }

  if (stream.activity.OnPacket(packet.Arrival())) OnActive(stream, packet.Arrival());
  if ((packet.Extensions() & rtp::SetOf(rtp::Extension::kVideoOrientation)) != 0)
    NoteVideoOrientation(packet);

  if (accepted.restarted) {
    stream.restarted = true;
    stream.frames = rtp::FrameInspector(stream.codec);
    if (stream.gap) stream.gap->Clear();
  }
  CloseGap(stream, packet.Arrival());
  auto frame = stream.frames.Inspect(packet);
  packet.SetMaskPlace(rtp::MaskPlaceOf(frame));
  if (!TrackMissing(stream, accepted, frame.keyFrame, recovered, packet.Arrival()))
    return DropReason::kTooOld;
  stream.layers.Add(frame.spatialLayer, frame.temporalLayer, packet.Size(), packet.Arrival());
  if (frame.keyFrame) stream.keyFrames.OnKeyFrame();
  if (paused_) return DropReason::kProducerPaused;
  if (const auto reason = CheckLimits(packet.Arrival())) return reason;
  if (trace_.Packets()) {
    TracePacket(packet, {.keyFrame = frame.keyFrame,
                         .spatialLayer = frame.spatialLayer,
                         .temporalLayer = frame.temporalLayer,
                         .retransmission = recovered});
  }

  const bool paddingOnly = packet.PayloadSize() == 0;
  const Instant arrival = packet.Arrival();
  RoutedPacket routed{.packet = std::move(packet),
                      .sequenceNumber = accepted.sequenceNumber,
                      .mappedSsrc = stream.mappedSsrc,
                      .mappedPayloadType = PayloadType(mapped),
                      .encodingIndex = static_cast<std::uint8_t>(stream.params.encodingIdx),
                      .paddingOnly = paddingOnly,
                      .frame = std::move(frame)};
  if (!stream.gap) {
    Wait(stream, std::move(routed), arrival);
  } else if (!WaitsForGap(stream, routed)) {
    const bool startsLate = routed.frame.keyFrame && !stream.gap->Empty();
    Wait(stream, std::move(routed), arrival);
    if (startsLate) Repeat(stream, accepted.sequenceNumber, arrival);
    CloseGap(stream, arrival);
  }
  return std::nullopt;
}

// Behind the statistics and the tracker of missing packets: the sender is not asked again for a packet that
// is dropped here. In front of the tracker each would be a gap, and a NACK for it would make a flood of
// packets larger. And behind all that drops packets without forwarding them: duplicates use up nothing of
// what the producer may publish.
std::optional<net::DropReason> Producer::CheckLimits(Instant arrival) {
  if (!policer_.Admit(arrival)) return net::DropReason::kPoliced;
  auto& scheduler = context_.scheduler;
  const bool full = kind_ == MediaKind::kVideo ? scheduler.Full() && !scheduler.MakeRoom(*this)
                                               : waiting_.size() >= ForwardingScheduler::kMaxAudioWaiting;
  if (full) return net::DropReason::kOverloaded;
  const auto& pool = context_.environment.pool;
  const auto reserve = context_.poolBudget.ReserveFor(kind_);
  while (pool.Free() <= reserve) {
    // What is held behind gaps is of use only if a repair arrives: it goes before what can be forwarded now.
    if (context_.gaps.ShedLargest() == 0) return net::DropReason::kPoolReserve;
  }
  return std::nullopt;
}

// Consumers must see each change of a source's numbering, whichever packets of it are dropped or kept back
// before: they would take numbers of the new one for numbers of the old one, and use their own twice.
void Producer::Wait(Stream& stream, RoutedPacket&& routed, Instant now) {
  const auto before = std::exchange(announcedSsrcs_[stream.params.encodingIdx], stream.params.ssrc);
  routed.restarted = std::exchange(stream.restarted, false) || before != stream.params.ssrc;
  auto& scheduler = context_.scheduler;
  if (waiting_.empty()) {
    scheduler.Schedule(*this);
    waitingSince_ = now;
  }
  scheduler.CountWaiting();
  ++filling_;
  waiting_.push_back(std::move(routed));
}

// While something is missing, what comes behind it is kept: it may be the rest of a key frame whose first
// packet comes last, by RTX, and only with that one a consumer can begin. And it may name a template of a
// structure that is missing itself: nobody can make anything of such a packet before.
bool Producer::WaitsForGap(Stream& stream, const RoutedPacket& routed) {
  if (stream.nacks->Missing() == 0) return false;
  const bool first = stream.gap->Empty();
  const bool waits = routed.frame.structureMissing;
  if (!stream.gap->Hold(routed, !waits)) return false;
  if (first) transport_.Settle(routed.packet.Arrival());
  return waits;
}

// A key frame's first packet came after some of those behind it.
void Producer::Repeat(Stream& stream, std::int64_t keyFrame, Instant now) {
  for (auto& [routed, announced] : stream.gap->Packets()) {
    if (routed.sequenceNumber <= keyFrame || context_.scheduler.Full()) continue;
    if (routed.frame.structureMissing) {
      routed.frame = stream.frames.Inspect(routed.packet);
      routed.packet.SetMaskPlace(rtp::MaskPlaceOf(routed.frame));
      if (routed.frame.structureMissing) continue;
    }
    auto repeated = routed;
    if (std::exchange(announced, true)) repeated.repeatedBehind = keyFrame;
    Wait(stream, std::move(repeated), now);
  }
}

// Nothing is missing any more, or nothing of it will come. A turn that is full leaves it to the next one.
void Producer::CloseGap(Stream& stream, Instant now) {
  if (!stream.gap || stream.gap->Empty() || stream.nacks->Missing() != 0) return;
  if (context_.scheduler.Full()) return stream.gap->ReleasePublished();
  for (auto& [routed, published] : stream.gap->Packets()) {
    if (!published) Wait(stream, std::move(routed), now);
  }
  stream.gap->Clear();
}

void Producer::ExpireGap(Stream& stream, Instant now) {
  const auto expired = stream.gap->Expired(now);
  for (auto& [routed, published] : expired) {
    if (published) continue;
    if (context_.scheduler.Full()) {
      transport_.CountDrop(net::DropReason::kOverloaded);
    } else {
      Wait(stream, std::move(routed), now);
    }
  }
  stream.gap->Release(expired.size());
}

}  // namespace ringcast::rtc
