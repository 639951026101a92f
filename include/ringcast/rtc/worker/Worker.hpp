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

namespace ringcast::rtc {

// The root of everything that the controller makes. Ids are the controller's; they are unique in the whole
// worker.
class Worker {
 public:
  explicit Worker(const Environment& environment);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Status CreateRouter(const std::string& id);
  Status CloseRouter(const std::string& id, Instant now);

  // A failed creation leaves nothing behind: no server, no bound port.
  Status CreateWebRtcServer(const std::string& id, const std::vector<ListenInfo>& listenInfos);
  // Closes its transports first.
  Status CloseWebRtcServer(const std::string& id, Instant now);
  // Closes all transports. Only the destructor may be called afterwards.
  void Close(Instant now);

  // nullptr: there is none of that id.
  [[nodiscard]] WebRtcServer* FindWebRtcServer(std::string_view id) const {
    return context_.webRtcServers.Find(id);
  }
  [[nodiscard]] Router* FindRouter(std::string_view id) const { return context_.routers.Find(id); }
  [[nodiscard]] Transport* FindTransport(std::string_view id) const { return context_.transports.Find(id); }
  [[nodiscard]] Producer* FindProducer(std::string_view id) const { return context_.producers.Find(id); }
  [[nodiscard]] Consumer* FindConsumer(std::string_view id) const { return context_.consumers.Find(id); }

  // The end of a loop turn: what was received goes out, then the sink is flushed once. `idle`: how long the
  // loop has waited since its start. True: there is more to send, the loop should come back at once.
  bool OnTurnEnd(Instant now, Duration idle);
  // The process did not run for this long: no peer's silence.
  void OnStopped(Duration length, Instant now) const;
  // What came before a request goes out before the request changes anything, unless it is too much for that.
  void BeforeRequest(Instant now);

  [[nodiscard]] WorkerDump Dump() const;

 private:
  WorkerContext context_;
  LoadShedder load_{context_};
  // Above the routers, whose transports use them.
  std::unordered_map<std::string, std::unique_ptr<WebRtcServer>> webRtcServers_;
  std::unordered_map<std::string, std::unique_ptr<Router>> routers_;
};

}  // namespace ringcast::rtc
