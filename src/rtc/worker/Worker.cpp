#include "ringcast/rtc/worker/Worker.hpp"

#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::rtc {

namespace {

PoolReport DescribePool(const WorkerContext& context) {
  const auto& pool = context.environment.pool;
  const auto& budget = context.poolBudget;
  return {.limit = pool.Limit(),
          .allocated = pool.Allocated(),
          .inUse = pool.InUse(),
          .videoReserve = budget.VideoReserve(),
          .audioReserve = budget.AudioReserve(),
          .holders = {{"history", context.packets.Size(), budget.History()},
                      {"waiting", context.scheduler.WaitingPackets(), ForwardingScheduler::kMaxWaiting},
                      {"gaps", context.gaps.Held(), context.gaps.Limit()}},
          .gapPacketsShed = context.gaps.ShedPackets()};
}

}  // namespace

Worker::Worker(const Environment& environment) : context_(environment) {}

Worker::~Worker() = default;

Status Worker::CreateRouter(const std::string& id) {
  if (context_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  routers_.emplace(id, std::make_unique<Router>(context_, id));
  return OkStatus();
}

Status Worker::CloseRouter(const std::string& id, Instant now) {
  const auto found = routers_.find(id);
  if (found == routers_.end()) return NotFoundError("router \"" + id + "\" not found");
  found->second->Close(now);
  routers_.erase(found);
  if (routers_.empty()) context_.packets.DropOld(Instant::max());  // no receiver is left to request them
  return OkStatus();
}

Status Worker::CreateWebRtcServer(const std::string& id, const std::vector<ListenInfo>& listenInfos) {
  if (context_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  auto server = WebRtcServer::Create(context_, id, listenInfos);
  if (!server) return server.Failure();
  webRtcServers_.emplace(id, std::move(*server));
  return OkStatus();
}

Status Worker::CloseWebRtcServer(const std::string& id, Instant now) {
  const auto found = webRtcServers_.find(id);
  if (found == webRtcServers_.end()) return NotFoundError("WebRTC server \"" + id + "\" not found");
  for (auto* transport : found->second->Transports()) {
    const auto closed = transport->Owner().CloseTransport(std::string(transport->Id()), now);
    RC_ASSERT(closed.Ok());
  }
  webRtcServers_.erase(found);
  return OkStatus();
}

void Worker::Close(Instant now) {
  for (const auto& [id, router] : routers_) router->Close(now);
}

bool Worker::OnTurnEnd(Instant now, Duration idle) {
  const auto& governor = load_.Governor();
  const bool more = context_.scheduler.Forward(now, governor.SlicePackets(), governor.Busy());
  context_.environment.sink.Flush();
  load_.OnTurnEnd(now, idle);
  return more;
}

void Worker::OnStopped(Duration length, Instant now) const {
  context_.transports.ForEach([&](Transport& transport) {
    if (auto* webRtc = OfKind<WebRtcTransport>(&transport)) webRtc->OnStopped(length, now);
  });
}

void Worker::BeforeRequest(Instant now) {
  context_.scheduler.ForwardBeforeRequest(now, load_.Governor().SlicePackets());
}

WorkerDump Worker::Dump() const {
  WorkerDump dump;
  dump.webRtcServerIds = context_.webRtcServers.Ids();
  dump.routerIds = context_.routers.Ids();
  const auto append = [](std::vector<std::string>& out, const std::vector<std::string>& ids) {
    out.insert(out.end(), ids.begin(), ids.end());
  };
  append(dump.requestHandlerIds, context_.webRtcServers.Ids());
  append(dump.requestHandlerIds, context_.routers.Ids());
  append(dump.requestHandlerIds, context_.transports.Ids());
  append(dump.requestHandlerIds, context_.producers.Ids());
  append(dump.requestHandlerIds, context_.consumers.Ids());
  append(dump.requestHandlerIds, context_.observers.Ids());
  append(dump.requestHandlerIds, context_.dataProducers.Ids());
  append(dump.requestHandlerIds, context_.dataConsumers.Ids());
  append(dump.notificationHandlerIds, context_.transports.Ids());
  append(dump.notificationHandlerIds, context_.producers.Ids());
  append(dump.notificationHandlerIds, context_.dataProducers.Ids());
  return dump;
}

MediaReport Worker::Report() const {
  MediaReport report;
  report.drops = context_.closedDrops;
  report.drops.Add(context_.gaps.Drops());
  context_.webRtcServers.ForEach([&](const WebRtcServer& server) { report.drops.Add(server.Drops()); });
  context_.transports.ForEach([&](Transport& transport) { report.drops.Add(transport.Traffic().drops); });
  report.iceRejects = context_.iceRejects;
  report.dtlsDrops = context_.dtlsDrops;
  report.dtlsFailures = context_.dtlsFailures;
  report.keyFrameRequestsSent = context_.keyFrameRequests.sent;
  report.keyFrameRequestsSuppressed = context_.keyFrameRequests.suppressed;
  report.paddedPackets = context_.paddedPackets;
  report.paddingBytes = context_.paddingBytes;
  report.coalescedNotifications = context_.notifier.Coalesced();
  report.load = {.utilisation = load_.Governor().Utilisation(),
                 .slicePackets = load_.Governor().SlicePackets(),
                 .shedConsumers = context_.shedConsumers,
                 .sheddings = load_.Totals().sheddings,
                 .restorals = load_.Totals().restorals,
                 .splitTurns = context_.scheduler.Totals().splitTurns,
                 .coalescedTurns = context_.scheduler.Totals().coalescedTurns};
  report.pool = DescribePool(context_);
  return report;
}

}  // namespace ringcast::rtc
