#include "ringcast/rtc/producer/Producer.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/egress/GsoPadding.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/rtcp/NackList.hpp"
#include "rtc/CodecParameters.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

namespace {

// Streams of one producer: its encodings, and room for senders that restart with a new ssrc a few times. The
// least recently created one of an encoding gives way.
constexpr std::size_t kMaxStreamsPerEncoding = 4;

std::array<std::uint8_t, 128> MapPayloadTypes(const ProduceOptions& options) {
  std::array<std::uint8_t, 128> map;
  map.fill(kNoPayloadType);
  for (const auto& codec : options.rtpParameters.codecs) {
    if (!IsMediaCodec(codec)) continue;
    for (const auto& mapping : options.rtpMapping.codecs) {
      if (mapping.payloadType == codec.payloadType)
        map[codec.payloadType.Value()] = mapping.mappedPayloadType.Value();
    }
  }
  return map;
}

std::array<std::uint8_t, 128> MapRetransmissionTypes(const RtpParameters& parameters) {
  std::array<std::uint8_t, 128> map;
  map.fill(kNoPayloadType);
  for (const auto& codec : parameters.codecs) {
    const auto repeated = RetransmittedType(codec);
    if (repeated) map[codec.payloadType.Value()] = repeated->Value();
  }
  return map;
}

}  // namespace

Result<RtpType> Producer::Validate(const ProduceOptions& options) {
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
    return TypeError("a producer has " + std::to_string(LayerSelector::kMaxEncodings) +
                     " encodings at the most, not " + std::to_string(parameters.encodings.size()));
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
      sourceClock_(transport.Owner().SourceClocks().Of(parameters_.rtcp.cname)),
      keyFrameRequestDelay_(Milliseconds(options.keyFrameRequestDelayMs)),
      paused_(options.paused),
      lastSsrcs_(options.rtpParameters.encodings.size()),
      announcedSsrcs_(options.rtpParameters.encodings.size()),
      payloadTypes_(MapPayloadTypes(options)),
      retransmissionTypes_(MapRetransmissionTypes(options.rtpParameters)),
      policer_(options.kind, options.rtpParameters.encodings.size()),
      entry_(context.producers.Add(id_, *this)) {
  for (const auto& extension : parameters_.headerExtensions) extensions_.Set(extension.uri, extension.id);
}

Producer::~Producer() {
  LoosenLimits();
  context_.scheduler.Remove(*this);
  context_.notifier.Forget(id_);
  // Each closing consumer ends its subscription.
  while (!Consumers().empty()) {
    Consumer& consumer = *Consumers().back();
    context_.notifier.ConsumerProducerClose(consumer.Id());
    const auto closed = consumer.Owner().CloseConsumer(consumer.Id());
    RC_ASSERT(closed.Ok());
  }
}

void Producer::Pause() {
  if (paused_) return;
  paused_ = true;
  for (auto& stream : streams_) {
    if (stream.gap) stream.gap->Clear();
  }
  for (auto* consumer : Consumers()) consumer->OnProducerPaused();
}

void Producer::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  for (auto& stream : streams_) {
    stream.activity.Restart(now);
    if (stream.nacks) stream.nacks->Reset();
  }
  for (auto* consumer : Consumers()) consumer->OnProducerResumed(now);
  transport_.Settle(now);
}

Status Producer::Send(ByteView packet, Instant now) {
  if (transport_.Kind() != TransportKind::kDirect) {
    return GenericError("producer " + id_ + " is not on a direct transport: packets cannot be sent to it");
  }
  auto buffer = context_.environment.pool.Copy(packet, now);
  if (!buffer) return GenericError("no room for a packet of " + std::to_string(packet.size()) + " bytes");
  auto parsed = rtp::Packet::Parse(std::move(buffer));
  if (!parsed) return GenericError("what was sent to producer " + id_ + " is not an RTP packet");
  parsed->LocateExtensions(extensions_);
  transport_.Receiver().Deliver(*this, std::move(*parsed), now);
  return OkStatus();
}

Producer::Stream* Producer::FindStream(Ssrc ssrc) {
  for (auto& stream : streams_) {
    if (stream.params.ssrc == ssrc) return &stream;
  }
  return nullptr;
}

