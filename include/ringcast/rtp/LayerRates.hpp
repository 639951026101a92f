#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// Bitrate of each layer of one received stream. A layer uses memory only from its first packet on.
class LayerRates {
 public:
  LayerRates() { index_.fill(kNone); }

  // Ignores layers above the supported ones (kMaxSpatialLayers, kMaxTemporalLayers).
  void Add(std::uint8_t spatialLayer, std::uint8_t temporalLayer, std::size_t bytes, Instant now) {
    if (spatialLayer >= kMaxSpatialLayers || temporalLayer >= kMaxTemporalLayers) return;
    auto& index = index_[Place(spatialLayer, temporalLayer)];
    if (index == kNone) {
      index = static_cast<std::uint8_t>(meters_.size());
      meters_.emplace_back();
    }
    meters_[index].Add(bytes, now);
  }

  // Returns the bitrate of the packets of this layer alone.
  [[nodiscard]] DataRate Rate(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now);
  // Returns the bitrate to forward to a receiver of this layer: the layer and all layers that it depends on.
  // Returns 0 if the layer itself receives no packets.
  [[nodiscard]] DataRate RateUpTo(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now);

 private:
  static constexpr std::uint8_t kNone = 0xff;
  [[nodiscard]] static std::size_t Place(std::size_t spatialLayer, std::size_t temporalLayer) {
    return spatialLayer * kMaxTemporalLayers + temporalLayer;
  }

  std::array<std::uint8_t, kMaxSpatialLayers * kMaxTemporalLayers> index_;  // index into meters_
  std::vector<RateMeter> meters_;
};

}  // namespace ringcast::rtp
