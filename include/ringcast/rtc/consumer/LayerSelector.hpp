#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/LayerFilter.hpp"

namespace ringcast::rtc {

struct RoutedPacket;

// Selects the layers of a producer that one consumer receives: the encoding to follow (simulcast), and the
// layers of that encoding (SVC, temporal layers). An encoding is followed from a key frame on.
class LayerSelector {
 public:
  // Encodings of one producer, which are the spatial layers of simulcast.
  static constexpr std::size_t kMaxEncodings = 16;

  // `encodings`: 1 with SVC. `highest`: of the whole producer, by its parameters.
  LayerSelector(std::size_t encodings, rtp::LayerIds highest);

  // Sets the controller's upper bound, clamped to the available layers. Returns the clamped value.
  ConsumerLayers SetPreferred(std::optional<ConsumerLayers> layers);
  [[nodiscard]] ConsumerLayers Preferred() const;
  // Sets the encodings that the producer sends.
  void SetSent(std::bitset<kMaxEncodings> sent);

  // Follows no encoding until its next key frame.
  void Restart();

  enum class Action : std::uint8_t {
    kIgnore,   // drop: the packet belongs to an encoding that is not followed
    kSkip,     // drop: the packet belongs to a layer that is not selected
    kForward,  // forward
    kSwitch,   // forward, as the first packet of the encoding that is followed from now on
  };
  struct Choice {
    Action action = Action::kIgnore;
    bool marker = false;
    std::uint32_t activeTargets = 0;  // see LayerVerdict
  };
  [[nodiscard]] Choice OnPacket(const RoutedPacket& routed);

  // Returns false if OnPacket() ignores the packets of all these encodings.
  [[nodiscard]] bool NeedsAnyOf(std::bitset<kMaxEncodings> encodings) const {
    return !current_ || encodings[*current_] || (target_ && encodings[*target_]);
  }
  // Returns the encoding that has to send a key frame, or nullopt if none has to.
  [[nodiscard]] std::optional<std::size_t> WantsKeyFrame() const;
  // Returns the encoding that is followed; nullopt: none.
  [[nodiscard]] std::optional<std::size_t> Followed() const { return current_; }

  // Return the layers that are forwarded and those that are aimed for; nullopt: none.
  [[nodiscard]] std::optional<rtp::LayerIds> Current() const;
  [[nodiscard]] std::optional<rtp::LayerIds> Target() const;

 private:
  [[nodiscard]] bool Simulcast() const { return encodings_ > 1; }
  void ChooseTarget();
  // Returns the layers as the controller knows them: those above `highest_` are unknown to it.
  [[nodiscard]] rtp::LayerIds Known(rtp::LayerIds layers) const;

  std::size_t encodings_;
  rtp::LayerIds highest_;
  rtp::LayerIds preferred_;
  std::bitset<kMaxEncodings> sent_;
  std::optional<std::size_t> current_;  // encoding
  std::optional<std::size_t> target_;
  rtp::LayerFilter filter_;  // of the current encoding
};

}  // namespace ringcast::rtc
