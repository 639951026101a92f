#include "ringcast/rtc/Consumer.hpp"

#include <string>
#include <utility>

#include "ringcast/rtc/Producer.hpp"
#include "ringcast/rtc/Transport.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

std::string_view TypeName(RtpType type) {
  switch (type) {
    case RtpType::kSimple:
      return "simple";
    case RtpType::kSimulcast:
      return "simulcast";
    case RtpType::kSvc:
      return "svc";
    case RtpType::kPipe:
      return "pipe";
  }
  return "unknown";
}

// Random (RFC 3550 section 5.1), and in the lower half, so that the first rollover is far away: a receiver
// that joins an SRTP stream must guess the rollover counter, and guesses 0 (RFC 3711 section 3.3.1).
std::int64_t FirstSequenceNumber(Random& random) { return random.U16() & 0x7fff; }

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

const RtpCodecParameters& FirstCodec(const ConsumeOptions& options) {
  const auto* codec = CodecOf(options.rtpParameters, options.rtpParameters.encodings.front());
  RC_ASSERT(codec != nullptr);
  return *codec;
}

}  // namespace

Status Consumer::Validate(const ConsumeOptions& options) {
  const auto& parameters = options.rtpParameters;
  if (options.consumerId.empty()) return TypeError("a consumer needs an id");
  if (auto status = ValidateRtpParameters(parameters); !status) return status;
  if (options.type != RtpType::kSimple) {
    return GenericError("not supported yet: a consumer of type " + std::string(TypeName(options.type)));
  }
  if (parameters.encodings.size() != 1) {
    return TypeError("a simple consumer has one encoding, not " +
                     std::to_string(parameters.encodings.size()));
  }
  if (!parameters.encodings.front().ssrc) return TypeError("the consumer's encoding has no ssrc");
  if (options.consumableRtpEncodings.empty()) return TypeError("consumableRtpEncodings is empty");
  if (!options.consumableRtpEncodings.front().ssrc) return TypeError("the consumable encoding has no ssrc");
  if (parameters.mid.size() > rtp::kMaxTwoByteExtensionLength)
    return TypeError("the consumer's mid is longer than 255 bytes");
  return OkStatus();
}

Consumer::Consumer(Registry& registry, Transport& transport, Producer& producer,
                   const ConsumeOptions& options)
    : transport_(transport),
      producer_(producer),
      payloadTypes_(MediaPayloadTypes(options.rtpParameters)),
      kind_(options.kind),
      paused_(options.paused),
      producerPaused_(producer.Paused()),
      stream_(*options.rtpParameters.encodings.front().ssrc, FirstCodec(options).clockRate),
      sequence_(FirstSequenceNumber(registry.environment.random)),
      id_(options.consumerId),
      registry_(registry),
      serialNumber_(registry.consumersMade++),
      codec_(rtp::ParseCodec(FirstCodec(options).mimeType)),
      extensions_(ExtensionsOf(options.rtpParameters)),
      streamParams_(DescribeStream(options.rtpParameters, options.rtpParameters.encodings.front(),
                                   FirstCodec(options), 0, *options.rtpParameters.encodings.front().ssrc)),
      parameters_(Canonical(options.rtpParameters)),
      consumableEncodings_(options.consumableRtpEncodings),
      entry_(registry.consumers.Add(id_, *this)) {
  static_cast<void>(score_.Activate());  // nothing says yet that what it sends does not arrive
  needsKeyFrame_ = kind_ == MediaKind::kVideo && rtp::CanDetectKeyFrame(codec_);
  producer_.AddConsumer(*this);
}

Consumer::~Consumer() {
  if (shed_) --registry_.shedConsumers;
  producer_.RemoveConsumer(*this);
}

void Consumer::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  if (!Active()) return;
  sequence_.Resync();
  RequestKeyFrame(now);
}

void Consumer::Shed() {
  if (shed_) return;
  shed_ = true;
  ++registry_.shedConsumers;
}

void Consumer::Restore(Instant now) {
  if (!shed_) return;
  shed_ = false;
  --registry_.shedConsumers;
  if (!Active()) return;
  sequence_.Resync();
  RequestKeyFrame(now);
}

bool Consumer::Wants() const { return !paused_ && !producerPaused_ && transport_.Connected(); }

