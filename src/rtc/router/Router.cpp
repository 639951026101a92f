#include "ringcast/rtc/router/Router.hpp"

#include <bitset>
#include <utility>

#include "ringcast/rtc/consumer/Consumer.hpp"
#include "ringcast/rtc/data/DataConsumer.hpp"
#include "ringcast/rtc/data/DataProducer.hpp"
#include "ringcast/rtc/observer/ActiveSpeakerObserver.hpp"
#include "ringcast/rtc/observer/AudioLevelObserver.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/transport/PipeTransport.hpp"
#include "ringcast/rtc/transport/PlainTransport.hpp"
#include "ringcast/rtc/transport/Transport.hpp"
#include "ringcast/rtc/transport/WebRtcTransport.hpp"

namespace ringcast::rtc {

Router::Router(WorkerContext& context, std::string id)
    : id_(std::move(id)), context_(context), entry_(context.routers.Add(id_, *this)) {}

Router::~Router() = default;

Status Router::CheckNewId(const std::string& id) const {
  if (context_.Taken(id)) return GenericError("an object with id \"" + id + "\" already exists");
  return OkStatus();
}

template <typename Kind>
Kind* Router::Keep(std::unique_ptr<Kind> transport) {
  auto* kept = transport.get();
  transports_.emplace(kept->Id(), std::move(transport));
  return kept;
}

Result<PlainTransport*> Router::CreatePlainTransport(const std::string& id,
                                                     const PlainTransportOptions& options) {
  if (auto status = CheckNewId(id); !status) return status.Failure();
  auto transport = PlainTransport::Create(context_, *this, id, options);
  if (!transport) return transport.Failure();
  return Keep(std::move(*transport));
}

Result<PipeTransport*> Router::CreatePipeTransport(const std::string& id,
                                                   const PipeTransportOptions& options) {
  if (auto status = CheckNewId(id); !status) return status.Failure();
  auto transport = PipeTransport::Create(context_, *this, id, options);
  if (!transport) return transport.Failure();
  return Keep(std::move(*transport));
}

Result<WebRtcTransport*> Router::CreateWebRtcTransport(const std::string& id,
                                                       const WebRtcTransportOptions& options) {
  if (auto status = CheckNewId(id); !status) return status.Failure();
  auto transport = WebRtcTransport::Create(context_, *this, id, options);
  if (!transport) return transport.Failure();
  return Keep(std::move(*transport));
}

Result<DirectTransport*> Router::CreateDirectTransport(const std::string& id,
                                                       const TransportOptions& options) {
  if (auto status = CheckNewId(id); !status) return status.Failure();
  return Keep(std::make_unique<DirectTransport>(context_, *this, id, options));
}

Status Router::CloseTransport(const std::string& id, Instant now) {
  const auto found = transports_.find(id);
  if (found == transports_.end())
    return NotFoundError("transport \"" + id + "\" not found in router \"" + id_ + "\"");
  // Out of the map first: while it closes, it reaches other transports of this router.
  const auto closing = std::move(found->second);
  transports_.erase(found);
  closing->Close(now);
  return OkStatus();
}

Status Router::CreateActiveSpeakerObserver(const std::string& id,
                                           const ActiveSpeakerObserverOptions& options) {
  if (auto status = CheckNewId(id); !status) return status;
  observers_.emplace(id, std::make_unique<ActiveSpeakerObserver>(context_, *this, id, options));
  return OkStatus();
}

Status Router::CreateAudioLevelObserver(const std::string& id, const AudioLevelObserverOptions& options) {
  if (auto status = CheckNewId(id); !status) return status;
  if (options.maxEntries == 0) return TypeError("maxEntries is 0");
  if (options.threshold > 0 || options.threshold < -127)
    return TypeError("threshold is " + std::to_string(options.threshold) + ", not between -127 and 0");
  observers_.emplace(id, std::make_unique<AudioLevelObserver>(context_, *this, id, options));
  return OkStatus();
}

Status Router::CloseRtpObserver(const std::string& id) {
  if (observers_.erase(id) == 0)
    return NotFoundError("RTP observer \"" + id + "\" not found in router \"" + id_ + "\"");
  return OkStatus();
}

void Router::Close(Instant now) {
  observers_.clear();
  while (!transports_.empty()) {
    const auto closed = CloseTransport(std::string(transports_.begin()->first), now);
    RC_ASSERT(closed.Ok());
  }
}

Router::Subscription::Subscription(Producer& producer, Consumer& consumer)
    : route_(producer.route_), consumer_(consumer) {
  route_.consumers_.push_back(&consumer);
}

Router::Subscription::~Subscription() { std::erase(route_.consumers_, &consumer_); }

Router::Observation::Observation(RtpObserver& observer, Producer& producer)
    : observer_(observer), route_(producer.route_) {
  route_.observations_.push_back(this);
}

Router::Observation::~Observation() { std::erase(route_.observations_, this); }

void Router::EndObservations(const Producer& producer) {
  const auto& observations = producer.route_.observations_;
  while (!observations.empty()) {
    const auto removed = observations.back()->observer_.RemoveProducer(producer.Id());
    RC_ASSERT(removed.Ok());
  }
}

void Router::Observe(const Producer& producer, std::span<const RoutedPacket> packets) {
  for (const auto& routed : packets) {
    const auto value = routed.packet.ExtensionValue(rtp::Extension::kAudioLevel);
    if (!value) continue;
    const auto level = rtp::AudioLevel::Parse(*value);
    if (!level) continue;
    for (auto* observation : producer.route_.observations_) {
      if (!observation->observer_.Paused()) observation->OnAudioLevel(*level, routed.packet.Arrival());
    }
  }
}

std::span<Consumer* const> Router::ConsumersOf(const Producer& producer) const {
  return producer.route_.consumers_;
}

void Router::Forward(const Producer& producer, std::span<const RoutedPacket> packets,
                     std::vector<Transport*>& due) const {
  if (!producer.route_.observations_.empty()) Observe(producer, packets);
  const auto consumers = ConsumersOf(producer);
  std::bitset<LayerSelector::kMaxEncodings> encodings;
  bool restarted = false;
  for (const auto& routed : packets) {
    restarted = restarted || routed.restarted;
    encodings.set(routed.encodingIndex);
  }
  // In a busy worker neither the consumers nor their transports are in the processor's cache when a burst
  // arrives. Loads that begin early overlap.
  constexpr std::size_t kAhead = 4;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if (i + 2 * kAhead < consumers.size()) consumers[i + 2 * kAhead]->Prefetch();
    if (i + kAhead < consumers.size()) {
      auto& ahead = consumers[i + kAhead]->Owner();
      __builtin_prefetch(&ahead);
      __builtin_prefetch(&ahead.Sender());
    }
    auto& consumer = *consumers[i];
    auto& transport = consumer.Owner();
    const auto interest = consumer.InterestIn(encodings);
    if (interest == Consumer::Interest::kSourceChanges && restarted) consumer.NoteSourceChanges(packets);
    if (interest != Consumer::Interest::kPackets || !transport.Connected()) continue;
    if (transport.Sender().Schedule(consumer, packets)) due.push_back(&transport);
  }
}

