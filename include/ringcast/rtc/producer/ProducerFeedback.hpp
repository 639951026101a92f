#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtc/producer/ProducerStream.hpp"

namespace ringcast::rtc {

class ProducerEvents;
class Transport;

// Sends requests to the sender of one producer: NACK, PLI and FIR.
class ProducerFeedback {
 public:
  ProducerFeedback(Transport& transport, ProducerEvents& events) : transport_(transport), events_(events) {}

  void SendKeyFrameRequest(KeyFrameRequest request, Ssrc media, Instant now);
  // Returns the number of messages that it took.
  std::size_t SendNack(Ssrc media, std::span<const std::int64_t> sequenceNumbers, Instant now);

 private:
  Transport& transport_;
  ProducerEvents& events_;
  std::uint8_t firSequenceNumber_ = 0;  // RFC 5104 section 4.3.1.1: increased for each new request
};

}  // namespace ringcast::rtc