const RtpCodecParameters* Producer::FindMediaCodec(PayloadType payloadType) const {
  for (const auto& codec : parameters_.codecs) {
    if (codec.payloadType == payloadType && IsMediaCodec(codec)) return &codec;
  }
  return nullptr;
}

// By ssrc, then by rid, and a lone encoding that names neither takes what its mid brought here.
std::optional<std::size_t> Producer::MatchEncoding(const rtp::Packet& packet) const {
  const auto& encodings = parameters_.encodings;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    if (encodings[i].ssrc == packet.SenderSsrc()) return i;
  }
  if (const auto rid = packet.ExtensionValue(rtp::Extension::kRid)) {
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      if (!encodings[i].rid.empty() && encodings[i].rid == AsText(*rid)) return i;
    }
  }
  if (encodings.size() == 1 && !encodings[0].ssrc && encodings[0].rtxSsrc != packet.SenderSsrc()) return 0;
  return std::nullopt;
}

Producer::Stream* Producer::CreateStream(const rtp::Packet& packet, std::size_t encodingIndex) {
  const auto* codec = FindMediaCodec(packet.PayloadType());
  if (codec == nullptr) return nullptr;
  const auto& encoding = parameters_.encodings[encodingIndex];

  const auto sameEncoding = [&](const Stream& stream) { return stream.params.encodingIdx == encodingIndex; };
  if (std::count_if(streams_.begin(), streams_.end(), sameEncoding) >=
      static_cast<std::ptrdiff_t>(kMaxStreamsPerEncoding)) {
    streams_.erase(std::find_if(streams_.begin(), streams_.end(), sameEncoding));
  }
  const auto ssrc = packet.SenderSsrc();
  auto params = DescribeStream(parameters_, encoding, *codec, encodingIndex, ssrc);
  const bool dtx = params.useDtx;
  const bool nack = params.useNack;
  streams_.push_back(Stream{.params = std::move(params),
                            .mappedSsrc = mapping_.encodings[encodingIndex].mappedSsrc,
                            .codec = rtp::ParseCodec(codec->mimeType),
                            .frames = rtp::FrameInspector(rtp::ParseCodec(codec->mimeType)),
                            .receive = rtp::ReceiveStatistics(ssrc, codec->clockRate, sourceClock_),
                            .keyFrames = KeyFrameRequester(keyFrameRequestDelay_),
                            .activity = rtp::ActivityMonitor(dtx),
                            .score = {},
                            .layers = {}});
  if (nack) streams_.back().nacks.emplace();
  if (nack && kind_ == MediaKind::kVideo)
    streams_.back().gap = std::make_unique<GapBuffer>(transport_.Receiver().Gaps());
  const auto early = std::find_if(earlyReports_.begin(), earlyReports_.end(),
                                  [ssrc](const EarlyReport& report) { return report.ssrc == ssrc; });
  if (early != earlyReports_.end()) {
    streams_.back().receive.OnSenderReport(early->info.ntp, early->info.rtpTimestamp, early->arrival);
    earlyReports_.erase(early);
  }
  return &streams_.back();
}

Producer::Stream* Producer::FindOrCreateStream(const rtp::Packet& packet) {
  if (auto* stream = FindStream(packet.SenderSsrc())) return stream;
  const auto encodingIndex = MatchEncoding(packet);
  return encodingIndex ? CreateStream(packet, *encodingIndex) : nullptr;
}

// What consumers get differs from what came in by the same bytes for each packet as a rule, so that what is
// even here is even there.
void Producer::PadForGso() {
  roundSizes_.clear();
  for (const auto& routed : round_)
    roundSizes_.push_back(
        static_cast<std::uint32_t>(routed.packet.HeaderSize() + routed.packet.PayloadSize()));
  roundPadding_.resize(round_.size());
  PlanGsoPadding(roundSizes_, context_.environment.gsoPadding, roundPadding_);
  for (std::size_t i = 0; i < round_.size(); ++i) {
    auto& routed = round_[i];
    if (routed.paddingOnly || roundPadding_[i] == 0 || routed.packet.Shared()) continue;
    routed.packet.SetPadding(roundPadding_[i]);
    routed.padded = routed.packet.PaddingSize() != 0;
  }
}

