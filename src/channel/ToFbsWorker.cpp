#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

using StringLists = std::vector<std::pair<std::string, std::vector<std::string>>>;
using Strings = std::vector<std::pair<std::string, std::string>>;

auto Table(Builder& builder, const StringLists& entries) {
  return ListToFbs(builder, entries, [&builder](const auto& entry) {
    const auto key = builder.CreateString(entry.first);
    return FBS::Common::CreateStringStringArray(builder, key, builder.CreateVectorOfStrings(entry.second));
  });
}

auto Table(Builder& builder, const Strings& entries) {
  return ListToFbs(builder, entries, [&builder](const auto& entry) {
    const auto key = builder.CreateString(entry.first);
    return FBS::Common::CreateStringString(builder, key, builder.CreateString(entry.second));
  });
}

Offset<FBS::Worker::ChannelMessageHandlers> Handlers(Builder& builder, const rtc::WorkerDump& dump) {
  const auto requests = builder.CreateVectorOfStrings(dump.requestHandlerIds);
  const auto notifications = builder.CreateVectorOfStrings(dump.notificationHandlerIds);
  return FBS::Worker::CreateChannelMessageHandlers(builder, requests, notifications);
}

}  // namespace

Offset<FBS::Worker::DumpResponse> ToFbs(Builder& builder, const rtc::WorkerDump& dump, const Host& host) {
  const auto servers = builder.CreateVectorOfStrings(dump.webRtcServerIds);
  const auto routers = builder.CreateVectorOfStrings(dump.routerIds);
  const auto handlers = Handlers(builder, dump);
  return FBS::Worker::CreateDumpResponse(builder, host.Pid(), servers, routers, handlers);
}

Offset<FBS::Worker::ResourceUsageResponse> ToFbs(Builder& builder, const ProcessUsage& usage) {
  return FBS::Worker::CreateResourceUsageResponse(
      builder, usage.userTimeMs, usage.systemTimeMs, usage.maxResidentSet, usage.sharedMemory,
      usage.unsharedData, usage.unsharedStack, usage.minorFaults, usage.majorFaults, usage.swaps,
      usage.blocksIn, usage.blocksOut, usage.messagesSent, usage.messagesReceived, usage.signals,
      usage.voluntarySwitches, usage.involuntarySwitches);
}

Offset<FBS::Router::DumpResponse> ToFbs(Builder& builder, const rtc::RouterDump& dump) {
  const StringLists noLists;  // of observers and data channels
  const Strings none;
  const auto id = builder.CreateString(dump.id);
  const auto transports = builder.CreateVectorOfStrings(dump.transportIds);
  const auto observers = builder.CreateVectorOfStrings(dump.rtpObserverIds);
  const auto producers = Table(builder, dump.producerIdConsumerIds);
  const auto consumers = Table(builder, dump.consumerIdProducerId);
  const auto producerObservers = Table(builder, noLists);
  const auto dataProducers = Table(builder, noLists);
  const auto dataConsumers = Table(builder, none);
  return FBS::Router::CreateDumpResponse(builder, id, transports, observers, producers, consumers,
                                         producerObservers, dataProducers, dataConsumers);
}

}  // namespace ringcast::channel
