#pragma once

#include <cstddef>
#include <cstdint>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/rtc/data/DataMessage.hpp"

namespace ringcast::rtc {

class DataConsumer;

// How a transport delivers messages to its peer: by SCTP, or as notifications to the controller.
class DataLink {
 public:
  virtual ~DataLink() = default;

  enum class Outcome : std::uint8_t {
    kSent,    // or queued
    kFull,    // the send buffer has no room for the message
    kTooBig,  // larger than the peer accepts
    kClosed,  // there is no association
  };
  [[nodiscard]] virtual Outcome Send(const DataConsumer& consumer, const DataMessage& message,
                                     Instant now) = 0;

  // Returns the bytes of the consumer's stream that wait to be sent.
  [[nodiscard]] virtual std::size_t BufferedAmount(const DataConsumer& /*consumer*/) const { return 0; }
  // The consumer's stream begins, or its low threshold changes.
  virtual void SetLowThreshold(const DataConsumer& /*consumer*/, std::uint32_t /*bytes*/) {}
  // Sends what waits now instead of at the end of the loop iteration.
  virtual void Flush(Instant /*now*/) {}
  // True if messages arrive with their subchannels, so that the consumers behind the link select among them.
  [[nodiscard]] virtual bool CarriesSubchannels() const { return false; }
  // The consumer closes: its stream is reset, so that its number can be used again.
  virtual void Reset(const DataConsumer& /*consumer*/) {}
};

}  // namespace ringcast::rtc
