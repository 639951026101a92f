#pragma once

#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtp {

// Determines the frame properties of the packets of one received stream. A stream that restarts (new sequence
// numbers, another source) needs a new instance.
class FrameInspector {
 public:
  explicit FrameInspector(Codec codec) : codec_(codec) {}

  // Returns the frame properties of a packet. Call it once per packet, in any order, after
  // Packet::LocateExtensions().
  [[nodiscard]] FrameInfo Inspect(const Packet& packet);

 private:
  Codec codec_;
  DependencyReader dependencies_;
  bool parameterSetsCome_ = false;  // H264: the stream has carried an SPS
};

}  // namespace ringcast::rtp
