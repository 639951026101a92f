#include <catch2/catch.hpp>

#include "ringcast/rtp/LayerRates.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

TEST_CASE("LayerRatesTest: measures the bitrate of each layer, alone and with the layers below",
          "[rtp][layers]") {
  LayerRates rates;
  // L3T3 for two seconds: one packet per layer every 10 ms, of 100 bytes times a weight that differs between
  // the layers.
  const auto weight = [](int spatial, int temporal) {
    return 1 + 3 * static_cast<std::size_t>(spatial) + static_cast<std::size_t>(temporal);
  };
  Instant now{};
  for (int i = 0; i < 200; ++i, now += Milliseconds(10)) {
    for (int spatial = 0; spatial < 3; ++spatial) {
      for (int temporal = 0; temporal < 3; ++temporal) {
        rates.Add(static_cast<std::uint8_t>(spatial), static_cast<std::uint8_t>(temporal),
                  100 * weight(spatial, temporal), now);
      }
    }
  }
  for (std::uint8_t spatial = 0; spatial < 3; ++spatial) {
    for (std::uint8_t temporal = 0; temporal < 3; ++temporal) {
      CAPTURE(int{spatial}, int{temporal});
      constexpr std::size_t kUnit = 100 * 100 * 8;  // bit/s of weight 1
      CHECK(rates.Rate(spatial, temporal, now).Value() == kUnit * weight(spatial, temporal));
      std::size_t sum = 0;
      for (int s = 0; s <= spatial; ++s) {
        for (int t = 0; t <= temporal; ++t) sum += weight(s, t);
      }
      CHECK(rates.RateUpTo(spatial, temporal, now).Value() == kUnit * sum);
    }
  }
  // Two seconds later, all layers have stopped.
  CHECK(rates.RateUpTo(2, 2, now + Seconds(2)) == DataRate());
}

TEST_CASE("LayerRatesTest: returns zero for a layer without packets", "[rtp][layers]") {
  LayerRates rates;
  const Instant now(Seconds(1));
  rates.Add(0, 0, 1000, now);
  CHECK(rates.Rate(0, 0, now) == DataRate(8000));
  CHECK(rates.Rate(1, 0, now) == DataRate());
  CHECK(rates.RateUpTo(1, 0, now) == DataRate());
  CHECK(rates.RateUpTo(0, 1, now) == DataRate());
}

TEST_CASE("LayerRatesTest: ignores layers beyond its limits", "[rtp][layers]") {
  LayerRates rates;
  const Instant now(Seconds(1));
  for (int spatial = 0; spatial < 256; ++spatial) {
    for (int temporal = 0; temporal < 256; ++temporal)
      rates.Add(static_cast<std::uint8_t>(spatial), static_cast<std::uint8_t>(temporal), 1, now);
  }
  CHECK(rates.Rate(kMaxSpatialLayers - 1, kMaxTemporalLayers - 1, now) == DataRate(8));
  CHECK(rates.Rate(kMaxSpatialLayers, 0, now) == DataRate());
  CHECK(rates.Rate(0, kMaxTemporalLayers, now) == DataRate());
  CHECK(rates.RateUpTo(255, 255, now) == DataRate());
}
