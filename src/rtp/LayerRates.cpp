#include "ringcast/rtp/LayerRates.hpp"

namespace ringcast::rtp {

DataRate LayerRates::Rate(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now) {
  if (spatialLayer >= kMaxSpatialLayers || temporalLayer >= kMaxTemporalLayers) return {};
  const auto index = index_[Place(spatialLayer, temporalLayer)];
  return index == kNone ? DataRate() : meters_[index].Rate(now);
}

DataRate LayerRates::RateUpTo(std::uint8_t spatialLayer, std::uint8_t temporalLayer, Instant now) {
  if (Rate(spatialLayer, temporalLayer, now) == DataRate()) return {};
  DataRate sum;
  for (std::uint8_t spatial = 0; spatial <= spatialLayer; ++spatial) {
    for (std::uint8_t temporal = 0; temporal <= temporalLayer; ++temporal)
      sum += Rate(spatial, temporal, now);
  }
  return sum;
}

}  // namespace ringcast::rtp
