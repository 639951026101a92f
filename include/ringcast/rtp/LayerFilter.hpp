#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtp/DecodeTargetFilter.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/LayerVerdict.hpp"
#include "ringcast/rtp/PayloadDescriptorFilter.hpp"

namespace ringcast::rtp {

// Decides which packets of one received stream are forwarded to a receiver that is to get its layers up to a
// target. Uses the dependency descriptor if the stream has one, else the payload descriptor.
class LayerFilter {
 public:
  void SetTarget(LayerIds target) { target_ = target; }
  [[nodiscard]] LayerIds Target() const { return target_; }
  // Drops packets until the next key frame.
  void Reset();
  [[nodiscard]] LayerVerdict OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker);
  // Returns the layers that are forwarded, or nullopt before the first key frame.
  [[nodiscard]] std::optional<LayerIds> Current() const;
  // Returns true if the target cannot be reached without a key frame.
  [[nodiscard]] bool WantsKeyFrame() const;

 private:
  LayerIds target_;
  bool byDecodeTarget_ = false;
  PayloadDescriptorFilter payloadDescriptors_;
  DecodeTargetFilter decodeTargets_;
};

}  // namespace ringcast::rtp
