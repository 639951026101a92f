#pragma once

#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtp {

// Tells the frames of one received stream. A stream that starts anew (other numbers, another source) needs a
// new one.
class FrameInspector {
 public:
  explicit FrameInspector(Codec codec) : codec_(codec) {}

  // Packets in any order, each once. Its extensions have been located.
  [[nodiscard]] FrameInfo Inspect(const Packet& packet);

 private:
  Codec codec_;
  DependencyReader dependencies_;
  bool parameterSetsCome_ = false;  // H264: sequence parameter sets were seen in this stream
};

}  // namespace ringcast::rtp
