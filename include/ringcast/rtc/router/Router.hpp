#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"
#include "ringcast/rtp/AudioLevel.hpp"
#include "ringcast/rtp/SourceClock.hpp"

namespace ringcast::rtc {

class Consumer;
class DataConsumer;
class DataProducer;
struct DataMessage;
class DirectTransport;
class PipeTransport;
class PlainTransport;
class Producer;
class RtpObserver;
class WebRtcTransport;
struct RoutedPacket;

// A room: its transports and observers, and the only place that knows which of them receive a producer's
// packets.
class Router {
 public:
  Router(WorkerContext& context, std::string id);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] RouterDump Dump() const;

  // A failed creation leaves neither a transport nor a bound port.
  Result<PlainTransport*> CreatePlainTransport(const std::string& id, const PlainTransportOptions& options);
  Result<PipeTransport*> CreatePipeTransport(const std::string& id, const PipeTransportOptions& options);
  Result<WebRtcTransport*> CreateWebRtcTransport(const std::string& id,
                                                 const WebRtcTransportOptions& options);
  Result<DirectTransport*> CreateDirectTransport(const std::string& id, const TransportOptions& options);
  Status CloseTransport(const std::string& id, Instant now);
  // Error: the id is in use. TypeError: an option is out of range.
  Status CreateActiveSpeakerObserver(const std::string& id, const ActiveSpeakerObserverOptions& options);
  Status CreateAudioLevelObserver(const std::string& id, const AudioLevelObserverOptions& options);
  Status CloseRtpObserver(const std::string& id);
  // Closes all observers and transports.
  void Close(Instant now);

  // --- Routes ---

  class Observation;
  // The consumers and observers of one producer. The producer keeps it for its router, so that forwarding
  // looks up nothing; only the router reads it, and only subscriptions and observations change it.
  class Route {
    friend class Router;
    std::vector<Consumer*> consumers_;
    std::vector<Observation*> observations_;
  };
  // A consumer's place in the route from its producer. Destroying it removes the consumer from the route.
  class Subscription {
   public:
    Subscription(Producer& producer, Consumer& consumer);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

   private:
    Route& route_;
    Consumer& consumer_;
  };
  // An observer's place in the route from a producer, which receives the audio levels of its packets unless
  // the observer is paused. Destroying it removes it from the route.
  class Observation {
   public:
    Observation(RtpObserver& observer, Producer& producer);
    Observation(const Observation&) = delete;
    Observation& operator=(const Observation&) = delete;
    virtual ~Observation();
    virtual void OnAudioLevel(const rtp::AudioLevel& level, Instant arrival) = 0;

   private:
    friend class Router;
    RtpObserver& observer_;
    Route& route_;
  };
  // The producer closes: its observers remove it.
  static void EndObservations(const Producer& producer);
  // Returns the consumers of the producer in the order of their creation.
  [[nodiscard]] std::span<Consumer* const> ConsumersOf(const Producer& producer) const;
  // Schedules the packets, at least one, for the consumers that may take some of them. Adds the transports of
  // these consumers to `due`, each once unless it is there already. The packets must stay until all
  // transports have forwarded them.
  void Forward(const Producer& producer, std::span<const RoutedPacket> packets,
               std::vector<Transport*>& due) const;

  // The data consumers of one data producer, which keeps it for its router.
  class DataRoute {
    friend class Router;
    std::vector<DataConsumer*> consumers_;
  };
  // A data consumer's place in the route from its data producer. Destroying it removes it from the route.
  class DataSubscription {
   public:
    DataSubscription(DataProducer& producer, DataConsumer& consumer);
    DataSubscription(const DataSubscription&) = delete;
    DataSubscription& operator=(const DataSubscription&) = delete;
    ~DataSubscription();

   private:
    DataRoute& route_;
    DataConsumer& consumer_;
  };
  // Returns the data consumers of the data producer in the order of their creation.
  [[nodiscard]] std::span<DataConsumer* const> ConsumersOf(const DataProducer& producer) const;
  // Delivers a message to all of them.
  void Forward(const DataProducer& producer, const DataMessage& message, Instant now) const;

  // For producers: a participant that publishes through several transports is one source.
  [[nodiscard]] rtp::SourceClocks& SourceClocks() { return sourceClocks_; }

 private:
  Status CheckNewId(const std::string& id) const;
  void Describe(const Transport& transport, RouterDump& dump) const;
  static void Observe(const Producer& producer, std::span<const RoutedPacket> packets);
  template <typename Kind>
  Kind* Keep(std::unique_ptr<Kind> transport);

  std::string id_;
  WorkerContext& context_;
  Index<Router>::Entry entry_;
  rtp::SourceClocks sourceClocks_;
  std::map<std::string, std::unique_ptr<Transport>> transports_;
  std::map<std::string, std::unique_ptr<RtpObserver>> observers_;
};

}  // namespace ringcast::rtc
