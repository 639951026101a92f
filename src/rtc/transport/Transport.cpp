#include "ringcast/rtc/transport/Transport.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "ringcast/rtc/router/Router.hpp"
#include "rtc/ParameterChecks.hpp"

namespace ringcast::rtc {

namespace {

// nullopt: nothing was sent.
std::optional<double> LossRatio(const rtp::LossCount& loss) {
  if (loss.expected <= 0) return std::nullopt;
  return static_cast<double>(std::clamp<std::int64_t>(loss.lost, 0, loss.expected)) /
         static_cast<double>(loss.expected);
}

// Returns the cname of RTCP that belongs to no stream: constant for the transport's life, 16 bytes at most.
std::string_view OwnCname(const std::string& id) { return std::string_view(id).substr(0, 16); }

// Under one SRTP key each ssrc has one sequence of indexes (RFC 3711 section 9.1): streams of media and of
// retransmissions must not share one.
Status CheckUnusedSsrcs(const std::unordered_map<Ssrc, ConsumerStream*>& streams,
                        const RtpParameters& parameters) {
  std::unordered_set<Ssrc> rtx;
  for (const auto& [ssrc, stream] : streams) {
    if (stream->RtxSsrc()) rtx.insert(*stream->RtxSsrc());
  }
  for (const auto ssrc : NamedSsrcs(parameters.encodings)) {
    if (!streams.contains(ssrc) && !rtx.contains(ssrc)) continue;
    return TypeError("ssrc " + std::to_string(ssrc.Value()) +
                     " already belongs to a consumer of the same transport");
  }
  return OkStatus();
}

}  // namespace

Transport::Transport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options)
    : context_(context),
      id_(std::move(id)),
      router_(router),
      options_(options),
      rtcp_(Ssrc(context.environment.random.U32()), OwnCname(id_)),
      listener_(context.environment.hashSeed),
      gaps_{.budget = context.gaps},
      timer_(context.environment.timers, [this](Instant now) { OnTimeout(now); }),
      entry_(context.transports.Add(id_, *this)) {}

Transport::~Transport() {
  while (!producers_.empty()) {
    const auto closed = CloseProducer(producers_.begin()->first);
    RC_ASSERT(closed.Ok());
  }
  consumers_.clear();
  context_.scheduler.Remove(*this);
  context_.notifier.Forget(id_);
  context_.closedDrops.Add(drops_);
}

Result<ProduceResult> Transport::Produce(const ProduceOptions& options, Instant now) {
  const auto type = Producer::Validate(options);
  if (!type) return type.Failure();
  if (context_.Taken(options.producerId))
    return GenericError("an object with id \"" + options.producerId + "\" already exists");

  auto producer = std::make_unique<Producer>(context_, *this, options, *type);
  if (auto status = listener_.Add(*producer); !status) return status.Failure();
  for (const auto& extension : options.rtpParameters.headerExtensions)
    receiveExtensions_.Set(extension.uri, extension.id);
  producers_.emplace(options.producerId, std::move(producer));
  NegotiateFeedback();
  ScheduleReports(now);
  return ProduceResult{*type};
}

Status Transport::CheckConsumeOptions(const ConsumeOptions& options) const {
  if (auto status = Consumer::Validate(options); !status) return status;
  if (context_.Taken(options.consumerId))
    return GenericError("an object with id \"" + options.consumerId + "\" already exists");
  const auto* producer = context_.producers.Find(options.producerId);
  if (producer == nullptr || &producer->Owner().Owner() != &router_) {
    return NotFoundError("producer \"" + options.producerId + "\" not found in router \"" + router_.Id() +
                         "\"");
  }
  const auto sent = producer->Parameters().encodings.size();
  if (options.consumableRtpEncodings.size() != sent) {
    return TypeError("consumableRtpEncodings has " + std::to_string(options.consumableRtpEncodings.size()) +
                     " encodings, producer \"" + options.producerId + "\" sends " + std::to_string(sent));
  }
  if (producer->Kind() != options.kind)
    return TypeError("the consumer's kind is not that of producer \"" + options.producerId + "\"");
  // As "simple" the encodings of simulcast would share one stream, whose sequence numbers they do not share.
  if (options.type != RtpType::kPipe && options.type != producer->Type())
    return TypeError("the consumer's type is neither \"pipe\" nor that of producer \"" + options.producerId +
                     "\"");
  return CheckUnusedSsrcs(streamsBySsrc_, options.rtpParameters);
}

