#include <catch2/catch.hpp>

#include "ringcast/rtp/LayerRates.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

TEST_CASE("The bitrate of each layer is that of its packets, and with what it builds on their sum",
          "[rtp][layers]") {
  LayerRates rates;
  // L3T3 for two seconds: a packet of each layer each 10 ms, of 100 bytes times a weight that tells them
  // apart.
  const auto weight = [](int spatial, int temporal) {
    return static_cast<std::size_t>(1 + 3 * spatial + temporal);
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
  // A second later all have stopped.
  CHECK(rates.RateUpTo(2, 2, now + Seconds(2)) == DataRate());
}

TEST_CASE("A layer of which nothing comes has no rate, whatever comes below it", "[rtp][layers]") {
  LayerRates rates;
  const Instant now(Seconds(1));
  rates.Add(0, 0, 1000, now);
  CHECK(rates.Rate(0, 0, now) == DataRate(8000));
  CHECK(rates.Rate(1, 0, now) == DataRate());
  CHECK(rates.RateUpTo(1, 0, now) == DataRate());
  CHECK(rates.RateUpTo(0, 1, now) == DataRate());
}

TEST_CASE("Layers beyond all bounds are left out", "[rtp][layers]") {
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
