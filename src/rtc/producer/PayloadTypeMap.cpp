#include "ringcast/rtc/producer/PayloadTypeMap.hpp"

#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

PayloadTypeMap::PayloadTypeMap(const RtpParameters& parameters, const RtpMapping& mapping) {
  mapped_.fill(kNone);
  repaired_.fill(kNone);
  for (const auto& codec : parameters.codecs) {
    const auto type = codec.payloadType.Value();
    if (const auto repaired = RetransmittedType(codec)) repaired_[type] = repaired->Value();
    if (!IsMediaCodec(codec)) continue;
    for (const auto& entry : mapping.codecs) {
      if (entry.payloadType == codec.payloadType) mapped_[type] = entry.mappedPayloadType.Value();
    }
  }
}

}  // namespace ringcast::rtc
