#include "ringcast/rtc/Consumer.hpp"

#include <string>
#include <utility>

#include "ringcast/rtc/Producer.hpp"
#include "ringcast/rtc/Transport.hpp"
#include "ringcast/rtcp/NackList.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "rtc/CodecParameters.hpp"
#include "rtc/Scalability.hpp"

namespace ringcast::rtc {

namespace {

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

// Within a second: what is farther off is no delay of a network, but a clock that is not the other's.
bool Near(std::uint32_t a, std::uint32_t b, std::uint32_t clockRate) {
  const auto apart = static_cast<std::int32_t>(a - b);
  return static_cast<std::uint32_t>(apart < 0 ? -apart : apart) <= clockRate;
}

// A change of source must come behind all that went out, not behind what came last. What lies farther back
// than packets are repaired is no late one: the source has set its clock back.
bool IsLate(std::uint32_t timestamp, std::uint32_t newest, std::uint32_t clockRate) {
  constexpr std::int64_t kLatestSeconds = 3;
  const auto behind = static_cast<std::int32_t>(newest - timestamp);
  return behind > 0 && behind <= kLatestSeconds * clockRate;
}

}  // namespace

Status Consumer::Validate(const ConsumeOptions& options) {
  const auto& parameters = options.rtpParameters;
  if (options.consumerId.empty()) return TypeError("a consumer needs an id");
  if (auto status = ValidateRtpParameters(parameters); !status) return status;
  if (options.type == RtpType::kPipe) return GenericError("not supported yet: a consumer of type pipe");
  if (parameters.encodings.size() != 1)
    return TypeError("a consumer has one encoding, not " + std::to_string(parameters.encodings.size()));
  if (!parameters.encodings.front().ssrc) return TypeError("the consumer's encoding has no ssrc");
  const auto& consumable = options.consumableRtpEncodings;
  if (consumable.empty()) return TypeError("consumableRtpEncodings is empty");
  if (consumable.size() > LayerSelector::kMaxEncodings) {
    return TypeError("consumableRtpEncodings has more than " + std::to_string(LayerSelector::kMaxEncodings) +
                     " encodings");
  }
  for (const auto& encoding : consumable) {
    if (!encoding.ssrc) return TypeError("a consumable encoding has no ssrc");
  }
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
      needsKeyFrame_(options.kind == MediaKind::kVideo && rtp::CanDetectKeyFrame(CodecOfFirst(options))),
      stream_(*options.rtpParameters.encodings.front().ssrc, FirstCodec(options).clockRate),
      sequence_(FirstSequenceNumber(registry.environment.random)),
      id_(options.consumerId),
      registry_(registry),
      serialNumber_(registry.consumersMade++),
      type_(options.type),
      extensions_(ExtensionsOf(options.rtpParameters)),
      streamParams_(DescribeStream(options.rtpParameters, options.rtpParameters.encodings.front(),
                                   FirstCodec(options), 0, *options.rtpParameters.encodings.front().ssrc)),
      parameters_(Canonical(options.rtpParameters)),
      consumableEncodings_(options.consumableRtpEncodings),
      entry_(registry.consumers.Add(id_, *this)) {
  static_cast<void>(score_.Activate());  // nothing says yet that what it sends does not arrive
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
  if (streamParams_.useNack) log_.emplace();
  repeatsAsItWas_ = log_ && !streamParams_.rtxSsrc;
  // One that repeats packets as they were would have to remember what it told when.
  if (kind_ == MediaKind::kVideo && log_ && !repeatsAsItWas_ &&
      extensions_.Ids().Id(rtp::Extension::kPlayoutDelay))
    playoutDelay_.emplace();
  rtxSequence_ = FirstSequenceNumber(registry.environment.random);
  producer_.AddConsumer(*this);
}

Consumer::~Consumer() {
  if (shed_) --registry_.shedConsumers;
  producer_.RemoveConsumer(*this);
}

void Consumer::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  Continue(now);
}

void Consumer::Resync() {
  sequence_.Resync();
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
  ++registry_.shedConsumers;
}

void Consumer::Restore(Instant now) {
  if (!shed_) return;
  shed_ = false;
  --registry_.shedConsumers;
  Continue(now);
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
  Continue(now);
}

void Consumer::OnTransportConnected(Instant now) {
  if (Active()) RequestKeyFrame(now);
}

void Consumer::RequestKeyFrame(Instant now) {
  std::size_t encoding = 0;
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

// The first packet after a start, a pause or a restart of the source. Timestamps of one source go on as they
// are, so that a pause shows as the time that passed; those of a new source continue where the old one would
// be by now.
void Consumer::Synchronise(const RoutedPacket& routed, Instant now) {
  if (!started_) {
    timestamp_.Sync(routed.packet.Timestamp(), routed.packet.Timestamp());
    stream_.Start(routed.packet.Timestamp(), now);
    lastTimestamp_ = routed.packet.Timestamp();
    started_ = true;
    lastEncoding_ = routed.encodingIndex;
    sourceChanged_ = false;  // the first packet of all says that it begins a source
    return;
  }
  const auto before = std::exchange(lastEncoding_, routed.encodingIndex);
  const bool otherEncoding = before != routed.encodingIndex;
  if (!routed.restarted && !sourceChanged_ && !otherEncoding) return;
  stream_.OnSourceChange(now);
  const auto input = routed.packet.Timestamp();
  const auto elapsed = ToMicroseconds(now - lastAdmitted_) * stream_.ClockRate() / 1'000'000;
  const auto expected = lastTimestamp_ + static_cast<std::uint32_t>(elapsed);
  if (otherEncoding) {
    const auto aligned = AlignedTimestamp(routed.encodingIndex, before, input);
    if (aligned && Near(*aligned, expected, stream_.ClockRate())) {
      timestamp_.SyncOverlapping(input, *aligned, lastTimestamp_);
    } else {
      timestamp_.SyncOverlapping(input, expected, lastTimestamp_);
    }
  } else {
    timestamp_.Sync(input, expected);
  }
  sourceChanged_ = false;
}

// By sender reports of both, so that sound and picture stay together (RFC 3550 section 6.4.1).
std::optional<std::uint32_t> Consumer::AlignedTimestamp(std::size_t encoding, std::size_t before,
                                                        std::uint32_t input) const {
  const auto offset = producer_.TimestampOffset(encoding, before);
  return offset ? std::optional(timestamp_.Map(input + *offset)) : std::nullopt;
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
    if (!batch.Push(routed.packet, *rewrite)) {
      ++noRoom;
      continue;
    }
    if (log_) Remember(routed, *rewrite, now);
    if (trace_.Packets()) TracePacket(routed, *rewrite, now);
  }
  return noRoom;
}

std::optional<rtp::RtpRewrite> Consumer::Admit(const RoutedPacket& routed, Instant now) {
  if (routed.repeated && !justBegun_) return std::nullopt;
  if (!routed.repeated) justBegun_ = false;
  if (layered_) return AdmitLayer(routed, now);
  if (routed.restarted) {
    sourceChanged_ = true;
    sequence_.Resync();
  }
  if (routed.paddingOnly || !payloadTypes_[routed.mappedPayloadType.Value()] || IsIgnoredDtx(routed)) {
    if (!sequence_.NeedsSync()) sequence_.Skip(routed.sequenceNumber);
    return std::nullopt;
  }
  if (sequence_.NeedsSync()) {
    if (needsKeyFrame_ && !routed.frame.keyFrame) {
      RequestKeyFrame(now);
      return std::nullopt;
    }
    Synchronise(routed, now);
    justBegun_ = true;
  }
  const auto sequenceNumber = sequence_.Map(routed.sequenceNumber);
  if (!sequenceNumber) return std::nullopt;
  return Rename(routed, *sequenceNumber, routed.packet.Marker(), now);
}

bool Consumer::IsIgnoredDtx(const RoutedPacket& routed) const {
  return ignoredDtx_ == routed.mappedPayloadType && rtp::IsOpusDtx(routed.packet.Payload());
}

std::optional<rtp::RtpRewrite> Consumer::AdmitLayer(const RoutedPacket& routed, Instant now) {
  auto& selector = layered_->selector;
  const bool followed = selector.Followed() == routed.encodingIndex;
  if (routed.restarted && routed.encodingIndex == lastEncoding_) sourceChanged_ = true;
  if (routed.restarted && followed) Resync();
  if (routed.paddingOnly || !payloadTypes_[routed.mappedPayloadType.Value()]) {
    if (followed) SkipLayer(routed, false);
    return std::nullopt;
  }
  using Action = LayerSelector::Action;
  const auto choice = selector.OnPacket(routed);
  if (choice.action == Action::kIgnore) {
    RequestSwitch(now);
    return std::nullopt;
  }
  if (choice.action == Action::kSkip) {
    SkipLayer(routed, true);
    RequestSwitch(now);
    return std::nullopt;
  }
  if (choice.action == Action::kSwitch) {
    sequence_.Resync();
    layered_->pictures.Resync();
    Synchronise(routed, now);
    justBegun_ = true;
  }
  TellLayers();
  rtp::PayloadPatch patch;
  if (layered_->renumbersPictures) {
    const auto renumbered = layered_->pictures.Map(routed.frame, routed.packet.Payload());
    if (!renumbered) {
      SkipLayer(routed, false);
      return std::nullopt;
    }
    patch = *renumbered;
  }
  const auto sequenceNumber = sequence_.Map(routed.sequenceNumber);
  if (!sequenceNumber) return std::nullopt;
  auto rewrite = Rename(routed, *sequenceNumber, choice.marker, now);
  rewrite.patch = patch;
  rewrite.activeTargets = choice.activeTargets;
  return rewrite;
}

void Consumer::SkipLayer(const RoutedPacket& routed, bool wholePicture) {
  if (sequence_.NeedsSync()) return;
  sequence_.Skip(routed.sequenceNumber);
  if (wholePicture && layered_->renumbersPictures) layered_->pictures.Skip(routed.frame);
}

void Consumer::TellLayers() {
  const auto current = layered_->selector.Current();
  std::optional<ConsumerLayers> layers;
  if (current) layers = ConsumerLayers{current->spatial, current->temporal};
  if (layers == layered_->told) return;
  layered_->told = layers;
  registry_.environment.notifier.ConsumerLayersChange(id_, layers);
}

rtp::RtpRewrite Consumer::Rename(const RoutedPacket& routed, std::int64_t sequenceNumber, bool marker,
                                 Instant now) {
  const auto timestamp = timestamp_.MapFrame(routed.packet.Timestamp());
  if (!IsLate(timestamp, lastTimestamp_, stream_.ClockRate())) {
    lastTimestamp_ = timestamp;
    lastAdmitted_ = now;
  }
  rtp::RtpRewrite rewrite{.ssrc = OutputSsrc(),
                          .timestamp = timestamp,
                          .sequenceNumber = sequenceNumber,
                          .payloadType = routed.mappedPayloadType,
                          .marker = marker,
                          .padded = routed.padded,
                          .extensions = extensions_.Empty() ? nullptr : &extensions_,
                          .sendTimeUse = repeatsAsItWas_ ? rtp::RtpRewrite::SendTime::kRemembered
                                                         : rtp::RtpRewrite::SendTime::kNow};
  if (tellsPlayoutDelay_) rewrite.minPlayoutDelay = playoutDelay_->ToTell();
  return rewrite;
}

std::optional<rtp::SenderInfo> Consumer::MakeSenderInfo(NtpTime ntp, Instant now) const {
  auto source = producer_.SourceTimestamp(*consumableEncodings_[lastEncoding_].ssrc, now);
  if (source) source = timestamp_.Map(*source);
  return stream_.MakeSenderInfo(ntp, source, now);
}

// --- Retransmission ---

void Consumer::Remember(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now) {
  if (routed.historySerial == 0) return;
  auto& sent = log_->Add(rewrite.sequenceNumber, routed.historySerial, now);
  sent.SetHeader(rewrite.payloadType, rewrite.timestamp, rewrite.marker, rewrite.padded);
  if (rewrite.patch.size != 0) sent.SetPatch(rewrite.patch);
  if (rewrite.activeTargets != 0) sent.SetActiveTargets(rewrite.activeTargets);
}

void Consumer::NoteSendTime(std::int64_t sequenceNumber, const rtp::SendTimeValues& values) {
  if (auto* sent = log_->Find(sequenceNumber)) sent->SetSendTime(values);
}

void Consumer::OnNack(const rtcp::Nack& nack, EgressBatch& batch, Instant now) {
  ++nackCount_;
  if (trace_.Has(ConsumerTraceEvent::kNack)) Trace(ConsumerTraceEvent::kNack, TraceDirection::kIn, {}, now);
  batch.BeginStream(*this, kind_ == MediaKind::kVideo, true);
  rtcp::NackNumbers numbers(nack);
  while (const auto number = numbers.Next()) {
    ++nackPacketCount_;
    if (log_) Resend(*number, batch, now);
  }
}

void Consumer::Resend(std::uint16_t sequenceNumber, EgressBatch& batch, Instant now) {
  auto* sent = log_->FindOnWire(sequenceNumber);
  if (sent == nullptr) return;
  const auto* packet = registry_.history.Find(sent->HistorySerial());
  // Before a round trip is known, as long as most are.
  constexpr auto kUsualRoundTrip = Milliseconds(50);
  const auto roundTrip = stream_.RoundTripTime().value_or(kUsualRoundTrip);
  if (packet == nullptr || !rtp::SentLog::MayResend(*sent, now, roundTrip)) return;
  rtp::RtpRewrite rewrite{.ssrc = OutputSsrc(),
                          .timestamp = sent->Timestamp(),
                          .sequenceNumber = log_->Unwrap(sent->SequenceNumber()),
                          .payloadType = sent->PayloadType(),
                          .marker = sent->Marker(),
                          .padded = sent->Padded(),
                          .extensions = extensions_.Empty() ? nullptr : &extensions_,
                          .patch = sent->Patch(),
                          .activeTargets = sent->ActiveTargets().value_or(0)};
  if (repeatsAsItWas_) {
    const auto left = sent->SendTime();
    if (!left) return;
    rewrite.sendTimeUse = rtp::RtpRewrite::SendTime::kGiven;
    rewrite.sendTime = *left;
  } else {
    rewrite.ssrc = *streamParams_.rtxSsrc;
    rewrite.payloadType = *streamParams_.rtxPayloadType;
    rewrite.retransmission = true;
    rewrite.originalSequenceNumber = sent->SequenceNumber();
    rewrite.sequenceNumber = rtxSequence_++;
    rewrite.padded = false;
  }
  if (!batch.Push(*packet, rewrite)) return;
  rtp::SentLog::NoteResent(*sent, now);
  ++packetsRetransmitted_;
}

}  // namespace ringcast::rtc
