#include "ringcast/rtc/data/DataChannels.hpp"

#include <utility>

#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

Status DataChannels::Check(const std::string& id, DataType type,
                           const std::optional<SctpStreamParameters>& stream) const {
  if (id.empty()) return TypeError("a data producer or data consumer needs an id");
  if (context_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  if (link_ == nullptr) return GenericError("SCTP is not enabled on transport \"" + transport_.Id() + "\"");
  if ((type == DataType::kSctp) != sctp_)
    return TypeError(std::string("transport \"") + transport_.Id() + "\" takes only data of type \"" +
                     (sctp_ ? "sctp" : "direct") + "\"");
  if (!stream) return sctp_ ? TypeError("missing sctpStreamParameters") : OkStatus();
  if (!sctp_) return TypeError("sctpStreamParameters given, but the type is \"direct\"");
  if (stream->maxPacketLifeTime && stream->maxRetransmits)
    return TypeError("maxPacketLifeTime and maxRetransmits are both given");
  if (stream->ordered && (stream->maxPacketLifeTime || stream->maxRetransmits))
    return TypeError("ordered is true, but maxPacketLifeTime or maxRetransmits is given");
  return OkStatus();
}

Result<const DataProducer*> DataChannels::Produce(const ProduceDataOptions& options) {
  if (auto status = Check(options.dataProducerId, options.type, options.stream); !status)
    return status.Failure();
  if (options.stream && producerByStream_.contains(options.stream->streamId)) {
    return GenericError("SCTP stream " + std::to_string(options.stream->streamId) +
                        " already has a data producer");
  }
  auto owned = std::make_unique<DataProducer>(context_, transport_, options);
  auto* producer = owned.get();
  producers_.emplace(producer->Id(), std::move(owned));
  if (options.stream) producerByStream_.emplace(options.stream->streamId, producer);
  return producer;
}

Result<const DataConsumer*> DataChannels::Consume(const ConsumeDataOptions& options) {
  if (auto status = Check(options.dataConsumerId, options.type, options.stream); !status)
    return status.Failure();
  auto* producer = context_.dataProducers.Find(options.dataProducerId);
  if (producer == nullptr || &producer->Owner().Owner() != &transport_.Owner()) {
    return NotFoundError("data producer \"" + options.dataProducerId + "\" not found in router \"" +
                         transport_.Owner().Id() + "\"");
  }
  if (options.stream && consumerByStream_.contains(options.stream->streamId)) {
    return GenericError("SCTP stream " + std::to_string(options.stream->streamId) +
                        " already has a data consumer");
  }
  auto owned = std::make_unique<DataConsumer>(context_, transport_, *link_, *producer, options);
  auto* consumer = owned.get();
  consumers_.emplace(consumer->Id(), std::move(owned));
  if (options.stream) consumerByStream_.emplace(options.stream->streamId, consumer);
  return consumer;
}

Status DataChannels::CloseProducer(std::string_view id) {
  const auto found = producers_.find(id);
  if (found == producers_.end()) {
    return NotFoundError("data producer \"" + std::string(id) + "\" not found in transport \"" +
                         transport_.Id() + "\"");
  }
  // Out of the map first: while it closes, its consumers on this transport close as well.
  const auto closing = std::move(found->second);
  producers_.erase(found);
  if (closing->Stream()) producerByStream_.erase(closing->Stream()->streamId);
  return OkStatus();
}

Status DataChannels::CloseConsumer(std::string_view id) {
  const auto found = consumers_.find(id);
  if (found == consumers_.end()) {
    return NotFoundError("data consumer \"" + std::string(id) + "\" not found in transport \"" +
                         transport_.Id() + "\"");
  }
  if (found->second->Stream()) consumerByStream_.erase(found->second->Stream()->streamId);
  consumers_.erase(found);
  return OkStatus();
}

void DataChannels::Close() {
  while (!producers_.empty()) {
    const auto closed = CloseProducer(producers_.begin()->first);
    RC_ASSERT(closed.Ok());
  }
  consumerByStream_.clear();
  consumers_.clear();
}

void DataChannels::Describe(TransportDump& dump) const {
  for (const auto& [id, producer] : producers_) dump.dataProducerIds.push_back(id);
  for (const auto& [id, consumer] : consumers_) dump.dataConsumerIds.push_back(id);
  for (const auto& [stream, producer] : producerByStream_)
    dump.sctpStreamProducerId.emplace_back(stream, producer->Id());
}

void DataChannels::Receive(std::uint16_t stream, const DataMessage& message, Instant now) {
  const auto found = producerByStream_.find(stream);
  if (found == producerByStream_.end()) return transport_.CountDrop(net::DropReason::kUnknownDataStream);
  found->second->Receive(message, now);
}

DataConsumer* DataChannels::ConsumerOf(std::uint16_t stream) const {
  const auto found = consumerByStream_.find(stream);
  return found == consumerByStream_.end() ? nullptr : found->second;
}

}  // namespace ringcast::rtc
