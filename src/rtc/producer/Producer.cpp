#include "ringcast/rtc/producer/Producer.hpp"

#include <string>
#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "rtc/CodecParameters.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

namespace {

// Returns why a packet must not be published, if it exceeds the producer's limits or the worker has no room
// for it.
//
// The packet is in the statistics and the tracker of missing packets already: else a packet that is dropped
// here would be requested again, and the NACKs would make a flood of packets larger. Packets that are dropped
// for other reasons use up nothing of the limits.
std::optional<net::DropReason> CheckLimits(WorkerContext& context, Producer& producer, Instant arrival) {
  if (!producer.Load().Admit(arrival)) return net::DropReason::kPoliced;
  auto& scheduler = context.scheduler;
  const bool full = producer.Kind() == MediaKind::kVideo
                        ? scheduler.Full() && !scheduler.MakeRoom(producer)
                        : producer.Queue().Size() >= ForwardingScheduler::kMaxAudioWaiting;
  if (full) return net::DropReason::kOverloaded;
  const auto reserve = context.poolBudget.ReserveFor(producer.Kind());
  while (context.environment.pool.Free() <= reserve) {
    // Packets behind gaps are of use only if a repair arrives: they are dropped before packets that can be
    // forwarded now.
    if (context.gaps.ShedLargest() == 0) return net::DropReason::kPoolReserve;
  }
  return std::nullopt;
}

}  // namespace

Result<RtpType> ValidateProduceOptions(const ProduceOptions& options) {
  const auto& parameters = options.rtpParameters;
  if (options.producerId.empty()) return TypeError("a producer needs an id");
  if (auto status = ValidateRtpParameters(parameters); !status) return status.Failure();
  if (options.rtpMapping.encodings.size() != parameters.encodings.size()) {
    return TypeError("rtpMapping has " + std::to_string(options.rtpMapping.encodings.size()) +
                     " encodings, rtpParameters has " + std::to_string(parameters.encodings.size()));
  }
  for (const auto& mapping : options.rtpMapping.codecs) {
    if (mapping.payloadType.Value() > 127 || mapping.mappedPayloadType.Value() > 127) {
      return TypeError("rtpMapping maps payload type " + std::to_string(mapping.payloadType.Value()) +
                       " to " + std::to_string(mapping.mappedPayloadType.Value()) + ": above 127");
    }
  }
  if (parameters.encodings.size() > LayerSelector::kMaxEncodings) {
    return TypeError("a producer has at most " + std::to_string(LayerSelector::kMaxEncodings) +
                     " encodings, not " + std::to_string(parameters.encodings.size()));
  }
  for (const auto& encoding : parameters.encodings) {
    if (parameters.encodings.size() > 1 && !encoding.ssrc && encoding.rid.empty()) {
      return TypeError("with more than one encoding each needs an ssrc or a rid");
    }
  }
  return TypeOf(parameters);
}

Producer::Producer(WorkerContext& context, Transport& transport, const ProduceOptions& options, RtpType type)
    : id_(options.producerId),
      context_(context),
      transport_(transport),
      kind_(options.kind),
      type_(type),
      parameters_(Canonical(options.rtpParameters)),
      mapping_(options.rtpMapping),
      payloadTypes_(parameters_, mapping_),
      paused_(options.paused),
      events_(context.notifier, context.keyFrameRequests, id_),
      feedback_(transport, events_),
      streams_({.parameters = parameters_,
                .mapping = mapping_,
                .kind = kind_,
                .clock = transport.Owner().SourceClocks().Of(parameters_.rtcp.cname),
                .keyFrameRequestDelay = Milliseconds(options.keyFrameRequestDelayMs),
                .gaps = transport.Receiver().Gaps()}),
      queue_(parameters_.encodings.size()),
      load_(kind_, parameters_.encodings.size(), context.tightenedProducers),
      entry_(context.producers.Add(id_, *this)) {
  for (const auto& extension : parameters_.headerExtensions) extensions_.Set(extension.uri, extension.id);
}

Producer::~Producer() {
  context_.scheduler.Remove(*this);
  context_.notifier.Forget(id_);
  Router::EndObservations(*this);
  // Each closing consumer ends its subscription.
  while (!Consumers().empty()) {
    Consumer& consumer = *Consumers().back();
    context_.notifier.ConsumerProducerClose(consumer.Id());
    const auto closed = consumer.Owner().CloseConsumer(consumer.Id());
    RC_ASSERT(closed.Ok());
  }
}

