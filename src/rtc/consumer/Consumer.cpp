#include "ringcast/rtc/consumer/Consumer.hpp"

#include <string>
#include <utility>

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "rtc/CodecParameters.hpp"
#include "rtc/ParameterChecks.hpp"
#include "rtc/Scalability.hpp"

namespace ringcast::rtc {

namespace {

rtp::OutgoingExtensions ExtensionsOf(const RtpParameters& parameters) {
  rtp::ExtensionIds ids;
  for (const auto& extension : parameters.headerExtensions) ids.Set(extension.uri, extension.id);
  return {ids, parameters.mid};
}

std::bitset<128> MediaPayloadTypes(const RtpParameters& parameters) {
  std::bitset<128> types;
  for (const auto& codec : parameters.codecs) {
    if (IsMediaCodec(codec)) types.set(codec.payloadType.Value());
  }
  return types;
}

// The highest layers that the parameters promise. By simulcast each encoding is a spatial layer.
rtp::LayerIds HighestLayers(const ConsumeOptions& options) {
  const auto layers = ParseScalabilityMode(options.rtpParameters.encodings.front().scalabilityMode);
  const std::size_t spatial =
      options.type == RtpType::kSimulcast ? options.consumableRtpEncodings.size() : layers.spatial;
  return {static_cast<std::uint8_t>(spatial - 1), static_cast<std::uint8_t>(layers.temporal - 1)};
}

const RtpCodecParameters& FirstCodec(const ConsumeOptions& options) {
  const auto* codec = CodecOf(options.rtpParameters, options.rtpParameters.encodings.front());
  RC_ASSERT(codec != nullptr);
  return *codec;
}

rtp::Codec CodecOfFirst(const ConsumeOptions& options) {
  return rtp::ParseCodec(FirstCodec(options).mimeType);
}

}  // namespace

Status Consumer::Validate(const ConsumeOptions& options) {
  const auto& parameters = options.rtpParameters;
  if (options.consumerId.empty()) return TypeError("a consumer needs an id");
  if (auto status = ValidateRtpParameters(parameters); !status) return status;
  const auto& consumable = options.consumableRtpEncodings;
  if (consumable.empty()) return TypeError("consumableRtpEncodings is empty");
  const std::size_t streams = options.type == RtpType::kPipe ? consumable.size() : 1;
  if (parameters.encodings.size() != streams) {
    return TypeError("the consumer has " + std::to_string(parameters.encodings.size()) +
                     " encodings where its type wants " + std::to_string(streams));
  }
  for (const auto& encoding : parameters.encodings) {
    if (!encoding.ssrc) return TypeError("an encoding of the consumer has no ssrc");
  }
  if (consumable.size() > LayerSelector::kMaxEncodings) {
    return TypeError("consumableRtpEncodings has more than " + std::to_string(LayerSelector::kMaxEncodings) +
                     " encodings");
  }
  for (const auto& encoding : consumable) {
    if (!encoding.ssrc) return TypeError("a consumable encoding has no ssrc");
  }
  return OkStatus();
}

Consumer::Consumer(WorkerContext& context, Transport& transport, Producer& producer,
                   const ConsumeOptions& options)
    : transport_(transport),
      producer_(producer),
      payloadTypes_(MediaPayloadTypes(options.rtpParameters)),
      kind_(options.kind),
      type_(options.type),
      paused_(options.paused),
      producerPaused_(producer.Paused()),
      needsKeyFrame_(options.kind == MediaKind::kVideo && rtp::CanDetectKeyFrame(CodecOfFirst(options))),
      stream_(*this, options.rtpParameters, 0, transport),
      id_(options.consumerId),
      context_(context),
      serialNumber_(context.consumersMade++),
      extensions_(ExtensionsOf(options.rtpParameters)),
      parameters_(Canonical(options.rtpParameters)),
      consumableEncodings_(options.consumableRtpEncodings),
      entry_(context.consumers.Add(id_, *this)),
      subscription_(producer.Route(), *this) {
  if (type_ == RtpType::kPipe) {
    for (std::size_t i = 1; i < options.rtpParameters.encodings.size(); ++i) {
      others_.push_back(std::make_unique<ConsumerStream>(*this, options.rtpParameters, i, transport));
    }
  }
  if (type_ == RtpType::kSimulcast || type_ == RtpType::kSvc) {
    const bool simulcast = type_ == RtpType::kSimulcast;
    layered_ = std::make_unique<Layered>(Layered{
        .selector = LayerSelector(simulcast ? consumableEncodings_.size() : 1, HighestLayers(options)),
        .renumbersPictures = simulcast});
    layered_->selector.SetPreferred(options.preferredLayers);
    layered_->selector.SetSent(producer_.Sent());
  }
  if (options.ignoreDtx && CodecOfFirst(options) == rtp::Codec::kOpus)
    ignoredDtx_ = FirstCodec(options).payloadType;
  // One that repeats packets as they were would have to remember what it told when. And behind a pipe another
  // worker knows its receivers better.
  if (kind_ == MediaKind::kVideo && type_ != RtpType::kPipe && stream_.Resends() &&
      !stream_.RepeatsAsItWas() && extensions_.Ids().Id(rtp::Extension::kPlayoutDelay))
    playoutDelay_.emplace();
}

Consumer::~Consumer() {
  if (shed_) --context_.shedConsumers;
  context_.notifier.Forget(id_);
}

void Consumer::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  Continue(now);
}

