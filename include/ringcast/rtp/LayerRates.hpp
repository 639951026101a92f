#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// Bitrate by layer of one received stream. A layer costs memory from its first packet on.
class LayerRates {
 public:
  LayerRates() { index_.fill(kNone); }

  // Layers beyond the highest there can be (kMaxSpatialLayers, kMaxTemporalLayers) are left out.
  void Add(std::uint8_t spatialLayer, std::uint8_t temporalLayer, std::size_t bytes, Instant now) {
    if (spatialLayer >= kMaxSpatialLayers || temporalLayer >= kMaxTemporalLayers) return;
    auto& index = index_[Place(spatialLayer, temporalLayer)];
    if (index == kNone) {
      index = static_cast<std::uint8_t>(meters_.size());
      meters_.emplace_back();
    }
    meters_[index].Add(bytes, now);
  }

  // Of this layer's own packets.
  [[nodiscard]] DataRate Rate(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now);
  // Of the layer and all that it builds on: what has to be sent to somebody who is to see it. 0: none of its
  // own packets come.
  [[nodiscard]] DataRate RateUpTo(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now);

 private:
  static constexpr std::uint8_t kNone = 0xff;
  [[nodiscard]] static std::size_t Place(std::size_t spatialLayer, std::size_t temporalLayer) {
    return spatialLayer * kMaxTemporalLayers + temporalLayer;
  }

  std::array<std::uint8_t, kMaxSpatialLayers * kMaxTemporalLayers> index_;  // into meters_
  std::vector<RateMeter> meters_;
};

}  // namespace ringcast::rtp
