#include "ringcast/rtc/consumer/ConsumerStream.hpp"

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtp/ClockUnits.hpp"
#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

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

const RtpCodecParameters& CodecAt(const RtpParameters& parameters, std::size_t index) {
  const auto* codec = CodecOf(parameters, parameters.encodings[index]);
  RC_ASSERT(codec != nullptr);
  return *codec;
}

}  // namespace

ConsumerStream::ConsumerStream(Consumer& owner, const RtpParameters& parameters, std::size_t index,
                               Transport& transport)
    : stream_(*parameters.encodings[index].ssrc, CodecAt(parameters, index).clockRate),
      sequence_(transport.Sender().FirstSequenceNumber(*parameters.encodings[index].ssrc)),
      owner_(owner),
      encoding_(static_cast<std::uint8_t>(index)),
      params_(DescribeStream(parameters, parameters.encodings[index], CodecAt(parameters, index), index,
                             *parameters.encodings[index].ssrc)) {
  if (params_.rtxSsrc) rtxSequence_ = transport.Sender().FirstSequenceNumber(*params_.rtxSsrc);
  static_cast<void>(score_.Activate());  // nothing says yet that what it sends does not arrive
  if (params_.useNack) buffer_.emplace();
  repeatsAsItWas_ = buffer_ && !params_.rtxSsrc;
}

// --- What goes out ---

