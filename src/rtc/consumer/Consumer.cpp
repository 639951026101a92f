#include "ringcast/rtc/consumer/Consumer.hpp"

#include <string>
#include <utility>

#include "ringcast/base/Log.hpp"
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

// Returns the highest layers that the parameters allow. With simulcast each encoding is a spatial layer.
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

StreamFormat FormatOf(const ConsumeOptions& options) {
  StreamFormat format;
  format.payloadTypes = MediaPayloadTypes(options.rtpParameters);
  format.kind = options.kind;
  const auto codec = CodecOfFirst(options);
  format.startsAtKeyFrame = options.kind == MediaKind::kVideo && rtp::CanDetectKeyFrame(codec);
  if (options.ignoreDtx && codec == rtp::Codec::kOpus) format.ignoredDtx = FirstCodec(options).payloadType;
  format.delaysPlayout = options.kind == MediaKind::kVideo && options.type != RtpType::kPipe &&
                         ExtensionsOf(options.rtpParameters).Ids().Id(rtp::Extension::kPlayoutDelay);
  return format;
}

// `index`: of the stream.
StreamSelector SelectorFor(const ConsumeOptions& options, const StreamFormat& format, std::size_t index,
                           const Producer& producer) {
  const bool simulcast = options.type == RtpType::kSimulcast;
  if (!simulcast && options.type != RtpType::kSvc) {
    return StreamSelector(PassThroughSelector(static_cast<std::uint8_t>(index), format.startsAtKeyFrame));
  }
  LayerSelector layers(simulcast ? options.consumableRtpEncodings.size() : 1, HighestLayers(options));
  layers.SetPreferred(options.preferredLayers);
  layers.SetSent(producer.Streams().Sent());
  return StreamSelector(std::make_unique<LayeredSelector>(layers, simulcast));
}

void LogLayers(std::string_view consumerId, RtpType type, const std::optional<ConsumerLayers>& layers) {
  const auto tag = type == RtpType::kSimulcast ? log::Tag::kSimulcast : log::Tag::kSvc;
  if (layers) {
    log::Debug(tag, "consumer ", consumerId, ": forwards spatial layer ", layers->spatialLayer,
               ", temporal layer ", layers->temporalLayer.value_or(0));
  } else {
    log::Debug(tag, "consumer ", consumerId, ": forwards no layer");
  }
}

}  // namespace

