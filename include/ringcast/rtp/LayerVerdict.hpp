#pragma once

#include <cstdint>

namespace ringcast::rtp {

struct LayerIds {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  friend bool operator==(const LayerIds&, const LayerIds&) = default;
};

// Whether a packet of a stream with layers is forwarded, and how.
struct LayerVerdict {
  bool forward = false;
  bool marker = false;  // the packet ends what the receiver gets of the picture
  // Mask of active decode targets for its dependency descriptor; 0: the descriptor stays as it is.
  std::uint32_t activeTargets = 0;
};

}  // namespace ringcast::rtp