void Consumer::Resync() {
  ForEachStream([](ConsumerStream& stream) { stream.Resync(); });
  if (!layered_) return;
  layered_->selector.Restart();
  layered_->pictures.Resync();
}

void Consumer::Continue(Instant now) {
  if (!Active()) return;
  Resync();
  RequestKeyFrame(now);
}

void Consumer::Shed() {
  if (shed_) return;
  shed_ = true;
  ++context_.shedConsumers;
}

void Consumer::Restore(Instant now) {
  if (!shed_) return;
  shed_ = false;
  --context_.shedConsumers;
  Continue(now);
}

bool Consumer::Wants() const { return !paused_ && !producerPaused_ && transport_.Connected(); }

void Consumer::OnProducerPaused() {
  if (producerPaused_) return;
  producerPaused_ = true;
  context_.notifier.ConsumerProducerPause(id_);
}

void Consumer::OnProducerResumed(Instant now) {
  if (!producerPaused_) return;
  producerPaused_ = false;
  context_.notifier.ConsumerProducerResume(id_);
  Continue(now);
}

// What was announced while the transport could not send never came here, a change of the source with it.
void Consumer::OnTransportConnected(Instant now) { Continue(now); }

void Consumer::RequestKeyFrame(Instant now) {
  ForEachStream([&](const ConsumerStream& stream) { RequestKeyFrameFor(stream, now); });
}

void Consumer::RequestKeyFrameFor(const ConsumerStream& stream, Instant now) {
  std::size_t encoding = stream.Encoding();
  if (layered_) {
    const auto& selector = layered_->selector;
    const auto followed = selector.Followed();
    const auto wanted = selector.WantsKeyFrame();
    if (!followed && !wanted) return;
    encoding = followed ? *followed : *wanted;
  }
  RequestKeyFrameOf(encoding, now);
}

void Consumer::RequestKeyFrameOf(std::size_t encoding, Instant now) {
  if (kind_ != MediaKind::kVideo || !Active() || !transport_.Connected()) return;
  producer_.RequestKeyFrame(*consumableEncodings_[encoding].ssrc, now);
}

// For a switch that only a key frame allows, of whichever encoding.
void Consumer::RequestSwitch(Instant now) {
  const auto wanted = layered_->selector.WantsKeyFrame();
  if (wanted) RequestKeyFrameOf(*wanted, now);
}

Result<std::optional<ConsumerLayers>> Consumer::SetPreferredLayers(std::optional<ConsumerLayers> layers,
                                                                   Instant now) {
  if (!layered_) return std::optional<ConsumerLayers>();
  const auto preferred = layered_->selector.SetPreferred(layers);
  RequestSwitch(now);
  return std::optional(preferred);
}

void Consumer::OnEncodingsChanged(std::bitset<LayerSelector::kMaxEncodings> sent, Instant now) {
  if (!layered_) return;
  layered_->selector.SetSent(sent);
  RequestSwitch(now);
}

void Consumer::NoteSourceChanges(std::span<const RoutedPacket> packets) {
  for (const auto& routed : packets) {
    if (!routed.restarted) continue;
    ForEachStream([&](ConsumerStream& stream) {
      if (Takes(stream, routed)) stream.OnSourceChange();
    });
  }
}

std::size_t Consumer::Forward(std::span<const RoutedPacket> packets, EgressBatch& queue, Instant now) {
  // Since the packets were scheduled it was paused, or its transport lost its peer's consent: "If a valid
  // STUN response ... is not received ..., the endpoint MUST cease transmission" (RFC 7675 section 5.1).
  if (!Active() || !transport_.Connected()) {
    NoteSourceChanges(packets);
    return 0;
  }
  std::size_t noRoom = 0;
  ForEachStream([&](ConsumerStream& stream) { noRoom += ForwardTo(stream, packets, queue, now); });
  return noRoom;
}

std::size_t Consumer::ForwardTo(ConsumerStream& stream, std::span<const RoutedPacket> packets,
                                EgressBatch& queue, Instant now) {
  queue.BeginStream(stream.Id(), kind_ == MediaKind::kVideo);
  std::size_t noRoom = 0;
  for (const auto& routed : packets) {
    if (!Takes(stream, routed)) continue;
    if (queue.Full()) {
      if (OnNoRoom(stream, routed)) ++noRoom;
      continue;
    }
    const auto rewrite = Admit(stream, routed, now);
    if (!rewrite) continue;
    RC_ASSERT(queue.Push(routed.cached, *rewrite));
    if (trace_.Packets()) TracePacket(routed, *rewrite, now);
  }
  return noRoom;
}