Status ValidateConsumeOptions(const ConsumeOptions& options) {
  const auto& parameters = options.rtpParameters;
  if (options.consumerId.empty()) return TypeError("a consumer needs an id");
  if (auto status = ValidateRtpParameters(parameters); !status) return status;
  const auto& consumable = options.consumableRtpEncodings;
  if (consumable.empty()) return TypeError("consumableRtpEncodings is empty");
  const std::size_t streams = options.type == RtpType::kPipe ? consumable.size() : 1;
  if (parameters.encodings.size() != streams) {
    return TypeError("the consumer has " + std::to_string(parameters.encodings.size()) +
                     " encodings where its type requires " + std::to_string(streams));
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
      format_(FormatOf(options)),
      type_(options.type),
      stream_(format_, SelectorFor(options, format_, 0, producer), options.rtpParameters, 0, transport),
      id_(options.consumerId),
      context_(context),
      serialNumber_(context.consumersMade++),
      extensions_(ExtensionsOf(options.rtpParameters)),
      parameters_(Canonical(options.rtpParameters)),
      consumableEncodings_(options.consumableRtpEncodings),
      tracer_(context.notifier, id_),
      entry_(context.consumers.Add(id_, *this)),
      subscription_(producer, *this) {
  if (!extensions_.Empty()) format_.extensions = &extensions_;
  if (options.paused) pauses_.Add(PauseReason::kController);
  if (producer.Paused()) pauses_.Add(PauseReason::kProducer);
  if (type_ == RtpType::kPipe) {
    for (std::size_t i = 1; i < options.rtpParameters.encodings.size(); ++i) {
      others_.push_back(std::make_unique<ConsumerStream>(format_, SelectorFor(options, format_, i, producer),
                                                         options.rtpParameters, i, transport));
    }
  }
}

Consumer::~Consumer() {
  if (pauses_.Has(PauseReason::kShed)) --context_.shedConsumers;
  context_.notifier.Forget(id_);
}

// --- Control ---

void Consumer::Pause(PauseReason reason) {
  if (!pauses_.Add(reason)) return;
  if (reason == PauseReason::kProducer) context_.notifier.ConsumerProducerPause(id_);
  if (reason == PauseReason::kShed) ++context_.shedConsumers;
}

void Consumer::Resume(Instant now, PauseReason reason) {
  if (!pauses_.Remove(reason)) return;
  if (reason == PauseReason::kProducer) context_.notifier.ConsumerProducerResume(id_);
  if (reason == PauseReason::kShed) --context_.shedConsumers;
  Restart(now);
}

void Consumer::Restart(Instant now) {
  if (pauses_.Any()) return;
  ForEachStream([](ConsumerStream& stream) { stream.Restart(); });
  RequestKeyFrame(now);
}

void Consumer::RequestKeyFrame(Instant now) {
  ForEachStream(
      [&](const ConsumerStream& stream) { RequestKeyFrameOf(stream.Selector().KeyFrameEncoding(), now); });
}

void Consumer::RequestKeyFrameOf(std::optional<std::size_t> encoding, Instant now) {
  if (!encoding || Kind() != MediaKind::kVideo || pauses_.Any() || !transport_.Connected()) return;
  producer_.RequestKeyFrame(*consumableEncodings_[*encoding].ssrc, now);
}

Result<std::optional<ConsumerLayers>> Consumer::SetPreferredLayers(std::optional<ConsumerLayers> layers,
                                                                   Instant now) {
  auto* layered = stream_.Selector().Layered();
  if (layered == nullptr) return std::optional<ConsumerLayers>();
  const auto preferred = layered->Layers().SetPreferred(layers);
  RequestKeyFrameOf(layered->Layers().WantsKeyFrame(), now);
  return std::optional(preferred);
}

void Consumer::OnEncodingsChanged(std::bitset<LayerSelector::kMaxEncodings> sent, Instant now) {
  auto* layered = stream_.Selector().Layered();
  if (layered == nullptr) return;
  layered->Layers().SetSent(sent);
  RequestKeyFrameOf(layered->Layers().WantsKeyFrame(), now);
}

Consumer::LoadShare Consumer::Load() const {
  return {.wanted = !pauses_.AnyBut(PauseReason::kShed) && transport_.Connected(),
          .shed = pauses_.Has(PauseReason::kShed),
          .priority = priority_,
          .serialNumber = serialNumber_};
}

// --- Forwarding ---

void Consumer::NoteSourceChanges(std::span<const RoutedPacket> packets) {
  ForEachStream([&](ConsumerStream& stream) {
    for (const auto& routed : packets) stream.NoteSourceChange(routed);
  });
}

std::size_t Consumer::Forward(std::span<const RoutedPacket> packets, EgressBatch& queue, Instant now) {
  // Since the packets were scheduled the consumer was paused, or its transport lost its peer's consent: "If a
  // valid STUN response ... is not received ..., the endpoint MUST cease transmission" (RFC 7675
  // section 5.1).
  if (pauses_.Any() || !transport_.Connected()) {
    NoteSourceChanges(packets);
    return 0;
  }
  std::size_t noRoom = 0;
  ForEachStream([&](ConsumerStream& stream) {
    queue.BeginStream(stream.Id(), Kind() == MediaKind::kVideo);
    for (const auto& routed : packets) {
      if (!stream.Accepts(routed)) continue;
      if (queue.Full()) {
        if (stream.OnNoRoom(routed)) ++noRoom;
        continue;
      }
      const auto admission = stream.Forward(routed, producer_, now);
      if (admission.keyFrameWanted) RequestKeyFrameOf(*admission.keyFrameWanted, now);
      if (admission.layersChanged) {
        const auto layers = stream.Selector().Layered()->CurrentLayers();
        LogLayers(id_, type_, layers);
        context_.notifier.ConsumerLayersChange(id_, layers);
      }
      if (!admission.rewrite) continue;
      RC_ASSERT(queue.Push(routed.cached, *admission.rewrite));
      tracer_.OnPacket(routed, *admission.rewrite, now);
    }
  });
  return noRoom;
}

}  // namespace ringcast::rtc
