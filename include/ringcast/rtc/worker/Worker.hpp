#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Notifier.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/LoadShedder.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtc/worker/WorkerReport.hpp"

namespace ringcast::rtc {

// Owns everything that the controller creates. The controller chooses the ids, which are unique in the
// worker.
class Worker {
 public:
  explicit Worker(const Environment& environment);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Status CreateRouter(const std::string& id);
  Status CloseRouter(const std::string& id, Instant now);

  // A failed creation leaves neither a server nor a bound port.
  Status CreateWebRtcServer(const std::string& id, const std::vector<ListenInfo>& listenInfos);
  // Closes its transports first.
  Status CloseWebRtcServer(const std::string& id, Instant now);
  // Closes all transports. Only the destructor may be called afterwards.
  void Close(Instant now);

  // Each returns nullptr if there is no such object.
  [[nodiscard]] WebRtcServer* FindWebRtcServer(std::string_view id) const {
    return context_.webRtcServers.Find(id);
  }
  [[nodiscard]] Router* FindRouter(std::string_view id) const { return context_.routers.Find(id); }
  [[nodiscard]] Transport* FindTransport(std::string_view id) const { return context_.transports.Find(id); }
  [[nodiscard]] Producer* FindProducer(std::string_view id) const { return context_.producers.Find(id); }
  [[nodiscard]] Consumer* FindConsumer(std::string_view id) const { return context_.consumers.Find(id); }
  [[nodiscard]] DataProducer* FindDataProducer(std::string_view id) const {
    return context_.dataProducers.Find(id);
  }
  [[nodiscard]] DataConsumer* FindDataConsumer(std::string_view id) const {
    return context_.dataConsumers.Find(id);
  }
  [[nodiscard]] RtpObserver* FindRtpObserver(std::string_view id) const {
    return context_.observers.Find(id);
  }

  // Ends a loop iteration: forwards the received packets, then flushes the sink once. `idle`: how long the
  // loop has been idle since its start. Returns true if packets are left and the loop should continue at
  // once.
  bool OnTurnEnd(Instant now, Duration idle);
  // The process did not run for this long, which is no silence of any peer.
  void OnStopped(Duration length, Instant now) const;
  // Forwards the packets that were received before a request, unless they are too many: the request may
  // change who receives them.
  void BeforeRequest(Instant now);

  [[nodiscard]] WorkerDump Dump() const;
  [[nodiscard]] MediaReport Report() const;

 private:
  WorkerContext context_;
  LoadShedder load_{context_};
  // Before the routers, whose transports use them.
  std::unordered_map<std::string, std::unique_ptr<WebRtcServer>> webRtcServers_;
  std::unordered_map<std::string, std::unique_ptr<Router>> routers_;
};

}  // namespace ringcast::rtc
