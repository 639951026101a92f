#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/LayerFilter.hpp"

namespace ringcast::rtc {

struct RoutedPacket;

// Which of the layers that a producer sends one consumer gets: of several streams the one to follow
// (simulcast), and of a stream its layers (SVC, temporal layers). A stream is followed from a key frame on.
class LayerSelector {
 public:
  // Encodings that one producer sends, and thereby spatial layers by simulcast.
  static constexpr std::size_t kMaxEncodings = 16;

  // `encodings`: 1 with SVC. Layers: of the whole, as parameters promise them.
  LayerSelector(std::size_t encodings, rtp::LayerIds highest);

  // What the controller wants: at the most these. Clamped to what there can be; the clamped ones.
  ConsumerLayers SetPreferred(std::optional<ConsumerLayers> layers);
  [[nodiscard]] ConsumerLayers Preferred() const;
  // What the way to the peer carries: at the most these; nullopt: nothing is known against any.
  void SetLimit(std::optional<rtp::LayerIds> limit);
  // Which encodings the producer sends.
  void SetSent(std::bitset<kMaxEncodings> sent);

  // What goes on next begins with a key frame.
  void Restart();

  enum class Action : std::uint8_t {
    kIgnore,   // of a stream that is not followed
    kSkip,     // of a layer that is left out
    kForward,  // it goes on
    kSwitch,   // it goes on, and with it another stream is followed or the same one anew
  };
  struct Choice {
    Action action = Action::kIgnore;
    bool marker = false;
    std::uint32_t activeTargets = 0;  // as of LayerVerdict
  };
  [[nodiscard]] Choice OnPacket(const RoutedPacket& routed);

  // Whether packets of one of these encodings can be of use: OnPacket() ignores those of all others.
  [[nodiscard]] bool Heeds(std::bitset<kMaxEncodings> encodings) const {
    return !current_ || encodings[*current_] || (target_ && encodings[*target_]);
  }
  // The encoding of which a key frame is wanted; nullopt: none.
  [[nodiscard]] std::optional<std::size_t> WantsKeyFrame() const;
  // The encoding that is followed.
  [[nodiscard]] std::optional<std::size_t> Followed() const { return current_; }

  // What the consumer gets, what it is to get; nullopt: nothing.
  [[nodiscard]] std::optional<rtp::LayerIds> Current() const;
  [[nodiscard]] std::optional<rtp::LayerIds> Target() const;
  [[nodiscard]] rtp::LayerIds Highest() const { return highest_; }

 private:
  [[nodiscard]] bool Simulcast() const { return encodings_ > 1; }
  void ChooseTarget();
  // As far as the controller knows of any.
  [[nodiscard]] rtp::LayerIds Known(rtp::LayerIds layers) const;

  std::size_t encodings_;
  rtp::LayerIds highest_;
  rtp::LayerIds preferred_;
  std::optional<rtp::LayerIds> limit_;
  std::bitset<kMaxEncodings> sent_;
  std::optional<std::size_t> current_;  // encodings
  std::optional<std::size_t> target_;
  rtp::LayerFilter filter_;  // of the current one
};

}  // namespace ringcast::rtc
