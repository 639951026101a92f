#include "ringcast/rtc/consumer/LayerSelector.hpp"

#include <algorithm>

#include "ringcast/rtc/RoutedPacket.hpp"

namespace ringcast::rtc {

LayerSelector::LayerSelector(std::size_t encodings, rtp::LayerIds highest)
    : encodings_(std::min(encodings, kMaxEncodings)), highest_(highest), preferred_(highest) {
  ChooseTarget();
}

ConsumerLayers LayerSelector::SetPreferred(std::optional<ConsumerLayers> layers) {
  preferred_ = highest_;
  if (layers) {
    preferred_.spatial = std::min(layers->spatialLayer, highest_.spatial);
    if (layers->temporalLayer) preferred_.temporal = std::min(*layers->temporalLayer, highest_.temporal);
  }
  ChooseTarget();
  return Preferred();
}

ConsumerLayers LayerSelector::Preferred() const { return {preferred_.spatial, preferred_.temporal}; }

void LayerSelector::SetSent(std::bitset<kMaxEncodings> sent) {
  sent_ = sent;
  ChooseTarget();
}

// Chooses the best encoding that is sent and not above the wanted one; else the lowest one above, because
// some video is better than none.
void LayerSelector::ChooseTarget() {
  auto wanted = preferred_;
  // A consumer that wants the highest layer also gets those above it: a sender may send more layers than its
  // parameters say.
  if (wanted.temporal == highest_.temporal) wanted.temporal = rtp::kMaxTemporalLayers - 1;
  target_.reset();
  if (!Simulcast()) {
    if (sent_[0]) target_ = 0;
    if (wanted.spatial == highest_.spatial) wanted.spatial = rtp::kMaxSpatialLayers - 1;
    filter_.SetTarget(wanted);
    return;
  }
  for (std::size_t i = 0; i < encodings_; ++i) {
    if (!sent_[i]) continue;
    if (i <= wanted.spatial || !target_) target_ = i;
  }
  filter_.SetTarget({0, wanted.temporal});
}

void LayerSelector::Restart() {
  current_.reset();
  filter_.Reset();
}

LayerSelector::Choice LayerSelector::OnPacket(const RoutedPacket& routed) {
  const std::size_t encoding = routed.encodingIndex;
  if (encoding >= encodings_) return {};
  bool switched = false;
  if (encoding != current_) {
    // After its encoding ended, a consumer takes any key frame rather than wait for the best one.
    const bool wanted = encoding == target_ || !current_;
    if (!wanted || !routed.frame.keyFrame) return {};
    current_ = encoding;
    filter_.Reset();
    switched = true;
  }
  const auto verdict = filter_.OnPacket(routed.frame, routed.packet.Timestamp(), routed.packet.Marker());
  if (!verdict.forward) return {.action = Action::kSkip};
  return {.action = switched ? Action::kSwitch : Action::kForward,
          .marker = verdict.marker,
          .activeTargets = verdict.activeTargets};
}

std::optional<std::size_t> LayerSelector::WantsKeyFrame() const {
  if (!target_) return std::nullopt;
  if (current_ == target_ && !filter_.WantsKeyFrame()) return std::nullopt;
  return target_;
}

std::optional<rtp::LayerIds> LayerSelector::Current() const {
  if (!current_) return std::nullopt;
  auto layers = filter_.Current();
  if (layers && Simulcast()) layers->spatial = static_cast<std::uint8_t>(*current_);
  return layers ? std::optional(Known(*layers)) : std::nullopt;
}

std::optional<rtp::LayerIds> LayerSelector::Target() const {
  if (!target_) return std::nullopt;
  auto layers = filter_.Target();
  if (Simulcast()) layers.spatial = static_cast<std::uint8_t>(*target_);
  return Known(layers);
}

rtp::LayerIds LayerSelector::Known(rtp::LayerIds layers) const {
  return {std::min(layers.spatial, highest_.spatial), std::min(layers.temporal, highest_.temporal)};
}

}  // namespace ringcast::rtc
