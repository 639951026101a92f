#include "ringcast/rtc/transport/Transport.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/rtc/router/Router.hpp"

namespace ringcast::rtc {

namespace {

// nullopt if nothing was sent.
std::optional<double> LossRatio(const rtp::LossCount& loss) {
  if (loss.expected <= 0) return std::nullopt;
  return static_cast<double>(std::clamp<std::int64_t>(loss.lost, 0, loss.expected)) /
         static_cast<double>(loss.expected);
}

// Returns the cname of RTCP that belongs to no stream: constant for the transport's life, 16 bytes at most.
std::string_view OwnCname(const std::string& id) { return std::string_view(id).substr(0, 16); }

// Returns why the producer cannot be consumed with these options on a transport of `router`.
Status CheckProducer(const Producer* producer, const ConsumeOptions& options, const Router& router) {
  if (producer == nullptr || &producer->Owner().Owner() != &router) {
    return NotFoundError("producer \"" + options.producerId + "\" not found in router \"" + router.Id() +
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
  return OkStatus();
}

}  // namespace

Transport::Transport(WorkerContext& context, Router& router, std::string id, const TransportOptions& options)
    : context_(context),
      sender_(context, *this),
      receiver_(context, *this),
      rtcp_(context, *this, OwnCname(id)),
      id_(std::move(id)),
      router_(router),
      settings_(options),
      data_(std::make_unique<DataChannels>(context, *this)),
      timer_(context.environment.timers, [this](Instant now) { OnTimeout(now); }),
      entry_(context.transports.Add(id_, *this)) {}

Transport::~Transport() {
  while (!producers_.empty()) {
    const auto closed = CloseProducer(producers_.begin()->first);
    RC_ASSERT(closed.Ok());
  }
  consumers_.clear();
  data_->Close();
  context_.scheduler.Remove(*this);
  context_.notifier.Forget(id_);
  context_.closedDrops.Add(traffic_.drops);
}

// --- Producers and consumers ---

Result<ProduceResult> Transport::Produce(const ProduceOptions& options, Instant now) {
  const auto type = ValidateProduceOptions(options);
  if (!type) return type.Failure();
  if (context_.Taken(options.producerId))
    return GenericError("an object with id \"" + options.producerId + "\" already exists");

  auto producer = std::make_unique<Producer>(context_, *this, options, *type);
  if (auto status = receiver_.Add(*producer); !status) return status.Failure();
  producers_.emplace(options.producerId, std::move(producer));
  rtcp_.Negotiate();
  rtcp_.ScheduleReports(now);
  Settle(now);
  return ProduceResult{*type};
}

Result<ConsumeResult> Transport::Consume(const ConsumeOptions& options, Instant now) {
  if (auto status = ValidateConsumeOptions(options); !status) return status.Failure();
  if (context_.Taken(options.consumerId))
    return GenericError("an object with id \"" + options.consumerId + "\" already exists");
  auto* producer = context_.producers.Find(options.producerId);
  if (auto status = CheckProducer(producer, options, router_); !status) return status.Failure();
  if (auto status = sender_.Streams().CheckUnused(options.rtpParameters); !status) return status.Failure();

  auto owned = std::make_unique<Consumer>(context_, *this, *producer, options);
  auto& consumer = *owned;
  consumers_.emplace(options.consumerId, std::move(owned));
  sender_.Add(consumer);
  consumer.RequestKeyFrame(now);
  rtcp_.ScheduleReports(now);
  Settle(now);
  return consumer.Summary();
}

Status Transport::CloseProducer(std::string_view producerId) {
  const auto found = producers_.find(producerId);
  if (found == producers_.end()) {
    return NotFoundError("producer \"" + std::string(producerId) + "\" not found in transport \"" + id_ +
                         "\"");
  }
  // Out of the map first: while it closes, its consumers on this transport close as well.
  const auto closing = std::move(found->second);
  producers_.erase(found);
  receiver_.Remove(*closing);
  rtcp_.Negotiate();
  return OkStatus();
}

Status Transport::CloseConsumer(std::string_view consumerId) {
  const auto found = consumers_.find(consumerId);
  if (found == consumers_.end()) {
    return NotFoundError("consumer \"" + std::string(consumerId) + "\" not found in transport \"" + id_ +
                         "\"");
  }
  // BYE leaves at the end of the loop iteration, with those of other consumers that close in it.
  if (rtcp_.QueueByes(*found->second)) timer_.ArmAt(Instant());
  sender_.Remove(*found->second);
  consumers_.erase(found);
  return OkStatus();
}

// --- Lifecycle ---

void Transport::SetConnected(bool connected, Instant now) {
  if (connected == connected_) return;
  connected_ = connected;
  if (!connected) return;
  for (const auto& [id, consumer] : consumers_) consumer->Restart(now);
  rtcp_.ScheduleReports(now);
}

void Transport::Settle(Instant /*now*/) {
  auto next = Earlier(rtcp_.NextTimeout(), NextProtocolTimeout());
  for (const auto& [id, producer] : producers_) next = Earlier(next, producer->NextTimeout());
  timer_.Set(next);
}

void Transport::OnTimeout(Instant now) {
  OnProtocolTimeout(now);
  rtcp_.SendByes(now);
  for (const auto& [id, producer] : producers_) producer->OnTimeout(now);
  rtcp_.OnTimeout(now);
  Settle(now);
}

// --- Descriptions ---

TransportDump Transport::Dump() const {
  TransportDump dump;
  dump.id = id_;
  dump.direct = Kind() == TransportKind::kDirect;
  for (const auto& [id, producer] : producers_) dump.producerIds.push_back(id);
  for (const auto& entry : consumers_) {
    const auto& id = entry.first;
    dump.consumerIds.push_back(id);
    std::as_const(*entry.second).ForEachStream([&](const ConsumerStream& stream) {
      dump.ssrcConsumerId.emplace_back(stream.OutputSsrc(), id);
      if (const auto rtx = stream.RtxSsrc()) dump.rtxSsrcConsumerId.emplace_back(*rtx, id);
    });
  }
  receiver_.Describe(dump);
  data_->Describe(dump);
  settings_.Describe(dump);
  return dump;
}

TransportStats Transport::Stats(Instant now) {
  TransportStats stats;
  stats.transportId = id_;
  stats.timestampMs = ToTimestampMs(now);
  stats.bytesReceived = traffic_.received.Bytes();
  stats.recvBitrate = traffic_.received.Rate(now).Value();
  stats.bytesSent = traffic_.sent.Bytes();
  stats.sendBitrate = traffic_.sent.Rate(now).Value();
  stats.rtpBytesReceived = traffic_.rtpReceived.Bytes();
  stats.rtpRecvBitrate = traffic_.rtpReceived.Rate(now).Value();
  settings_.Describe(stats);
  rtcp_.Describe(stats);
  rtp::LossCount received, sent;
  for (const auto& [id, producer] : producers_) received += producer->Streams().LastLoss();
  stats.packetLossReceived = LossRatio(received);
  stats.rtpBytesSent = sender_.Streams().RemovedBytesSent();
  for (const auto& [id, consumer] : consumers_) {
    consumer->ForEachStream([&](ConsumerStream& stream) {
      auto& statistics = stream.Statistics();
      sent += statistics.LastInterval();
      stats.rtpBytesSent += statistics.Rate().Bytes();
      stats.rtpSendBitrate += statistics.Rate().Rate(now).Value();
    });
  }
  stats.packetLossSent = LossRatio(sent);
  return stats;
}

}  // namespace ringcast::rtc
