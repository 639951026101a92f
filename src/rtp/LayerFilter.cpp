#include "ringcast/rtp/LayerFilter.hpp"

namespace ringcast::rtp {

void LayerFilter::Reset() {
  payloadDescriptors_.Reset();
  decodeTargets_.Reset();
}

LayerVerdict LayerFilter::OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker) {
  const bool byDecodeTarget = frame.structure != nullptr;
  if (byDecodeTarget != byDecodeTarget_ && frame.keyFrame) {
    byDecodeTarget_ = byDecodeTarget;
    Reset();
  }
  if (byDecodeTarget != byDecodeTarget_) return {};
  return byDecodeTarget_ ? decodeTargets_.OnPacket(frame, marker, target_)
                         : payloadDescriptors_.OnPacket(frame, timestamp, marker, target_);
}

std::optional<LayerIds> LayerFilter::Current() const {
  return byDecodeTarget_ ? decodeTargets_.Current() : payloadDescriptors_.Current();
}

bool LayerFilter::WantsKeyFrame() const {
  return byDecodeTarget_ ? decodeTargets_.WantsKeyFrame() : payloadDescriptors_.WantsKeyFrame(target_);
}

}  // namespace ringcast::rtp