// --- Data ---

Router::DataSubscription::DataSubscription(DataProducer& producer, DataConsumer& consumer)
    : route_(producer.route_), consumer_(consumer) {
  route_.consumers_.push_back(&consumer);
}

Router::DataSubscription::~DataSubscription() { std::erase(route_.consumers_, &consumer_); }

std::span<DataConsumer* const> Router::ConsumersOf(const DataProducer& producer) const {
  return producer.route_.consumers_;
}

void Router::Forward(const DataProducer& producer, const DataMessage& message, Instant now) const {
  for (auto* consumer : ConsumersOf(producer)) consumer->Forward(message, now);
}

// --- Descriptions ---

void Router::Describe(const Transport& transport, RouterDump& dump) const {
  const auto ids = [](const auto& objects) {
    std::vector<std::string> list;
    for (const auto* object : objects) list.push_back(object->Id());
    return list;
  };
  for (const auto& [id, producer] : transport.Producers()) {
    dump.producerIdConsumerIds.emplace_back(id, ids(ConsumersOf(*producer)));
    std::vector<std::string> observers;
    for (const auto* observation : producer->route_.observations_)
      observers.push_back(observation->observer_.Id());
    if (!observers.empty()) dump.producerIdObserverIds.emplace_back(id, std::move(observers));
  }
  for (const auto& [id, consumer] : transport.Consumers())
    dump.consumerIdProducerId.emplace_back(id, consumer->Source().Id());
  for (const auto& [id, producer] : transport.Data().AllProducers())
    dump.dataProducerIdDataConsumerIds.emplace_back(id, ids(ConsumersOf(*producer)));
  for (const auto& [id, consumer] : transport.Data().AllConsumers())
    dump.dataConsumerIdDataProducerId.emplace_back(id, consumer->Source().Id());
}

RouterDump Router::Dump() const {
  RouterDump dump;
  dump.id = id_;
  for (const auto& [observerId, observer] : observers_) dump.rtpObserverIds.push_back(observerId);
  for (const auto& [transportId, transport] : transports_) {
    dump.transportIds.push_back(transportId);
    Describe(*transport, dump);
  }
  return dump;
}

}  // namespace ringcast::rtc