std::span<Consumer* const> Producer::Consumers() const { return transport_.Owner().ConsumersOf(*this); }

ProducerDump Producer::Dump() const {
  return {.id = id_,
          .kind = kind_,
          .type = type_,
          .rtpParameters = parameters_,
          .rtpMapping = mapping_,
          .rtpStreams = streams_.Dump(),
          .traceEvents = events_.Selected(),
          .paused = paused_};
}

void Producer::Pause() {
  if (paused_) return;
  paused_ = true;
  for (auto& stream : streams_.All()) stream.Pause();
  for (auto* consumer : Consumers()) consumer->Pause(PauseReason::kProducer);
}

void Producer::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  for (auto& stream : streams_.All()) stream.Resume(now);
  for (auto* consumer : Consumers()) consumer->Resume(now, PauseReason::kProducer);
  transport_.Settle(now);
}

// --- Packets ---

Status Producer::Send(ByteView packet, Instant now) {
  if (transport_.Kind() != TransportKind::kDirect) {
    return GenericError("producer " + id_ + " is not on a direct transport: packets cannot be sent to it");
  }
  auto buffer = context_.environment.pool.Copy(packet, now);
  if (!buffer) return GenericError("no room for a packet of " + std::to_string(packet.size()) + " bytes");
  auto parsed = rtp::Packet::Parse(std::move(buffer));
  if (!parsed) return GenericError("not an RTP packet: sent to producer \"" + id_ + "\"");
  parsed->LocateExtensions(extensions_);
  transport_.Receiver().Deliver(*this, std::move(*parsed), now);
  return OkStatus();
}

std::optional<net::DropReason> Producer::Receive(rtp::Packet packet) {
  using net::DropReason;
  if (const auto repaired = payloadTypes_.Repaired(packet.PayloadType())) {
    auto* stream = streams_.FindRepaired(packet);
    if (stream == nullptr) return DropReason::kUnknownStream;
    const auto mapped = payloadTypes_.Mapped(*repaired);
    if (!mapped) return DropReason::kUnknownPayloadType;
    if (!stream->RestoreFromRtx(packet, *repaired)) return DropReason::kProbe;
    const auto reason = Accept(*stream, std::move(packet), *mapped, true);
    if (reason) stream->CountUselessRetransmission();
    return reason;
  }
  const auto mapped = payloadTypes_.Mapped(packet.PayloadType());
  if (!mapped) return DropReason::kUnknownPayloadType;
  auto* stream = streams_.Find(packet.SenderSsrc());
  if (stream == nullptr) {
    stream = streams_.Create(packet);
    if (stream == nullptr) return DropReason::kUnknownStream;
    queue_.OnRestart(stream->Params().encodingIdx, packet.SenderSsrc());
  }
  return Accept(*stream, std::move(packet), *mapped, false);
}

std::optional<net::DropReason> Producer::Accept(ProducerStream& stream, rtp::Packet&& packet,
                                                PayloadType mapped, bool recovered) {
  const auto arrival = packet.Arrival();
  streams_.NoteCurrent(stream);
  const auto counted = stream.Count(packet, recovered);
  if (counted.dropped) return counted.dropped;
  if (counted.activated) events_.OnActive(stream.Params());
  if (counted.scoreChanged) NotifyScores(arrival);
  events_.OnVideoOrientation(packet);
  if (counted.restarted) queue_.OnRestart(stream.Params().encodingIdx, stream.Params().ssrc);

  ForwardingQueue::Writer before(queue_, context_.scheduler.Room());
  auto inspected = stream.Inspect(std::move(packet), mapped, counted, recovered, before);
  OnWritten(before);
  if (counted.activated || inspected.timeoutChanged) transport_.Settle(arrival);
  if (inspected.late) return net::DropReason::kTooOld;
  stream.CountFrame(inspected.packet);
  if (paused_) return net::DropReason::kProducerPaused;
  if (const auto reason = CheckLimits(context_, *this, arrival)) return reason;
  events_.OnPacket(inspected.packet, recovered);

  ForwardingQueue::Writer writer(queue_, context_.scheduler.Room());
  const bool timeoutChanged = stream.Publish(std::move(inspected.packet), writer);
  OnWritten(writer);
  if (timeoutChanged) transport_.Settle(arrival);
  return std::nullopt;
}