Result<ConsumeResult> Transport::Consume(const ConsumeOptions& options, Instant now) {
  if (auto status = CheckConsumeOptions(options); !status) return status.Failure();
  auto& producer = *context_.producers.Find(options.producerId);

  auto owned = std::make_unique<Consumer>(context_, *this, producer, options);
  auto& consumer = *owned;
  consumers_.emplace(options.consumerId, std::move(owned));
  consumer.ForEachStream([&](ConsumerStream& stream) {
    stream.SetId(AddStream(stream));
    streamsBySsrc_.emplace(stream.OutputSsrc(), &stream);
  });
  consumer.RequestKeyFrame(now);
  ScheduleReports(now);
  return consumer.Summary();
}

Status Transport::CloseProducer(std::string_view producerId) {
  const auto found = producers_.find(producerId);
  if (found == producers_.end()) {
    return NotFoundError("producer \"" + std::string(producerId) + "\" not found in transport \"" + id_ +
                         "\"");
  }
  // Out of the map first: while it closes, its consumers on this transport go as well.
  const auto closing = std::move(found->second);
  producers_.erase(found);
  listener_.Remove(*closing);
  NegotiateFeedback();
  return OkStatus();
}

Status Transport::CloseConsumer(std::string_view consumerId) {
  const auto found = consumers_.find(consumerId);
  if (found == consumers_.end()) {
    return NotFoundError("consumer \"" + std::string(consumerId) + "\" not found in transport \"" + id_ +
                         "\"");
  }
  for (auto* scheduled : {&scheduledAudio_, &scheduledVideo_})
    std::erase_if(*scheduled, [&](const Scheduled& one) { return one.consumer == found->second.get(); });
  QueueBye(*found->second);
  found->second->ForEachStream([&](ConsumerStream& stream) {
    RemoveStream(stream);
    streamsBySsrc_.erase(stream.OutputSsrc());
    closedRtpBytesSent_ += stream.SentMeter().Bytes();
  });
  consumers_.erase(found);
  return OkStatus();
}

Status Transport::SetMaxOutgoingBitrate(std::optional<DataRate> limit) {
  if (limit && minOutgoingBitrate_ && *limit < *minOutgoingBitrate_) {
    return GenericError("maxOutgoingBitrate " + std::to_string(limit->Value()) +
                        " is below minOutgoingBitrate " + std::to_string(minOutgoingBitrate_->Value()));
  }
  maxOutgoingBitrate_ = limit;
  return OkStatus();
}

Status Transport::SetMinOutgoingBitrate(std::optional<DataRate> limit) {
  if (limit && maxOutgoingBitrate_ && *limit > *maxOutgoingBitrate_) {
    return GenericError("minOutgoingBitrate " + std::to_string(limit->Value()) +
                        " is above maxOutgoingBitrate " + std::to_string(maxOutgoingBitrate_->Value()));
  }
  minOutgoingBitrate_ = limit;
  return OkStatus();
}

// Random (RFC 3550 section 5.1), and in the lower half, so that the first rollover is far away: a receiver
// that joins an SRTP stream must guess the rollover counter, and guesses 0 (RFC 3711 section 3.3.1).
std::int64_t Transport::FirstSequenceNumber(Ssrc ssrc) const {
  const auto next = NextSrtpIndex(ssrc);
  return next ? *next : context_.environment.random.U16() & 0x7fff;
}

bool Transport::Schedule(Consumer& consumer, std::span<const RoutedPacket> packets) {
  auto& scheduled = consumer.Kind() == MediaKind::kAudio ? scheduledAudio_ : scheduledVideo_;
  scheduled.push_back({&consumer, packets});
  return scheduled.size() == 1;
}

StreamId Transport::AddStream(ConsumerStream& stream) {
  if (freeStreams_.empty()) {
    freeStreams_.push_back(static_cast<StreamId>(streams_.size()));
    streams_.push_back(nullptr);
  }
  const auto id = freeStreams_.back();
  freeStreams_.pop_back();
  streams_[static_cast<std::size_t>(id)] = &stream;
  return id;
}