// Decided before the packet gets a sequence number: nothing could ever repair the hole that its number would
// leave.
bool Consumer::OnNoRoom(ConsumerStream& stream, const RoutedPacket& routed) {
  if (!stream.Wants(routed)) return false;
  if (routed.restarted && routed.encodingIndex == stream.Encoding()) stream.OnSourceChange();
  if (layered_ && layered_->selector.Followed() != routed.encodingIndex) return false;
  // Without one of its packets a frame, and all that refer to it, cannot be decoded: the stream continues at
  // the next key frame, without a hole.
  if (needsKeyFrame_ || routed.restarted) {
    if (layered_) {
      Resync();
    } else {
      stream.Resync();
    }
  } else if (kind_ == MediaKind::kAudio) {
    // A decoder conceals it by the timestamps (RFC 3550 section 5.1). The empty packet that would go out in
    // place of a late one has no room either.
    static_cast<void>(stream.Skip(routed));
  }
  // Of video whose key frames cannot be seen here, the hole is what makes the receiver ask for one.
  return true;
}

std::optional<rtp::RtpRewrite> Consumer::Admit(ConsumerStream& stream, const RoutedPacket& routed,
                                               Instant now) {
  if (!stream.Wants(routed)) return std::nullopt;
  if (layered_) return AdmitLayer(routed, now);
  if (routed.restarted) {
    stream.OnSourceChange();
    stream.Resync();
  }
  if (routed.paddingOnly || !payloadTypes_[routed.mappedPayloadType.Value()] || IsIgnoredDtx(routed)) {
    return LeaveOut(stream, routed);
  }
  if (stream.NeedsSync()) {
    if (needsKeyFrame_ && !routed.frame.keyFrame) {
      RequestKeyFrameFor(stream, now);
      return std::nullopt;
    }
    stream.Synchronise(routed, producer_, now);
  }
  auto rewrite = stream.Rename(routed, routed.packet.Marker(), now);
  if (rewrite) Dress(*rewrite);
  return rewrite;
}

bool Consumer::IsIgnoredDtx(const RoutedPacket& routed) const {
  return ignoredDtx_ == routed.mappedPayloadType && rtp::IsOpusDtx(routed.packet.Payload());
}

std::optional<rtp::RtpRewrite> Consumer::AdmitLayer(const RoutedPacket& routed, Instant now) {
  auto& selector = layered_->selector;
  const bool followed = selector.Followed() == routed.encodingIndex;
  if (routed.restarted && routed.encodingIndex == stream_.Encoding()) stream_.OnSourceChange();
  if (routed.restarted && followed) Resync();
  if (routed.paddingOnly || !payloadTypes_[routed.mappedPayloadType.Value()]) {
    return followed ? LeaveOut(stream_, routed) : std::nullopt;
  }
  using Action = LayerSelector::Action;
  const auto choice = selector.OnPacket(routed);
  if (choice.action == Action::kIgnore) {
    RequestSwitch(now);
    return std::nullopt;
  }
  if (choice.action == Action::kSkip) {
    RequestSwitch(now);
    if (layered_->renumbersPictures && !stream_.NeedsSync()) layered_->pictures.Skip(routed.frame);
    return LeaveOut(stream_, routed);
  }
  if (choice.action == Action::kSwitch) {
    stream_.Resync();
    layered_->pictures.Resync();
    stream_.Synchronise(routed, producer_, now);
  }
  TellLayers();
  rtp::PayloadPatch patch;
  if (layered_->renumbersPictures) {
    const auto renumbered = layered_->pictures.Map(routed.frame, routed.packet.Payload());
    if (!renumbered) return LeaveOut(stream_, routed);
    patch = *renumbered;
  }
  auto rewrite = stream_.Rename(routed, choice.marker, now);
  if (!rewrite) return std::nullopt;
  Dress(*rewrite);
  rewrite->patch = patch;
  rewrite->activeTargets = choice.activeTargets;
  return rewrite;
}

std::optional<rtp::RtpRewrite> Consumer::LeaveOut(ConsumerStream& stream, const RoutedPacket& routed) {
  auto empty = stream.Skip(routed);
  if (empty) Dress(*empty);
  return empty;
}

void Consumer::TellLayers() {
  const auto current = layered_->selector.Current();
  std::optional<ConsumerLayers> layers;
  if (current) layers = ConsumerLayers{current->spatial, current->temporal};
  if (layers == layered_->told) return;
  layered_->told = layers;
  context_.notifier.ConsumerLayersChange(id_, layers);
}

void Consumer::Dress(rtp::RtpRewrite& rewrite) const {
  if (!extensions_.Empty()) rewrite.extensions = &extensions_;
  if (tellsPlayoutDelay_) rewrite.minPlayoutDelay = playoutDelay_->ToTell();
}

std::optional<rtp::SenderInfo> Consumer::MakeSenderInfo(const ConsumerStream& stream, NtpTime ntp,
                                                        Instant now) const {
  const auto source = producer_.SourceTimestamp(*consumableEncodings_[stream.Encoding()].ssrc, now);
  return stream.MakeSenderInfo(ntp, source, now);
}

}  // namespace ringcast::rtc
