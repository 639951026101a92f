#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/data/DataMessage.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// A source of messages: one SCTP stream from a peer, or the controller.
class DataProducer {
 public:
  // `options` are valid.
  DataProducer(WorkerContext& context, Transport& transport, const ProduceDataOptions& options);
  ~DataProducer();
  DataProducer(const DataProducer&) = delete;
  DataProducer& operator=(const DataProducer&) = delete;

  [[nodiscard]] const std::string& Id() const { return options_.dataProducerId; }
  [[nodiscard]] Transport& Owner() const { return transport_; }
  [[nodiscard]] bool Paused() const { return options_.paused; }
  // nullopt: of a direct transport.
  [[nodiscard]] const std::optional<SctpStreamParameters>& Stream() const { return options_.stream; }
  [[nodiscard]] const ProduceDataOptions& Dump() const { return options_; }
  [[nodiscard]] DataStats Stats(Instant now) const;

  void Pause();
  void Resume();
  // Forwards a message unless the producer is paused.
  void Receive(const DataMessage& message, Instant now);
  // Receives a message from the controller. Error: the transport is not a direct transport. TypeError: the
  // message is larger than the transport's maxReceiveMessageSize.
  Status Send(const DataMessage& message, Instant now);

 private:
  friend class Router;  // for route_

  [[nodiscard]] std::span<DataConsumer* const> Consumers() const;

  WorkerContext& context_;
  Transport& transport_;
  ProduceDataOptions options_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  Router::DataRoute route_;
  Index<DataProducer>::Entry entry_;
};

}  // namespace ringcast::rtc
