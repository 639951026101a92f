#include "ringcast/rtc/data/DataProducer.hpp"

#include "ringcast/rtc/data/DataConsumer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

DataProducer::DataProducer(WorkerContext& context, Transport& transport, const ProduceDataOptions& options)
    : context_(context),
      transport_(transport),
      options_(options),
      entry_(context.dataProducers.Add(options.dataProducerId, *this)) {}

DataProducer::~DataProducer() {
  // Each closing consumer ends its subscription.
  while (!Consumers().empty()) {
    DataConsumer& consumer = *Consumers().back();
    context_.notifier.DataConsumerProducerClose(consumer.Id());
    const auto closed = consumer.Owner().Data().CloseConsumer(consumer.Id());
    RC_ASSERT(closed.Ok());
  }
}

std::span<DataConsumer* const> DataProducer::Consumers() const {
  return transport_.Owner().ConsumersOf(*this);
}

DataStats DataProducer::Stats(Instant now) const {
  return {.timestampMs = ToTimestampMs(now),
          .label = options_.label,
          .protocol = options_.protocol,
          .messages = messages_,
          .bytes = bytes_};
}

void DataProducer::Pause() {
  if (options_.paused) return;
  options_.paused = true;
  for (const auto* consumer : Consumers()) context_.notifier.DataConsumerProducerPause(consumer->Id());
}

void DataProducer::Resume() {
  if (!options_.paused) return;
  options_.paused = false;
  for (const auto* consumer : Consumers()) context_.notifier.DataConsumerProducerResume(consumer->Id());
}

void DataProducer::Receive(const DataMessage& message, Instant now) {
  ++messages_;
  bytes_ += message.payload.size();
  if (!options_.paused) transport_.Owner().Forward(*this, message, now);
}

Status DataProducer::Send(const DataMessage& message, Instant now) {
  if (options_.stream) {
    return GenericError("data producer \"" + Id() +
                        "\" is not on a direct transport: messages cannot be sent to it");
  }
  const auto limit = transport_.Settings().MaxReceiveMessageSize();
  if (message.payload.size() > limit) {
    return TypeError("a message of " + std::to_string(message.payload.size()) +
                     " bytes, more than the maxReceiveMessageSize of " + std::to_string(limit));
  }
  Receive(message, now);
  return OkStatus();
}

}  // namespace ringcast::rtc