void Transport::RemoveStream(const ConsumerStream& stream) {
  streams_[static_cast<std::size_t>(stream.Id())] = nullptr;
  freeStreams_.push_back(stream.Id());
}

void Transport::Forward(std::vector<Scheduled>& scheduled, Instant now) {
  for (const auto& [consumer, packets] : scheduled) {
    if (const auto noRoom = consumer->Forward(packets, Out().Queue(), now))
      CountDrops(net::DropReason::kEgressQueueFull, noRoom);
    // Ahead of the first packet: a receiver that learns late how streams lie to each other has to move one of
    // them (RFC 3550 section 6.2 allows a first report without delay between two peers).
    consumer->ForEachStream([&](ConsumerStream& stream) {
      if (stream.TakeReportDue()) SendSenderReports(std::array<const ConsumerStream*, 1>{&stream}, now);
    });
  }
  scheduled.clear();
}

std::size_t Transport::ForwardScheduled(Instant now) {
  Forward(scheduledAudio_, now);
  Forward(scheduledVideo_, now);
  return SendAll(now);
}

std::size_t Transport::ForwardScheduledAudio(Instant now) {
  Forward(scheduledAudio_, now);
  return SendAll(now);
}

std::size_t Transport::SendAll(Instant now) {
  auto& queue = Out().Queue();
  const auto count = queue.Packets().size();
  if (Out().NextTimeout()) OnSent(SendQueued(now), now);
  queue.Clear();
  return count;
}

void Transport::OnSent(const SendReport& report, Instant now) {
  CountSent(report.bytes, now);
  CountDrops(net::DropReason::kNotSent, report.noSlot);
  CountDrops(net::DropReason::kProtectFailed, report.encryptionFailed);
  CountDrops(net::DropReason::kSrtpIndexUsed, report.indexUsed);
  context_.paddedPackets += report.paddedPackets;
  context_.paddingBytes += report.paddingBytes;
  const auto& queued = Out().Queue().Streams();
  bool remembered = false;
  for (const auto& one : queued) {
    if (one.retransmissions) continue;
    auto& stream = StreamOf(one.id);
    remembered = remembered || stream.Resends();
    if (one.sent == 0) continue;
    stream.OnSent({.timestamp = one.timestamp,
                   .count = one.sent,
                   .payloadBytes = one.sentPayloadBytes,
                   .bytes = one.sentBytes},
                  now);
  }
  if (!remembered) return;
  for (const auto& sent : report.packets) {
    const auto& one = queued[sent.packet->stream];
    if (!one.retransmissions) StreamOf(one.id).Remember(sent, now);
  }
}

void Transport::Deliver(Producer& producer, rtp::Packet packet, Instant now) {
  rtpReceived_.Add(packet.Size(), now);
  if (const auto reason = producer.Receive(std::move(packet))) CountDrop(*reason);
}

void Transport::NoteArrival(const rtp::Packet& packet, bool known, Instant now) {
  // The deadline changes once in an interval, not with each packet.
  if (rtcp_.NeedsPackets() && rtcp_.OnPacket(packet, known, now)) Settle(now);
}

void Transport::ReceiveRtp(net::PacketRef buffer, Instant now) {
  auto packet = rtp::Packet::Parse(std::move(buffer));
  if (!packet) {
    CountDrop(net::DropReason::kMalformedRtp);
    return;
  }
  auto* producer = listener_.Find(packet->SenderSsrc());
  if (producer == nullptr) {
    packet->LocateExtensions(receiveExtensions_);
    producer = listener_.Find(*packet);
  }
  if (producer == nullptr) {
    NoteArrival(*packet, false, now);
    CountDrop(net::DropReason::kUnknownStream);
    return;
  }
  packet->LocateExtensions(producer->Extensions());
  NoteArrival(*packet, true, now);
  Deliver(*producer, std::move(*packet), now);
}

void Transport::OnConnected(Instant now) {
  connected_ = true;
  for (const auto& [id, consumer] : consumers_) consumer->OnTransportConnected(now);
  ScheduleReports(now);
}

void Transport::Settle(Instant /*now*/) {
  auto next = Earlier(rtcp_.NextReports(), NextProtocolTimeout());
  // Before the peer is known there is no one to send feedback to.
  if (Connected()) next = Earlier(next, rtcp_.NextFeedback());
  for (const auto& [id, producer] : producers_) next = Earlier(next, producer->NextTimeout());
  timer_.Set(next);
}

