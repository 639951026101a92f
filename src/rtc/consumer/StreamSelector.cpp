#include "ringcast/rtc/consumer/StreamSelector.hpp"

#include <utility>

namespace ringcast::rtc {

std::optional<ConsumerLayers> LayeredSelector::CurrentLayers() const {
  const auto current = layers_.Current();
  if (!current) return std::nullopt;
  return ConsumerLayers{current->spatial, current->temporal};
}

void LayeredSelector::Restart() {
  layers_.Restart();
  pictures_.Resync();
}

bool LayeredSelector::TakeLayersChange() {
  const auto current = CurrentLayers();
  return std::exchange(reported_, current) != current;
}

Selection LayeredSelector::Select(const RoutedPacket& routed, bool synchronised) {
  using Action = LayerSelector::Action;
  const auto choice = layers_.OnPacket(routed);
  Selection selection;
  if (choice.action == Action::kIgnore || choice.action == Action::kSkip) {
    if (const auto encoding = layers_.WantsKeyFrame())
      selection.keyFrameWanted = static_cast<std::uint8_t>(*encoding);
    if (choice.action == Action::kIgnore) return selection;
    if (renumbersPictures_ && synchronised) pictures_.Skip(routed.frame);
    selection.action = Selection::Action::kDrop;
    return selection;
  }
  selection.action = Selection::Action::kForward;
  selection.begins = choice.action == Action::kSwitch;
  selection.layersChanged = TakeLayersChange();
  selection.marker = choice.marker;
  selection.activeTargets = choice.activeTargets;
  if (selection.begins) pictures_.Resync();
  if (!renumbersPictures_) return selection;
  if (const auto patch = pictures_.Map(routed.frame, routed.packet.Payload())) {
    selection.patch = *patch;
  } else {
    selection.action = Selection::Action::kDrop;
  }
  return selection;
}

std::optional<std::size_t> StreamSelector::KeyFrameEncoding() const {
  if (const auto* all = std::get_if<PassThroughSelector>(&kind_)) return all->Encoding();
  const auto& layers = Layered()->Layers();
  const auto followed = layers.Followed();
  return followed ? followed : layers.WantsKeyFrame();
}

}  // namespace ringcast::rtc
