#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"

namespace ringcast::rtc {

// The options that the controller created a transport with, and the settings that it has changed since.
class TransportSettings {
 public:
  explicit TransportSettings(const TransportOptions& options) : options_(options) {}

  // Bounds of the bandwidth estimate; nullopt: no bound. Error: the minimum would exceed the maximum.
  Status SetMaxOutgoingBitrate(std::optional<DataRate> limit);
  Status SetMinOutgoingBitrate(std::optional<DataRate> limit);
  void EnableTraceEvents(std::vector<TransportTraceEvent> events) { traceEvents_ = std::move(events); }

  // In bytes. Messages from the peer and to it.
  [[nodiscard]] std::uint32_t MaxReceiveMessageSize() const { return options_.maxReceiveMessageSize; }
  [[nodiscard]] std::uint32_t MaxSendMessageSize() const { return options_.maxSendMessageSize; }
  // Of each SCTP stream, until the controller sets another.
  [[nodiscard]] std::uint32_t BufferedAmountLowThreshold() const {
    return options_.sctpBufferedAmountLowThreshold;
  }

  void Describe(TransportDump& dump) const;
  void Describe(TransportStats& stats) const;

 private:
  TransportOptions options_;
  std::optional<DataRate> maxOutgoingBitrate_;
  std::optional<DataRate> minOutgoingBitrate_;
  std::vector<TransportTraceEvent> traceEvents_;
};

}  // namespace ringcast::rtc
