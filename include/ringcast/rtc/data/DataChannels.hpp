#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/data/DataConsumer.hpp"
#include "ringcast/rtc/data/DataProducer.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// The data producers and data consumers of one transport.
class DataChannels {
 public:
  DataChannels(WorkerContext& context, Transport& transport) : context_(context), transport_(transport) {}
  ~DataChannels() { Close(); }
  DataChannels(const DataChannels&) = delete;
  DataChannels& operator=(const DataChannels&) = delete;

  // `link` outlives the producers and consumers. `sctp`: it is an SCTP association.
  void SetLink(DataLink& link, bool sctp) {
    link_ = &link;
    sctp_ = sctp;
  }

  // Error: the id or the SCTP stream is in use, or the transport has no SCTP. TypeError: the type does not
  // fit the transport, or the parameters contradict themselves.
  Result<const DataProducer*> Produce(const ProduceDataOptions& options);
  // The same, and NotFoundError: the router has no such data producer.
  Result<const DataConsumer*> Consume(const ConsumeDataOptions& options);
  Status CloseProducer(std::string_view id);
  Status CloseConsumer(std::string_view id);
  // Closes all of them.
  void Close();

  using Producers = std::map<std::string, std::unique_ptr<DataProducer>, std::less<>>;
  using Consumers = std::map<std::string, std::unique_ptr<DataConsumer>, std::less<>>;
  [[nodiscard]] const Producers& AllProducers() const { return producers_; }
  [[nodiscard]] const Consumers& AllConsumers() const { return consumers_; }
  void Describe(TransportDump& dump) const;

  // A message of the peer arrived on this SCTP stream.
  void Receive(std::uint16_t stream, const DataMessage& message, Instant now);
  // Returns the consumer that sends on this SCTP stream, or nullptr.
  [[nodiscard]] DataConsumer* ConsumerOf(std::uint16_t stream) const;

 private:
  // Returns why an object of this type, with these stream parameters, cannot exist on the transport.
  [[nodiscard]] Status Check(const std::string& id, DataType type,
                             const std::optional<SctpStreamParameters>& stream) const;

  WorkerContext& context_;
  Transport& transport_;
  DataLink* link_ = nullptr;
  bool sctp_ = false;
  Producers producers_;
  Consumers consumers_;
  std::map<std::uint16_t, DataProducer*> producerByStream_;
  std::map<std::uint16_t, DataConsumer*> consumerByStream_;
};

}  // namespace ringcast::rtc
