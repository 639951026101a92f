#include <array>
#include <cstdint>

#include <catch2/catch.hpp>

#include "ringcast/rtp/VideoOrientation.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

TEST_CASE("VideoOrientationTest: reads each bit of the orientation byte (3GPP TS 26.114 section 7.4.5)",
          "[rtp]") {
  for (unsigned value = 0; value < 256; ++value) {
    const std::array<std::uint8_t, 1> bytes{static_cast<std::uint8_t>(value)};
    const auto orientation = ParseVideoOrientation(bytes);
    REQUIRE(orientation);
    CHECK(orientation->camera == ((value >> 3) % 2 == 1));
    CHECK(orientation->flip == ((value >> 2) % 2 == 1));
    CHECK(orientation->rotation == 90 * (value % 4));
  }
}

TEST_CASE("VideoOrientationTest: returns no orientation for an empty value", "[rtp]") {
  CHECK_FALSE(ParseVideoOrientation({}));
}