void Transport::OnTimeout(Instant now) {
  OnProtocolTimeout(now);
  SendCompounds(rtcp_.MakeByes(), now);
  for (const auto& [id, producer] : producers_) producer->OnTimeout(now);
  SendFeedback(now);
  if (rtcp_.TakeReportsDue(now)) {
    SendReports(now);
    ScheduleReports(now);
  }
  Settle(now);
}

TransportDump Transport::Dump() const {
  TransportDump dump;
  dump.id = id_;
  dump.direct = Kind() == TransportKind::kDirect;
  for (const auto& [id, producer] : producers_) dump.producerIds.push_back(id);
  for (const auto& [id, consumer] : consumers_) {
    dump.consumerIds.push_back(id);
    std::as_const(*consumer).ForEachStream([&](const ConsumerStream& stream) {
      dump.ssrcConsumerId.emplace_back(stream.OutputSsrc(), stream.Owner().Id());
      if (const auto rtx = stream.RtxSsrc()) dump.rtxSsrcConsumerId.emplace_back(*rtx, stream.Owner().Id());
    });
  }
  using rtp::Extension;
  dump.midExtensionId = receiveExtensions_.Id(Extension::kMid);
  dump.ridExtensionId = receiveExtensions_.Id(Extension::kRid);
  dump.rridExtensionId = receiveExtensions_.Id(Extension::kRepairedRid);
  dump.absSendTimeExtensionId = receiveExtensions_.Id(Extension::kAbsSendTime);
  dump.transportWideCcExtensionId = receiveExtensions_.Id(Extension::kTransportWideCc);
  listener_.Describe(dump);
  dump.maxSendMessageSize = options_.maxSendMessageSize;
  dump.maxReceiveMessageSize = options_.maxReceiveMessageSize;
  if (options_.enableSctp) {
    constexpr std::uint16_t kSctpPort = 5000;  // RFC 8841 section 5.2's customary port
    dump.sctpParameters =
        SctpParameters{.port = kSctpPort,
                       .maxSendMessageSize = options_.maxSendMessageSize,
                       .maxReceiveMessageSize = options_.maxReceiveMessageSize,
                       .sendBufferSize = options_.sctpSendBufferSize,
                       .perStreamSendQueueLimit = options_.sctpPerStreamSendQueueLimit,
                       .maxReceiverWindowBufferSize = options_.sctpMaxReceiverWindowBufferSize,
                       .isDataChannel = options_.isDataChannel};
  }
  dump.traceEvents = traceEvents_;
  return dump;
}

TransportStats Transport::Stats(Instant now) {
  TransportStats stats;
  stats.transportId = id_;
  stats.timestampMs = ToTimestampMs(now);
  stats.sctpEnabled = options_.enableSctp;
  stats.bytesReceived = received_.Bytes();
  stats.recvBitrate = received_.Rate(now).Value();
  stats.bytesSent = sent_.Bytes();
  stats.sendBitrate = sent_.Rate(now).Value();
  stats.rtpBytesReceived = rtpReceived_.Bytes();
  stats.rtpRecvBitrate = rtpReceived_.Rate(now).Value();
  stats.maxOutgoingBitrate = maxOutgoingBitrate_;
  stats.minOutgoingBitrate = minOutgoingBitrate_;
  stats.availableIncomingBitrate = rtcp_.AdvisedBitrate();
  stats.maxIncomingBitrate = rtcp_.MaxIncomingBitrate();
  rtp::LossCount received, sent;
  for (const auto& [id, producer] : producers_) received += producer->LastLoss();
  stats.packetLossReceived = LossRatio(received);
  stats.rtpBytesSent = closedRtpBytesSent_;
  for (const auto& [id, consumer] : consumers_) {
    consumer->ForEachStream([&](ConsumerStream& stream) {
      sent += stream.LastLoss();
      stats.rtpBytesSent += stream.SentMeter().Bytes();
      stats.rtpSendBitrate += stream.SentMeter().Rate(now).Value();
    });
  }
  stats.packetLossSent = LossRatio(sent);
  return stats;
}

}  // namespace ringcast::rtc