void Producer::TightenLimits() {
  if (!policer_.Tight()) ++context_.tightenedProducers;
  policer_.Tighten();
}

void Producer::LoosenLimits() {
  if (policer_.Tight()) --context_.tightenedProducers;
  policer_.Loosen();
}

void Producer::DropWaiting(std::size_t count) {
  const auto first = waiting_.end() - static_cast<std::ptrdiff_t>(count);
  for (auto place = first; place != waiting_.end(); ++place) {
    transport_.CountDrop(net::DropReason::kOverloaded);
    if (!place->restarted) continue;
    for (auto& stream : streams_)
      stream.restarted = stream.restarted || stream.mappedSsrc == place->mappedSsrc;
  }
  waiting_.erase(first, waiting_.end());
}

std::span<const RoutedPacket> Producer::BeginRound(std::size_t limit) {
  if (waiting_.size() <= limit) {
    round_.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(limit);
    round_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    waitingSince_ = std::max(waitingSince_, waiting_.front().packet.Arrival());
  }
  if (kind_ == MediaKind::kVideo && context_.environment.gsoPadding != 0 && round_.size() > 1) PadForGso();
  if (!Consumers().empty()) {
    for (auto& routed : round_) routed.cached = context_.packets.Add(routed.packet, routed.packet.Arrival());
  }
  return round_;
}

std::span<Consumer* const> Producer::Consumers() const { return transport_.Owner().ConsumersOf(*this); }

// One for each encoding, the latest ones: more than they are nobody needs.
void Producer::KeepEarly(const EarlyReport& report) {
  std::erase_if(earlyReports_, [&](const EarlyReport& other) { return other.ssrc == report.ssrc; });
  if (earlyReports_.size() == parameters_.encodings.size()) earlyReports_.erase(earlyReports_.begin());
  earlyReports_.push_back(report);
}

void Producer::OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now) {
  auto* stream = FindStream(ssrc);
  if (stream == nullptr) {
    KeepEarly({ssrc, info, now});
    return;
  }
  const bool first = !stream->receive.Clock().Known();
  stream->receive.OnSenderReport(info.ntp, info.rtpTimestamp, now);
  if (first) {
    for (auto* consumer : Consumers()) consumer->OnSourceReported();
  }
  if (trace_.Has(ProducerTraceEvent::kSr)) {
    Trace(ProducerTraceEvent::kSr, TraceDirection::kIn,
          TracedSenderReport{ssrc, info.ntp, info.rtpTimestamp, info.packetCount, info.octetCount}, now);
  }
}

std::optional<std::uint32_t> Producer::SourceTimestamp(Ssrc mappedSsrc, Instant now) const {
  const Stream* source = nullptr;
  for (const auto& stream : streams_) {
    // Of several sources that followed each other in one encoding, the one that is heard.
    if (stream.mappedSsrc == mappedSsrc &&
        (source == nullptr || stream.params.ssrc == lastSsrcs_[stream.params.encodingIdx]))
      source = &stream;
  }
  if (source == nullptr) return std::nullopt;
  return source->receive.Clock().TimestampAt(now);
}

std::optional<std::uint32_t> Producer::TimestampOffset(std::size_t fromEncoding,
                                                       std::size_t toEncoding) const {
  const auto* from = StreamOf(fromEncoding);
  const auto* to = StreamOf(toEncoding);
  if (from == nullptr || to == nullptr) return std::nullopt;
  return to->receive.Clock().OffsetFrom(from->receive.Clock());
}

