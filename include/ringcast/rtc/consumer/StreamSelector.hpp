#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"
#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/LayerFilter.hpp"
#include "ringcast/rtp/PictureRewriter.hpp"

namespace ringcast::rtc {

// The decision about one packet.
struct Selection {
  enum class Action : std::uint8_t {
    kIgnore,  // the packet belongs to an encoding that the stream does not follow: it leaves no gap
    kDrop,    // the packet leaves a gap, which has to be closed
    kForward,
  };
  Action action = Action::kIgnore;
  bool begins = false;         // the packet is the first one of another encoding, or after a restart
  bool layersChanged = false;  // the stream forwards other layers than before
  bool marker = false;
  std::optional<std::uint8_t> keyFrameWanted;  // the encoding that has to send a key frame
  std::uint32_t activeTargets = 0;             // see rtp::RtpRewrite
  rtp::PayloadPatch patch;
};

// Forwards one encoding as it is.
class PassThroughSelector {
 public:
  // `startsAtKeyFrame`: nothing is forwarded before the first key frame.
  PassThroughSelector(std::uint8_t encoding, bool startsAtKeyFrame)
      : encoding_(encoding), startsAtKeyFrame_(startsAtKeyFrame) {}

  [[nodiscard]] std::uint8_t Encoding() const { return encoding_; }
  [[nodiscard]] Selection Select(const RoutedPacket& routed, bool synchronised) const {
    if (!synchronised && startsAtKeyFrame_ && !routed.frame.keyFrame) return {.keyFrameWanted = encoding_};
    return {.action = Selection::Action::kForward, .marker = routed.packet.Marker()};
  }

 private:
  std::uint8_t encoding_;
  bool startsAtKeyFrame_;
};

// Forwards one of several encodings (simulcast), or some layers of one (SVC), as one stream.
class LayeredSelector {
 public:
  // `simulcast`: the output is made of several encodings, so their picture ids are renumbered. The layers of
  // one encoding keep their ids.
  LayeredSelector(LayerSelector layers, bool simulcast)
      : layers_(std::move(layers)), renumbersPictures_(simulcast) {}

  [[nodiscard]] LayerSelector& Layers() { return layers_; }
  [[nodiscard]] const LayerSelector& Layers() const { return layers_; }
  // Returns the forwarded layers as the controller knows them, or nullopt if nothing is forwarded.
  [[nodiscard]] std::optional<ConsumerLayers> CurrentLayers() const;

  [[nodiscard]] Selection Select(const RoutedPacket& routed, bool synchronised);
  void Restart();

 private:
  // Returns true if the layers differ from those of the last change.
  [[nodiscard]] bool TakeLayersChange();

  LayerSelector layers_;
  bool renumbersPictures_;
  rtp::PictureRewriter pictures_;
  std::optional<ConsumerLayers> reported_;
};

// Decides which packets of its producer one stream forwards.
class StreamSelector {
 public:
  using Encodings = std::bitset<LayerSelector::kMaxEncodings>;

  explicit StreamSelector(PassThroughSelector selector) : kind_(selector) {}
  explicit StreamSelector(std::unique_ptr<LayeredSelector> selector) : kind_(std::move(selector)) {}

  // Returns nullptr if the stream has no layers to choose from.
  [[nodiscard]] LayeredSelector* Layered() { return PointerIn(std::get_if<LayeredPtr>(&kind_)); }
  [[nodiscard]] const LayeredSelector* Layered() const { return PointerIn(std::get_if<LayeredPtr>(&kind_)); }

  // Returns true if packets of the encoding are offered to Select().
  [[nodiscard]] bool Accepts(std::uint8_t encoding) const {
    const auto* all = std::get_if<PassThroughSelector>(&kind_);
    return all == nullptr || all->Encoding() == encoding;
  }
  // Returns true if packets of any of these encodings can change something.
  [[nodiscard]] bool NeedsAnyOf(Encodings encodings) const {
    const auto* layered = Layered();
    return layered == nullptr || layered->Layers().NeedsAnyOf(encodings);
  }
  // Returns true if a packet of the encoding that is not forwarded leaves a gap.
  [[nodiscard]] bool Follows(std::uint8_t encoding) const {
    const auto* layered = Layered();
    return layered == nullptr || layered->Layers().Followed() == encoding;
  }
  // Returns the encoding whose key frame the receiver needs, or nullopt if none can help.
  [[nodiscard]] std::optional<std::size_t> KeyFrameEncoding() const;

  // Decides about a packet of an accepted encoding. `synchronised`: the output continues earlier packets.
  [[nodiscard]] Selection Select(const RoutedPacket& routed, bool synchronised) {
    if (const auto* all = std::get_if<PassThroughSelector>(&kind_)) return all->Select(routed, synchronised);
    return Layered()->Select(routed, synchronised);
  }
  // Makes the stream start again, with a key frame if it has any.
  void Restart() {
    if (auto* layered = Layered()) layered->Restart();
  }

 private:
  using LayeredPtr = std::unique_ptr<LayeredSelector>;
  [[nodiscard]] static LayeredSelector* PointerIn(const LayeredPtr* owner) {
    return owner == nullptr ? nullptr : owner->get();
  }

  std::variant<PassThroughSelector, LayeredPtr> kind_;
};

}  // namespace ringcast::rtc
