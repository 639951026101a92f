#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/data/DataLink.hpp"
#include "ringcast/rtc/data/DataMessage.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class DataProducer;

// Delivers the messages of one data producer to one peer.
class DataConsumer {
 public:
  // `options` are valid. `link` is of the transport.
  DataConsumer(WorkerContext& context, Transport& transport, DataLink& link, DataProducer& producer,
               const ConsumeDataOptions& options);
  ~DataConsumer();
  DataConsumer(const DataConsumer&) = delete;
  DataConsumer& operator=(const DataConsumer&) = delete;

  [[nodiscard]] const std::string& Id() const { return options_.dataConsumerId; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] const DataProducer& Source() const { return producer_; }
  // nullopt: of a direct transport.
  [[nodiscard]] const std::optional<SctpStreamParameters>& Stream() const { return options_.stream; }
  [[nodiscard]] DataConsumerDump Dump() const;
  [[nodiscard]] DataStats Stats(Instant now) const;
  [[nodiscard]] std::size_t BufferedAmount() const { return link_.BufferedAmount(*this); }
  void SetBufferedAmountLowThreshold(std::uint32_t bytes);

  void Pause() { options_.paused = true; }
  void Resume() { options_.paused = false; }

  // Each returns the subchannels.
  const std::vector<std::uint16_t>& SetSubchannels(std::vector<std::uint16_t> subchannels);
  const std::vector<std::uint16_t>& AddSubchannel(std::uint16_t subchannel);
  const std::vector<std::uint16_t>& RemoveSubchannel(std::uint16_t subchannel);

  // A message of the producer. Dropped while the consumer is paused, and if its subchannels exclude the
  // consumer. If the send buffer is full, it is lost, and the controller is notified.
  void Forward(const DataMessage& message, Instant now);
  // Sends a message of the controller to this consumer only, even if it is paused. TypeError: the transport
  // is a direct transport, or the message is too large. Error: the send buffer is full, or the transport is
  // not connected.
  Status Send(const DataMessage& message, Instant now);

 private:
  [[nodiscard]] bool Accepts(const DataMessage& message) const;
  [[nodiscard]] bool HasSubchannel(std::uint16_t subchannel) const;
  [[nodiscard]] DataLink::Outcome Deliver(const DataMessage& message, Instant now);

  WorkerContext& context_;
  Transport& transport_;
  DataLink& link_;
  DataProducer& producer_;
  ConsumeDataOptions options_;  // with sorted subchannels
  std::uint32_t lowThreshold_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  Router::DataSubscription subscription_;
  Index<DataConsumer>::Entry entry_;
};

}  // namespace ringcast::rtc
