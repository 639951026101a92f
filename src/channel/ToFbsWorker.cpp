#include <utility>

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

auto Counters(Builder& builder, const std::vector<NamedCount>& counts) {
  return ListToFbs(builder, counts, [&builder](const NamedCount& count) {
    return FBS::Worker::CreateNamedCounter(builder, builder.CreateString(count.name), count.value);
  });
}

Offset<FBS::Worker::EgressDump> Egress(Builder& builder, const net::EgressStats& stats,
                                       const rtc::MediaReport& media) {
  const auto mode = builder.CreateString(stats.mode);
  const auto reason = builder.CreateString(stats.modeReason);
  const auto drops = Counters(builder, stats.drops);
  const auto errors = Counters(builder, stats.sendErrors);
  const auto runLengths = builder.CreateVector(stats.runLengths.data(), stats.runLengths.size());
  const auto batchSizes = builder.CreateVector(stats.batchSizes.data(), stats.batchSizes.size());
  FBS::Worker::EgressDumpBuilder dump(builder);
  dump.add_mode(mode);
  dump.add_mode_reason(reason);
  dump.add_zero_copy_enabled(stats.zeroCopyEnabled);
  dump.add_gso_enabled(stats.gsoEnabled);
  dump.add_sends(stats.sends);
  dump.add_datagrams(stats.datagrams);
  dump.add_bytes(stats.bytes);
  dump.add_gso_sends(stats.gsoSends);
  dump.add_zero_copy_sends(stats.zeroCopySends);
  dump.add_zero_copy_copied(stats.zeroCopyCopied);
  dump.add_fallbacks(stats.fallbacks);
  dump.add_flushes(stats.flushes);
  dump.add_submits(stats.submits);
  dump.add_queue_full(stats.queueFull);
  dump.add_slots_in_flight(stats.slotsInFlight);
  dump.add_slots_in_flight_max(stats.slotsInFlightMax);
  dump.add_slots_total(stats.slotsTotal);
  dump.add_drops(drops);
  dump.add_send_errors(errors);
  dump.add_run_lengths(runLengths);
  dump.add_batch_sizes(batchSizes);
  dump.add_padded_packets(media.paddedPackets);
  dump.add_padding_bytes(media.paddingBytes);
  return dump.Finish();
}

Offset<FBS::Worker::IngressDump> Ingress(Builder& builder, const rtc::WorkerReport& report) {
  const auto drops = Counters(builder, rtc::AllDrops(report));
  const auto& stats = report.ingress;
  return FBS::Worker::CreateIngressDump(builder, stats.datagrams, stats.bytes, stats.receiveCalls, drops);
}

Offset<FBS::Worker::LoadDump> Load(Builder& builder, const rtc::LoadReport& load) {
  return FBS::Worker::CreateLoadDump(builder, static_cast<float>(load.utilisation),
                                     static_cast<std::uint32_t>(load.slicePackets),
                                     static_cast<std::uint32_t>(load.shedConsumers), load.sheddings,
                                     load.restorals, load.splitTurns, load.coalescedTurns);
}

Offset<FBS::Worker::TcpDump> Tcp(Builder& builder, const net::TcpStats& stats) {
  const auto ended = Counters(builder, stats.ended);
  const auto drops = Counters(builder, stats.drops);
  return FBS::Worker::CreateTcpDump(builder, stats.listeners, stats.connections, stats.unauthenticated,
                                    stats.accepted, stats.refused, stats.acceptFailures,
                                    stats.packetsReceived, stats.bytesReceived, stats.packetsSent,
                                    stats.bytesSent, ended, drops);
}

Offset<FBS::Worker::ChannelDump> Channel(Builder& builder, const rtc::WorkerReport& report) {
  const auto drops = Counters(builder, report.channel.drops);
  return FBS::Worker::CreateChannelDump(builder, report.channel.waiting, report.media.coalescedNotifications,
                                        report.channel.replaced, drops);
}

Offset<FBS::Worker::PeersDump> Peers(Builder& builder, const rtc::MediaReport& media) {
  const auto iceRejects = Counters(builder, NonZero(media.iceRejects));
  const auto dtlsDrops = Counters(builder, NonZero(media.dtlsDrops));
  const auto dtlsFailures = Counters(builder, NonZero(media.dtlsFailures));
  return FBS::Worker::CreatePeersDump(builder, iceRejects, dtlsDrops, dtlsFailures,
                                      media.keyFrameRequestsSent, media.keyFrameRequestsSuppressed);
}

Offset<FBS::Worker::PoolDump> Pool(Builder& builder, const rtc::PoolReport& pool) {
  const auto holders = ListToFbs(builder, pool.holders, [&builder](const rtc::PoolReport::Holder& holder) {
    return FBS::Worker::CreatePoolHolder(builder, builder.CreateString(holder.name), holder.packets,
                                         holder.limit);
  });
  return FBS::Worker::CreatePoolDump(builder, pool.limit, pool.allocated, pool.inUse, pool.videoReserve,
                                     pool.audioReserve, holders, pool.gapPacketsShed);
}

}  // namespace

Offset<FBS::Worker::DumpResponse> ToFbs(Builder& builder, const rtc::WorkerDump& dump,
                                        const rtc::WorkerReport& report) {
  const auto servers = builder.CreateVectorOfStrings(dump.webRtcServerIds);
  const auto routers = builder.CreateVectorOfStrings(dump.routerIds);
  const auto handlers = Handlers(builder, dump);
  const auto egress = Egress(builder, report.egress, report.media);
  const auto ingress = Ingress(builder, report);
  const auto load = Load(builder, report.media.load);
  const auto tcp = Tcp(builder, report.tcp);
  const auto channel = Channel(builder, report);
  const auto pool = Pool(builder, report.media.pool);
  const auto peers = Peers(builder, report.media);
  return FBS::Worker::CreateDumpResponse(builder, report.pid, servers, routers, handlers, egress, ingress,
                                         load, tcp, channel, pool, peers, report.suppressedLogLines);
}

Offset<FBS::Worker::ResourceUsageResponse> ToFbs(Builder& builder, const ProcessUsage& usage) {
  return FBS::Worker::CreateResourceUsageResponse(
      builder, usage.userTimeMs, usage.systemTimeMs, usage.maxResidentSet, usage.sharedMemory,
      usage.unsharedData, usage.unsharedStack, usage.minorFaults, usage.majorFaults, usage.swaps,
      usage.blocksIn, usage.blocksOut, usage.messagesSent, usage.messagesReceived, usage.signals,
      usage.voluntarySwitches, usage.involuntarySwitches);
}

Offset<FBS::Router::DumpResponse> ToFbs(Builder& builder, const rtc::RouterDump& dump) {
  const auto id = builder.CreateString(dump.id);
  const auto transports = builder.CreateVectorOfStrings(dump.transportIds);
  const auto observers = builder.CreateVectorOfStrings(dump.rtpObserverIds);
  const auto producers = Table(builder, dump.producerIdConsumerIds);
  const auto consumers = Table(builder, dump.consumerIdProducerId);
  const auto producerObservers = Table(builder, dump.producerIdObserverIds);
  const auto dataProducers = Table(builder, dump.dataProducerIdDataConsumerIds);
  const auto dataConsumers = Table(builder, dump.dataConsumerIdDataProducerId);
  return FBS::Router::CreateDumpResponse(builder, id, transports, observers, producers, consumers,
                                         producerObservers, dataProducers, dataConsumers);
}

}  // namespace ringcast::channel