void Consumer::OnProducerPaused() {
  if (producerPaused_) return;
  producerPaused_ = true;
  registry_.environment.notifier.ConsumerProducerPause(id_);
}

void Consumer::OnProducerResumed(Instant now) {
  if (!producerPaused_) return;
  producerPaused_ = false;
  registry_.environment.notifier.ConsumerProducerResume(id_);
  if (!Active()) return;
  sequence_.Resync();
  RequestKeyFrame(now);
}

void Consumer::OnTransportConnected(Instant now) {
  if (Active()) RequestKeyFrame(now);
}

void Consumer::RequestKeyFrame(Instant now) {
  if (kind_ != MediaKind::kVideo || !Active() || !transport_.Connected()) return;
  producer_.RequestKeyFrame(*consumableEncodings_.front().ssrc, now);
}

Result<std::optional<ConsumerLayers>> Consumer::SetPreferredLayers(std::optional<ConsumerLayers> /*layers*/,
                                                                   Instant /*now*/) {
  return std::optional<ConsumerLayers>();
}

// The first packet after a start, a pause or a restart of the source. Timestamps of one source go on as they
// are, so that a pause shows as the time that passed; those of a new source continue where the old one would
// be by now.
void Consumer::Synchronise(const RoutedPacket& routed, Instant now) {
  if (!started_) {
    timestamp_.Sync(routed.packet.Timestamp(), routed.packet.Timestamp());
    stream_.Start(routed.packet.Timestamp(), now);
    started_ = true;
    return;
  }
  if (!routed.restarted && !sourceChanged_) return;
  const auto elapsed = ToMicroseconds(now - lastAdmitted_) * stream_.ClockRate() / 1'000'000;
  timestamp_.Sync(routed.packet.Timestamp(), lastTimestamp_ + static_cast<std::uint32_t>(elapsed));
  sourceChanged_ = false;
}

std::size_t Consumer::Offer(EgressBatch& batch, Instant now) {
  if (!Active()) {  // since the packets were announced
    for (const auto& routed : producer_.RoundPackets()) sourceChanged_ = sourceChanged_ || routed.restarted;
    return 0;
  }
  batch.BeginStream(*this, kind_ == MediaKind::kVideo);
  std::size_t noRoom = 0;
  for (const auto& routed : producer_.RoundPackets()) {
    const auto rewrite = Admit(routed, now);
    if (!rewrite) continue;
    if (!batch.Push(routed, *rewrite)) {
      ++noRoom;
    } else if (trace_.Packets()) {
      TracePacket(routed, *rewrite, now);
    }
  }
  return noRoom;
}

std::optional<rtp::RtpRewrite> Consumer::Admit(const RoutedPacket& routed, Instant now) {
  if (routed.restarted) {
    sourceChanged_ = true;
    sequence_.Resync();
  }
  if (routed.paddingOnly || !payloadTypes_[routed.mappedPayloadType.Value()]) {
    if (!sequence_.NeedsSync()) sequence_.Skip(routed.sequenceNumber);
    return std::nullopt;
  }
  if (sequence_.NeedsSync()) {
    if (needsKeyFrame_ && !routed.keyFrame) {
      RequestKeyFrame(now);
      return std::nullopt;
    }
    Synchronise(routed, now);
  }
  const auto sequenceNumber = sequence_.Map(routed.sequenceNumber);
  if (!sequenceNumber) return std::nullopt;

  lastTimestamp_ = timestamp_.Map(routed.packet.Timestamp());
  lastAdmitted_ = now;
  return rtp::RtpRewrite{.ssrc = OutputSsrc(),
                         .timestamp = lastTimestamp_,
                         .sequenceNumber = *sequenceNumber,
                         .payloadType = routed.mappedPayloadType,
                         .marker = routed.packet.Marker(),
                         .padded = routed.padded,
                         .extensions = extensions_.Empty() ? nullptr : &extensions_};
}

std::optional<rtp::SenderInfo> Consumer::MakeSenderInfo(NtpTime ntp, Instant now) const {
  auto source = producer_.SourceTimestamp(*consumableEncodings_.front().ssrc, now);
  if (source) source = timestamp_.Map(*source);
  return stream_.MakeSenderInfo(ntp, source, now);
}

}  // namespace ringcast::rtc
