#include "ringcast/rtc/data/DataConsumer.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/rtc/data/DataProducer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

namespace {

std::vector<std::uint16_t> SortedUnique(std::vector<std::uint16_t> subchannels) {
  std::sort(subchannels.begin(), subchannels.end());
  subchannels.erase(std::unique(subchannels.begin(), subchannels.end()), subchannels.end());
  return subchannels;
}

}  // namespace

DataConsumer::DataConsumer(WorkerContext& context, Transport& transport, DataLink& link,
                           DataProducer& producer, const ConsumeDataOptions& options)
    : context_(context),
      transport_(transport),
      link_(link),
      producer_(producer),
      options_(options),
      lowThreshold_(options.stream ? transport.Settings().BufferedAmountLowThreshold() : 0),
      subscription_(producer, *this),
      entry_(context.dataConsumers.Add(options.dataConsumerId, *this)) {
  options_.subchannels = SortedUnique(std::move(options_.subchannels));
  if (options_.stream) link_.SetLowThreshold(*this, lowThreshold_);
}

DataConsumer::~DataConsumer() {
  context_.notifier.Forget(Id());
  if (options_.stream) link_.Reset(*this);
}

DataConsumerDump DataConsumer::Dump() const {
  return {.options = options_,
          .producerPaused = producer_.Paused(),
          .bufferedAmount = static_cast<std::uint32_t>(BufferedAmount()),
          .bufferedAmountLowThreshold = lowThreshold_};
}

DataStats DataConsumer::Stats(Instant now) const {
  return {.timestampMs = ToTimestampMs(now),
          .label = options_.label,
          .protocol = options_.protocol,
          .messages = messages_,
          .bytes = bytes_,
          .bufferedAmount = static_cast<std::uint32_t>(BufferedAmount())};
}

void DataConsumer::SetBufferedAmountLowThreshold(std::uint32_t bytes) {
  lowThreshold_ = bytes;
  if (options_.stream) link_.SetLowThreshold(*this, bytes);
}

// --- Subchannels ---

const std::vector<std::uint16_t>& DataConsumer::SetSubchannels(std::vector<std::uint16_t> subchannels) {
  options_.subchannels = SortedUnique(std::move(subchannels));
  return options_.subchannels;
}

const std::vector<std::uint16_t>& DataConsumer::AddSubchannel(std::uint16_t subchannel) {
  auto& list = options_.subchannels;
  const auto place = std::lower_bound(list.begin(), list.end(), subchannel);
  if (place == list.end() || *place != subchannel) list.insert(place, subchannel);
  return list;
}

const std::vector<std::uint16_t>& DataConsumer::RemoveSubchannel(std::uint16_t subchannel) {
  std::erase(options_.subchannels, subchannel);
  return options_.subchannels;
}

bool DataConsumer::HasSubchannel(std::uint16_t subchannel) const {
  return std::binary_search(options_.subchannels.begin(), options_.subchannels.end(), subchannel);
}

bool DataConsumer::Accepts(const DataMessage& message) const {
  // Over a pipe the subchannels travel with the message. There the consumer's own ones only spare the pipe
  // what no consumer behind it has, and an ignored subchannel of one of these must not keep it from the
  // others.
  const bool pipe = link_.CarriesSubchannels();
  if (pipe && options_.subchannels.empty()) return true;
  if (message.requiredSubchannel && !HasSubchannel(*message.requiredSubchannel)) return false;
  if (!pipe && message.ignoredSubchannel && HasSubchannel(*message.ignoredSubchannel)) return false;
  return message.subchannels.empty() ||
         std::any_of(message.subchannels.begin(), message.subchannels.end(),
                     [this](std::uint16_t subchannel) { return HasSubchannel(subchannel); });
}

// --- Messages ---

DataLink::Outcome DataConsumer::Deliver(const DataMessage& message, Instant now) {
  const auto outcome = message.payload.size() > transport_.Settings().MaxSendMessageSize()
                           ? DataLink::Outcome::kTooBig
                           : link_.Send(*this, message, now);
  switch (outcome) {
    case DataLink::Outcome::kSent:
      ++messages_;
      bytes_ += message.payload.size();
      break;
    case DataLink::Outcome::kFull:
      context_.notifier.DataConsumerSendBufferFull(Id());
      break;
    case DataLink::Outcome::kTooBig:
    case DataLink::Outcome::kClosed:
      break;
  }
  return outcome;
}

void DataConsumer::Forward(const DataMessage& message, Instant now) {
  if (options_.paused || !Accepts(message)) return;
  switch (Deliver(message, now)) {
    case DataLink::Outcome::kSent:
      return;
    case DataLink::Outcome::kFull:
      return transport_.CountDrop(net::DropReason::kSendBufferFull);
    case DataLink::Outcome::kTooBig:
      return transport_.CountDrop(net::DropReason::kMessageTooBig);
    case DataLink::Outcome::kClosed:
      return transport_.CountDrop(net::DropReason::kNoAssociation);
  }
}

Status DataConsumer::Send(const DataMessage& message, Instant now) {
  if (!options_.stream)
    return TypeError("data consumer \"" + Id() + "\" is on a direct transport: nothing can be sent to it");
  switch (Deliver(message, now)) {
    case DataLink::Outcome::kSent:
      link_.Flush(now);  // the response has the amount that is left
      break;
    case DataLink::Outcome::kFull:
      return GenericError("the send buffer of data consumer \"" + Id() + "\" is full");
    case DataLink::Outcome::kTooBig:
      return TypeError("a message of " + std::to_string(message.payload.size()) +
                       " bytes, more than the maxSendMessageSize of " +
                       std::to_string(transport_.Settings().MaxSendMessageSize()));
    case DataLink::Outcome::kClosed:
      return GenericError("the SCTP association of data consumer \"" + Id() + "\" has ended");
  }
  return OkStatus();
}

}  // namespace ringcast::rtc
