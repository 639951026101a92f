#include "ringcast/rtc/Worker.hpp"

#include "ringcast/rtc/Producer.hpp"
#include "ringcast/rtc/Router.hpp"
#include "ringcast/rtc/Transport.hpp"
#include "ringcast/rtc/WebRtcServer.hpp"
#include "ringcast/rtc/WebRtcTransport.hpp"

namespace ringcast::rtc {

namespace {

PoolDump DescribePool(const Registry& registry) {
  const auto& pool = registry.environment.pool;
  const auto& budget = registry.poolBudget;
  return {.limit = pool.Limit(),
          .allocated = pool.Allocated(),
          .inUse = pool.InUse(),
          .videoReserve = budget.VideoReserve(),
          .audioReserve = budget.AudioReserve(),
          .holders = {{"history", registry.packets.Size(), budget.History()},
                      {"waiting", registry.scheduler.WaitingPackets(), ForwardingScheduler::kMaxWaiting},
                      {"gaps", registry.gaps.Held(), registry.gaps.Limit()}},
          .gapPacketsShed = registry.gaps.ShedPackets()};
}

}  // namespace

Worker::Worker(const Environment& environment) : registry_(environment) {}

Worker::~Worker() = default;

Status Worker::CreateRouter(const std::string& id) {
  if (registry_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  routers_.emplace(id, std::make_unique<Router>(registry_, id));
  return OkStatus();
}

Status Worker::CloseRouter(const std::string& id) {
  if (routers_.erase(id) == 0) return NotFoundError("router \"" + id + "\" not found");
  if (routers_.empty()) registry_.packets.DropOld(Instant::max());  // no receiver is left to ask for them
  return OkStatus();
}

Status Worker::CreateWebRtcServer(const std::string& id, const std::vector<ListenInfo>& listenInfos) {
  if (registry_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  auto server = WebRtcServer::Create(registry_, id, listenInfos);
  if (!server) return server.Failure();
  webRtcServers_.emplace(id, std::move(*server));
  return OkStatus();
}

Status Worker::CloseWebRtcServer(const std::string& id) {
  const auto found = webRtcServers_.find(id);
  if (found == webRtcServers_.end()) return NotFoundError("WebRTC server \"" + id + "\" not found");
  for (auto* transport : found->second->Transports()) {
    const auto closed = transport->Owner().CloseTransport(transport->Id());
    RC_ASSERT(closed.Ok());
  }
  webRtcServers_.erase(found);
  return OkStatus();
}

bool Worker::OnTurnEnd(Instant now, Duration idle) {
  const auto& governor = load_.Governor();
  const bool more = registry_.scheduler.Forward(now, governor.SlicePackets(), governor.Busy());
  registry_.environment.sink.Flush();
  load_.OnTurnEnd(now, idle);
  return more;
}

void Worker::OnStopped(Duration length, Instant now) const {
  registry_.transports.ForEach([&](Transport& transport) { transport.OnStopped(length, now); });
}

void Worker::BeforeRequest(Instant now) {
  registry_.scheduler.ForwardBeforeRequest(now, load_.Governor().SlicePackets());
}

WorkerDump Worker::Dump() const {
  WorkerDump dump;
  dump.webRtcServerIds = registry_.webRtcServers.Ids();
  dump.routerIds = registry_.routers.Ids();
  const auto append = [](std::vector<std::string>& out, const std::vector<std::string>& ids) {
    out.insert(out.end(), ids.begin(), ids.end());
  };
  append(dump.requestHandlerIds, registry_.webRtcServers.Ids());
  append(dump.requestHandlerIds, registry_.routers.Ids());
  append(dump.requestHandlerIds, registry_.transports.Ids());
  append(dump.requestHandlerIds, registry_.producers.Ids());
  append(dump.requestHandlerIds, registry_.consumers.Ids());
  append(dump.notificationHandlerIds, registry_.transports.Ids());
  append(dump.notificationHandlerIds, registry_.producers.Ids());
  dump.paddedPackets = registry_.paddedPackets;
  dump.paddingBytes = registry_.paddingBytes;
  dump.coalescedNotifications = registry_.notifier.Coalesced();
  dump.drops = registry_.closedDrops;
  dump.load = {.utilisation = load_.Governor().Utilisation(),
               .slicePackets = load_.Governor().SlicePackets(),
               .shedConsumers = registry_.shedConsumers,
               .sheddings = load_.Totals().sheddings,
               .restorals = load_.Totals().restorals,
               .splitTurns = registry_.scheduler.Totals().splitTurns,
               .coalescedTurns = registry_.scheduler.Totals().coalescedTurns};
  dump.pool = DescribePool(registry_);
  dump.drops.Add(registry_.gaps.Drops());
  registry_.webRtcServers.ForEach([&dump](const WebRtcServer& server) { dump.drops.Add(server.Drops()); });
  registry_.transports.ForEach([&dump](const Transport& transport) { dump.drops.Add(transport.Drops()); });
  return dump;
}

}  // namespace ringcast::rtc
