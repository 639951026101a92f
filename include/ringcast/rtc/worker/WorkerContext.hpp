#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/dtls/Context.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/ice/TokenBucket.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/rtc/NotificationLimiter.hpp"
#include "ringcast/rtc/NotificationLog.hpp"
#include "ringcast/rtc/Notifier.hpp"
#include "ringcast/rtc/data/DataBudget.hpp"
#include "ringcast/rtc/egress/EgressBatch.hpp"
#include "ringcast/rtc/egress/ForwardingScheduler.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "ringcast/rtc/producer/KeyFrameRequester.hpp"
#include "ringcast/rtc/producer/PoolBudget.hpp"
#include "ringcast/rtp/PacketCache.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"

namespace ringcast::rtc {

class Consumer;
class DataConsumer;
class DataProducer;
class Producer;
class Router;
class RtpObserver;
class Transport;
class WebRtcServer;

// The media core's surroundings; all of them outlive the worker.
struct Environment {
  net::PacketPool& pool;
  net::DatagramSink& sink;
  net::SocketFactory& sockets;
  TimerQueue& timers;
  Notifier& notifier;
  Random& random;
  WallClock wallClock;
  const dtls::Context& dtls;
  std::uint16_t rtcMinPort = 10000;
  std::uint16_t rtcMaxPort = 59999;
  srtp::Engine srtpEngine = srtp::Engine::kAuto;  // of outgoing packets
  // Video packets of a round whose sizes differ by up to this many bytes are padded to one size; 0: none.
  std::uint8_t gsoPadding = 0;
  // How long video may wait for the rest of its frame; see ForwardingScheduler.
  Duration coalescing{};
  // Secret seed of hash tables whose keys peers choose; 0 in simulations.
  std::uint64_t hashSeed = 0;
};

// Finds the objects of one kind by id; does not own them.
template <typename T>
class Index {
 public:
  // Membership as a token: destroying it removes the entry.
  class Entry {
   public:
    Entry() = default;
    Entry(Index& index, typename std::map<std::string, T*, std::less<>>::iterator place)
        : index_(&index), place_(place) {}
    Entry(Entry&& other) noexcept : index_(std::exchange(other.index_, nullptr)), place_(other.place_) {}
    Entry& operator=(Entry&& other) noexcept {
      std::swap(index_, other.index_);
      std::swap(place_, other.place_);
      return *this;
    }
    ~Entry() {
      if (index_ != nullptr) index_->entries_.erase(place_);
    }

   private:
    Index* index_ = nullptr;
    typename std::map<std::string, T*, std::less<>>::iterator place_;
  };

  [[nodiscard]] T* Find(std::string_view id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second;
  }
  // The id must be free.
  [[nodiscard]] Entry Add(const std::string& id, T& object) {
    const auto [place, inserted] = entries_.emplace(id, &object);
    RC_ASSERT(inserted);
    return Entry(*this, place);
  }
  [[nodiscard]] std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    ids.reserve(entries_.size());
    for (const auto& [id, object] : entries_) ids.push_back(id);
    return ids;
  }

  template <typename Function>
  void ForEach(Function function) const {
    for (const auto& [id, object] : entries_) function(*object);
  }

 private:
  std::map<std::string, T*, std::less<>> entries_;
};

// The context that the worker's objects share: the environment, indexes to find each other, and the state of
// the loop iteration.
struct WorkerContext {
  explicit WorkerContext(const Environment& given)
      : environment(given),
        notificationLog(given.notifier),
        notifier(notificationLog, given.timers),
        poolBudget{given.pool.Limit()},
        gaps(poolBudget.Gaps()),
        scheduler(given.timers, given.coalescing),
        packets(std::max<std::size_t>(poolBudget.History(), 1)) {}

  Environment environment;
  NotificationLog notificationLog;
  // Limits what reaches the environment's notifier. All objects notify through it.
  NotificationLimiter notifier;
  PoolBudget poolBudget;
  GapBudget gaps;
  DataBudget data;
  Index<Router> routers;
  Index<WebRtcServer> webRtcServers;
  Index<Transport> transports;
  Index<Producer> producers;
  Index<Consumer> consumers;
  Index<RtpObserver> observers;
  Index<DataProducer> dataProducers;
  Index<DataConsumer> dataConsumers;

  ForwardingScheduler scheduler;
  EgressBatch egressBatch;  // of the transport that is sending
  rtp::PacketCache packets;
  std::uint64_t paddedPackets = 0;  // sent, padded to the size of a GSO batch
  std::uint64_t paddingBytes = 0;
  net::DropCounters closedDrops;  // of closed transports and WebRTC servers
  Counters<ice::Reject> iceRejects;
  Counters<dtls::DropReason> dtlsDrops;
  Counters<dtls::FailureReason> dtlsFailures;
  KeyFrameRequestCounts keyFrameRequests;
  std::uint64_t consumersMade = 0;
  ice::TokenBucket unauthenticatedAnswers = ice::UnauthenticatedAnswers();
  std::size_t shedConsumers = 0;       // now, because of overload
  std::size_t tightenedProducers = 0;  // of audio, with lower limits because of overload

  // Returns true if any object has this id.
  [[nodiscard]] bool Taken(std::string_view id) const {
    return routers.Find(id) != nullptr || webRtcServers.Find(id) != nullptr ||
           transports.Find(id) != nullptr || producers.Find(id) != nullptr || consumers.Find(id) != nullptr ||
           observers.Find(id) != nullptr || dataProducers.Find(id) != nullptr ||
           dataConsumers.Find(id) != nullptr;
  }
};

}  // namespace ringcast::rtc
