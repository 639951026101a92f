#include "ringcast/rtc/transport/TransportSettings.hpp"

#include <string>

namespace ringcast::rtc {

Status TransportSettings::SetMaxOutgoingBitrate(std::optional<DataRate> limit) {
  if (limit && minOutgoingBitrate_ && *limit < *minOutgoingBitrate_) {
    return GenericError("maxOutgoingBitrate " + std::to_string(limit->Value()) +
                        " is below minOutgoingBitrate " + std::to_string(minOutgoingBitrate_->Value()));
  }
  maxOutgoingBitrate_ = limit;
  return OkStatus();
}

Status TransportSettings::SetMinOutgoingBitrate(std::optional<DataRate> limit) {
  if (limit && maxOutgoingBitrate_ && *limit > *maxOutgoingBitrate_) {
    return GenericError("minOutgoingBitrate " + std::to_string(limit->Value()) +
                        " is above maxOutgoingBitrate " + std::to_string(maxOutgoingBitrate_->Value()));
  }
  minOutgoingBitrate_ = limit;
  return OkStatus();
}

void TransportSettings::Describe(TransportDump& dump) const {
  dump.maxSendMessageSize = options_.maxSendMessageSize;
  dump.maxReceiveMessageSize = options_.maxReceiveMessageSize;
  if (options_.enableSctp) {
    constexpr std::uint16_t kSctpPort = 5000;  // RFC 8841 section 5.2's customary port
    dump.sctpParameters =
        SctpParameters{.port = kSctpPort,
                       .maxSendMessageSize = options_.maxSendMessageSize,
                       .maxReceiveMessageSize = options_.maxReceiveMessageSize,
                       .sendBufferSize = options_.sctpSendBufferSize,
                       .perStreamSendQueueLimit = options_.sctpPerStreamSendQueueLimit,
                       .maxReceiverWindowBufferSize = options_.sctpMaxReceiverWindowBufferSize,
                       .isDataChannel = options_.isDataChannel};
  }
  dump.traceEvents = traceEvents_;
}

void TransportSettings::Describe(TransportStats& stats) const {
  stats.maxOutgoingBitrate = maxOutgoingBitrate_;
  stats.minOutgoingBitrate = minOutgoingBitrate_;
}

}  // namespace ringcast::rtc