void Producer::SendKeyFrameRequest(Stream& stream, Instant now) {
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  transport_.Rtcp().BeginFeedback(writer);
  if (stream.params.usePli || !stream.params.useFir) {
    writer.AddPictureLoss(transport_.Rtcp().LocalSsrc(), stream.params.ssrc);
    ++stream.pliCount;
    if (trace_.Has(ProducerTraceEvent::kPli))
      Trace(ProducerTraceEvent::kPli, TraceDirection::kOut, TracedRequest{stream.params.ssrc}, now);
  } else {
    writer.AddFullIntraRequest(transport_.Rtcp().LocalSsrc(), stream.params.ssrc, firSequenceNumber_++);
    ++stream.firCount;
    if (trace_.Has(ProducerTraceEvent::kFir))
      Trace(ProducerTraceEvent::kFir, TraceDirection::kOut, TracedRequest{stream.params.ssrc}, now);
  }
  transport_.SendRtcp(std::span<const std::uint8_t>(buffer.data(), writer.Size()), now);
}

void Producer::AskForMissing(Stream& stream, Instant now) {
  if (const auto timeout = stream.nacks->NextTimeout(); !timeout || now < *timeout) return;
  const auto due = stream.nacks->OnTimeout(now);
  auto numbers = due.sequenceNumbers;
  while (!numbers.empty()) {
    // As many as one message takes within a compound that every path carries.
    std::array<rtcp::CompoundWriter::NackItem, 256> items;
    const auto packed = rtcp::PackNack(numbers, items);
    std::array<std::uint8_t, rtcp::kMaxCompound> buffer;
    rtcp::CompoundWriter writer(buffer);
    transport_.Rtcp().BeginFeedback(writer);
    RC_ASSERT(writer.AddNack(transport_.Rtcp().LocalSsrc(), stream.params.ssrc,
                             std::span(items).first(packed.items)));
    transport_.SendRtcp(ByteView(buffer).first(writer.Size()), now);
    numbers = numbers.subspan(packed.numbers);
    ++stream.nackCount;
    stream.nackPacketCount += packed.numbers;
    if (trace_.Has(ProducerTraceEvent::kNack))
      Trace(ProducerTraceEvent::kNack, TraceDirection::kOut, {}, now);
  }
  if (due.keyFrameWanted && kind_ == MediaKind::kVideo && stream.keyFrames.OnRequest(now))
    SendKeyFrameRequest(stream, now);
  // What was given up on will not begin a key frame.
  CloseGap(stream, now);
}

void Producer::OnRoundTripTime(Duration roundTrip) {
  for (auto& stream : streams_) {
    if (stream.nacks) stream.nacks->SetRoundTripTime(roundTrip);
  }
}

void Producer::RequestKeyFrame(Ssrc mappedSsrc, Instant now) {
  if (kind_ != MediaKind::kVideo || paused_) return;
  bool deferred = false;
  for (auto& stream : streams_) {
    if (stream.mappedSsrc != mappedSsrc) continue;
    const auto before = stream.keyFrames.NextTimeout();
    if (stream.keyFrames.OnRequest(now)) SendKeyFrameRequest(stream, now);
    deferred = deferred || stream.keyFrames.NextTimeout() != before;
  }
  if (deferred) transport_.Settle(now);
}

std::optional<Instant> Producer::NextTimeout() const {
  std::optional<Instant> next;
  for (const auto& stream : streams_) {
    next = Earlier(next, stream.keyFrames.NextTimeout());
    if (stream.nacks && !paused_) next = Earlier(next, stream.nacks->NextTimeout());
    if (stream.gap) next = Earlier(next, stream.gap->NextTimeout());
    // While the producer is paused its sender has no reason to send.
    if (!paused_) next = Earlier(next, stream.activity.NextTimeout());
  }
  return next;
}

void Producer::OnTimeout(Instant now) {
  bool scoresChanged = false;
  for (auto& stream : streams_) {
    if (stream.nacks && !paused_) AskForMissing(stream, now);
    if (stream.gap) ExpireGap(stream, now);
    if (stream.keyFrames.OnTimeout(now)) SendKeyFrameRequest(stream, now);
    if (!paused_ && stream.activity.OnTimeout(now)) scoresChanged |= stream.score.Deactivate();
  }
  if (scoresChanged) NotifyScores(now);
}

void Producer::AppendSsrcs(std::vector<Ssrc>& out) const {
  for (const auto& stream : streams_) out.push_back(stream.params.ssrc);
}

}  // namespace ringcast::rtc