void Producer::OnWritten(const ForwardingQueue::Writer& written) {
  if (written.Count() == 0) return;
  if (written.Count() == queue_.Size()) context_.scheduler.Schedule(*this);
  context_.scheduler.CountWaiting(written.Count());
  load_.CountPublished(written.Count());
}

std::span<const RoutedPacket> Producer::BeginRound(std::size_t limit) {
  const bool video = kind_ == MediaKind::kVideo;
  return queue_.BeginRound(limit, video ? context_.environment.gsoPadding : std::uint8_t{0},
                           Consumers().empty() ? nullptr : &context_.packets);
}

// --- RTCP ---

void Producer::OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now) {
  auto* stream = streams_.Find(ssrc);
  if (stream == nullptr) return streams_.KeepReport({ssrc, info, now});
  if (stream->OnSenderReport(info, now)) {
    for (auto* consumer : Consumers())
      consumer->ForEachStream([](ConsumerStream& outgoing) { outgoing.OnSourceReported(); });
  }
  events_.OnSenderReport(ssrc, info, now);
}

void Producer::OnBye(Ssrc ssrc, Instant now) {
  auto* stream = streams_.Find(ssrc);
  if (stream == nullptr) return;
  const auto ended = stream->OnBye();
  if (ended.inactive) events_.OnInactive(stream->Params());
  if (ended.scoreChanged) NotifyScores(now);
}

void Producer::RequestKeyFrame(Ssrc mappedSsrc, Instant now) {
  if (kind_ != MediaKind::kVideo || paused_) return;
  bool timeoutChanged = false;
  for (auto& stream : streams_.All()) {
    if (stream.MappedSsrc() != mappedSsrc) continue;
    const auto decision = stream.RequestKeyFrame(now);
    const auto ssrc = stream.Params().ssrc;
    if (decision.request) {
      feedback_.SendKeyFrameRequest(*decision.request, ssrc, now);
    } else {
      events_.OnKeyFrameRequestSuppressed(ssrc);
    }
    timeoutChanged = timeoutChanged || decision.timeoutChanged;
  }
  if (timeoutChanged) transport_.Settle(now);
}

void Producer::AppendReports(std::vector<rtp::ReportBlock>& out, Instant now) {
  bool scoresChanged = false;
  for (auto& stream : streams_.All()) {
    const auto report = stream.MakeReport(now);
    if (!report) continue;
    out.push_back(report->block);
    scoresChanged = scoresChanged || report->scoreChanged;
  }
  if (scoresChanged) NotifyScores(now);
  if (kind_ != MediaKind::kVideo) return;
  const auto repair = streams_.LongestRepair(now);
  for (auto* consumer : Consumers())
    consumer->ForEachStream([&](ConsumerStream& stream) { stream.OnRepairTime(repair, now); });
}

void Producer::OnTimeout(Instant now) {
  bool scoresChanged = false;
  for (auto& stream : streams_.All()) {
    const auto ssrc = stream.Params().ssrc;
    ForwardingQueue::Writer writer(queue_, context_.scheduler.Room());
    const auto due = stream.OnTimeout(paused_, writer, now);
    OnWritten(writer);
    if (!due.missing.empty())
      stream.OnNackSent(feedback_.SendNack(ssrc, due.missing, now), due.missing.size());
    if (due.keyFrame) feedback_.SendKeyFrameRequest(*due.keyFrame, ssrc, now);
    transport_.CountDrop(net::DropReason::kOverloaded, due.dropped);
    if (due.activity.inactive) events_.OnInactive(stream.Params());
    scoresChanged = scoresChanged || due.activity.scoreChanged;
  }
  if (scoresChanged) NotifyScores(now);
}

void Producer::NotifyScores(Instant now) {
  context_.notifier.ProducerScores(id_, streams_.DescribeScores());
  const auto scores = streams_.Scores();
  const auto sent = streams_.Sent();
  for (auto* consumer : Consumers()) {
    context_.notifier.ConsumerScores(consumer->Id(), consumer->Score(scores));
    consumer->OnEncodingsChanged(sent, now);
  }
}

}  // namespace ringcast::rtc
