#include "ringcast/rtc/Worker.hpp"

#include "ringcast/rtc/Producer.hpp"
#include "ringcast/rtc/Router.hpp"
#include "ringcast/rtc/Transport.hpp"

namespace ringcast::rtc {

Worker::Worker(const Environment& environment) : registry_(environment) {}

Worker::~Worker() = default;

Status Worker::CreateRouter(const std::string& id) {
  if (registry_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  routers_.emplace(id, std::make_unique<Router>(registry_, id));
  return OkStatus();
}

Status Worker::CloseRouter(const std::string& id) {
  if (routers_.erase(id) == 0) return NotFoundError("router \"" + id + "\" not found");
  return OkStatus();
}

void Worker::OnTurnEnd(Instant now) {
  auto& turn = registry_.turn;
  for (auto* producer : turn.producers) producer->Announce();
  for (std::size_t i = 0; i < turn.transports.size(); ++i) {
    if (i + 1 < turn.transports.size()) turn.transports[i + 1]->PrefetchSending();
    turn.transports[i]->OnTurnEnd(now);
  }
  turn.transports.clear();
  for (auto* producer : turn.producers) producer->EndTurn();
  turn.producers.clear();
  registry_.environment.sink.Flush();
}

WorkerDump Worker::Dump() const {
  WorkerDump dump;
  dump.routerIds = registry_.routers.Ids();
  const auto append = [](std::vector<std::string>& out, const std::vector<std::string>& ids) {
    out.insert(out.end(), ids.begin(), ids.end());
  };
  append(dump.requestHandlerIds, registry_.routers.Ids());
  append(dump.requestHandlerIds, registry_.transports.Ids());
  append(dump.requestHandlerIds, registry_.producers.Ids());
  append(dump.requestHandlerIds, registry_.consumers.Ids());
  append(dump.notificationHandlerIds, registry_.transports.Ids());
  append(dump.notificationHandlerIds, registry_.producers.Ids());
  dump.paddedPackets = registry_.paddedPackets;
  dump.paddingBytes = registry_.paddingBytes;
  dump.drops = registry_.closedDrops;
  registry_.transports.ForEach([&dump](const Transport& transport) { dump.drops.Add(transport.Drops()); });
  return dump;
}

}  // namespace ringcast::rtc