// Timestamps of one source go on as they are, so that a pause shows as the time that passed; those of a new
// source continue where the old one would be by now.
void ConsumerStream::Synchronise(const RoutedPacket& routed, const Producer& producer, Instant now) {
  begunAt_ = routed.sequenceNumber;
  if (!started_) {
    timestamp_.Sync(routed.packet.Timestamp(), routed.packet.Timestamp());
    stream_.Start(routed.packet.Timestamp(), now);
    lastTimestamp_ = routed.packet.Timestamp();
    started_ = true;
    encoding_ = routed.encodingIndex;
    sourceChanged_ = false;  // the first packet of all says that it begins a source
    return;
  }
  const auto before = std::exchange(encoding_, routed.encodingIndex);
  const bool otherEncoding = before != routed.encodingIndex;
  if (!routed.restarted && !sourceChanged_ && !otherEncoding) return;
  stream_.OnSourceChange(now);
  const auto input = routed.packet.Timestamp();
  const auto expected = lastTimestamp_ + rtp::ToClockUnits(now - lastAdmitted_, stream_.ClockRate());
  if (otherEncoding) {
    const auto aligned = AlignedTimestamp(producer, before, input);
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
std::optional<std::uint32_t> ConsumerStream::AlignedTimestamp(const Producer& producer, std::size_t before,
                                                              std::uint32_t input) const {
  const auto offset = producer.TimestampOffset(encoding_, before);
  return offset ? std::optional(timestamp_.Map(input + *offset)) : std::nullopt;
}

std::optional<rtp::RtpRewrite> ConsumerStream::Rename(const RoutedPacket& routed, bool marker, Instant now) {
  const auto sequenceNumber = sequence_.Map(routed.sequenceNumber);
  if (!sequenceNumber) return std::nullopt;
  const auto timestamp = timestamp_.MapFrame(routed.packet.Timestamp());
  if (!IsLate(timestamp, lastTimestamp_, stream_.ClockRate())) {
    lastTimestamp_ = timestamp;
    lastAdmitted_ = now;
  }
  return rtp::RtpRewrite{.ssrc = OutputSsrc(),
                         .timestamp = timestamp,
                         .sequenceNumber = *sequenceNumber,
                         .payloadType = routed.mappedPayloadType,
                         .marker = marker,
                         .padded = routed.padded};
}

std::optional<rtp::RtpRewrite> ConsumerStream::Skip(const RoutedPacket& routed) {
  const auto number = sequence_.Skip(routed.sequenceNumber);
  if (!number) return std::nullopt;
  return rtp::RtpRewrite{.ssrc = OutputSsrc(),
                         .timestamp = timestamp_.Map(routed.packet.Timestamp()),
                         .sequenceNumber = *number,
                         .payloadType = PayloadType(params_.payloadType),
                         .empty = true};
}

// --- Retransmission ---

void ConsumerStream::AddToBuffer(const SentPacket& sent, Instant now) {
  const auto& rewrite = sent.packet->rewrite;
  auto& kept = buffer_->Add(rewrite.sequenceNumber, sent.packet->packet.SerialNumber(), now);
  kept.SetHeader(rewrite.payloadType, rewrite.timestamp, rewrite.marker, rewrite.padded);
  if (rewrite.empty) kept.SetEmpty();
  if (rewrite.patch.size != 0) kept.SetPatch(rewrite.patch);
  if (rewrite.activeTargets != 0) kept.SetActiveTargets(rewrite.activeTargets);
  if (repeatsAsItWas_ && sent.outcome == SendOutcome::kSent) kept.SetSendTime(sent.sendTime);
}

std::optional<net::DropReason> ConsumerStream::Resend(std::uint16_t sequenceNumber, rtp::PacketCache& cache,
                                                      const rtp::OutgoingExtensions& extensions,
                                                      EgressBatch& batch, RetransmissionBudget& budget,
                                                      Instant now) {
  ++nackPacketCount_;
  auto* sent = buffer_ ? buffer_->FindOnWire(sequenceNumber) : nullptr;
  if (sent == nullptr) return std::nullopt;
  // Before a round trip is known, as long as most are.
  constexpr auto kUsualRoundTrip = Milliseconds(50);
  const auto roundTrip = stream_.RoundTripTime().value_or(kUsualRoundTrip);
  if (!rtp::RetransmissionBuffer::MayResend(*sent, now, roundTrip)) return net::DropReason::kResendTooSoon;
  const auto left = sent->SendTime();
  if (repeatsAsItWas_ && !left) return std::nullopt;
  auto packet = cache.Find(sent->CacheSerial());
  if (!packet) return std::nullopt;
  if (batch.Full()) return net::DropReason::kEgressQueueFull;
  if (!budget.Take(packet->Size())) return net::DropReason::kResendBudget;
  rtp::RtpRewrite rewrite{.ssrc = OutputSsrc(),
                          .timestamp = sent->Timestamp(),
                          .sequenceNumber = buffer_->Unwrap(sent->SequenceNumber()),
                          .payloadType = sent->PayloadType(),
                          .marker = sent->Marker(),
                          .padded = sent->Padded(),
                          .empty = sent->Empty(),
                          .extensions = extensions.Empty() ? nullptr : &extensions,
                          .patch = sent->Patch(),
                          .activeTargets = sent->ActiveTargets().value_or(0)};
  if (repeatsAsItWas_) {
    rewrite.sendTime = *left;
  } else {
    rewrite.ssrc = *params_.rtxSsrc;
    rewrite.payloadType = *params_.rtxPayloadType;
    rewrite.retransmission = true;
    rewrite.originalSequenceNumber = sent->SequenceNumber();
    rewrite.sequenceNumber = rtxSequence_++;
    rewrite.padded = false;
  }
  RC_ASSERT(batch.Push(std::move(packet), rewrite));
  if (!sent->Resent()) ++packetsRepaired_;
  rtp::RetransmissionBuffer::NoteResent(*sent, now);
  ++packetsRetransmitted_;
  return std::nullopt;
}

// --- Reports ---

std::optional<rtp::SenderInfo> ConsumerStream::MakeSenderInfo(NtpTime ntp,
                                                              std::optional<std::uint32_t> source,
                                                              Instant now) const {
  if (source) source = timestamp_.Map(*source);
  return stream_.MakeSenderInfo(ntp, source, now);
}

std::optional<ConsumerStream::Reported> ConsumerStream::OnReport(const rtp::ReportBlock& block,
                                                                 std::uint32_t nowCompact) {
  const auto interval = stream_.OnReport(block, nowCompact);
  if (!interval) return std::nullopt;
  const rtp::ScoreKeeper::Repairs repairs{
      .repaired = packetsRepaired_, .retransmissions = packetsRetransmitted_, .byRtx = !repeatsAsItWas_};
  return Reported{*interval,
                  score_.OnInterval(score_.NextInterval(*interval, repairs, stream_.JitterTime()))};
}

RtpStreamStats ConsumerStream::Stats(MediaKind kind, Instant now) {
  RtpStreamStats stats;
  stats.timestampMs = ToTimestampMs(now);
  stats.ssrc = OutputSsrc();
  stats.kind = kind;
  stats.mimeType = params_.mimeType;
  stats.packetsLost = stream_.PacketsLost();
  stats.fractionLost = stream_.FractionLost();
  stats.jitter = stream_.Jitter();
  stats.packetsRetransmitted = packetsRetransmitted_;
  stats.nackCount = nackCount_;
  stats.nackPacketCount = nackPacketCount_;
  stats.pliCount = pliCount_;
  stats.firCount = firCount_;
  stats.rtxSsrc = params_.rtxSsrc;
  if (const auto roundTrip = stream_.RoundTripTime())
    stats.roundTripTimeMs = static_cast<float>(ToMicroseconds(*roundTrip)) / 1000.0F;
  stats.score = score_.Score();
  stats.packetCount = stream_.Rate().Packets();
  stats.byteCount = stream_.Rate().Bytes();
  stats.bitrate = stream_.Rate().Rate(now).Value();
  return stats;
}

}  // namespace ringcast::rtc
