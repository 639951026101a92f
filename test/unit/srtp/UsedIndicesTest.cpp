#include <cstdint>

#include <catch2/catch.hpp>

#include "ringcast/srtp/UsedIndices.hpp"

using namespace ringcast;
using srtp::UsedIndices;

namespace {

constexpr std::int64_t kStarts[] = {0, 1, 63, 64, 32767, 32768, 65534, 65535, (std::int64_t{1} << 47)};

}  // namespace

TEST_CASE("UsedIndicesTest: rejects an index that was used", "[srtp]") {
  for (const auto start : kStarts) {
    CAPTURE(start);
    UsedIndices indices;
    for (std::int64_t i = 0; i < 5000; ++i) REQUIRE(indices.Use(7, start + i));
    for (std::int64_t i = -1; i < 5000; ++i) REQUIRE((start + i < 0 || !indices.Use(7, start + i)));
    CHECK(indices.Next(7) == start + 5000);
    CHECK(indices.Use(8, start));  // each ssrc has separate indices
  }
}

TEST_CASE("UsedIndicesTest: accepts a skipped index once, within the window", "[srtp]") {
  for (const auto start : kStarts) {
    CAPTURE(start);
    UsedIndices indices;
    constexpr std::int64_t kStep = 3;
    constexpr std::int64_t kCount = 2000;
    for (std::int64_t i = 0; i < kCount; ++i) REQUIRE(indices.Use(7, start + i * kStep));
    const auto newest = start + (kCount - 1) * kStep;
    for (auto late = newest; late > newest - UsedIndices::kWindow; --late) {
      const bool skipped = (late - start) % kStep != 0;
      REQUIRE(indices.WasUsed(7, late) == !skipped);
      REQUIRE(indices.Use(7, late) == skipped);
      REQUIRE_FALSE(indices.Use(7, late));
      REQUIRE(indices.WasUsed(7, late));
    }
    for (auto old = newest - UsedIndices::kWindow - 64; old >= start; --old) {
      REQUIRE_FALSE(indices.Use(7, old));
      REQUIRE_FALSE(indices.WasUsed(7, old));
    }
  }
}

TEST_CASE("UsedIndicesTest: keeps the end of a gap that is longer than the window", "[srtp]") {
  for (const auto start : kStarts) {
    for (const std::int64_t jump : {2047, 2048, 2049, 2111, 2112, 2113, 5000, 1'000'000}) {
      CAPTURE(start, jump);
      UsedIndices indices;
      for (std::int64_t i = 0; i < 100; i += 2) REQUIRE(indices.Use(7, start + i));
      const auto newest = start + 98 + jump;
      REQUIRE(indices.Use(7, newest));
      for (std::int64_t behind = 1; behind < UsedIndices::kWindow && behind < jump; ++behind)
        REQUIRE(indices.Use(7, newest - behind));
      for (std::int64_t i = 0; i < 100; i += 2) REQUIRE_FALSE(indices.Use(7, start + i));
    }
  }
}

TEST_CASE("UsedIndicesTest: allows a repeat only for used indices", "[srtp]") {
  UsedIndices indices;
  CHECK_FALSE(indices.WasUsed(7, 100));
  REQUIRE(indices.Use(7, 100));
  CHECK(indices.WasUsed(7, 100));
  CHECK_FALSE(indices.WasUsed(7, 101));
  CHECK_FALSE(indices.WasUsed(8, 100));
  CHECK_FALSE(indices.WasUsed(7, -1));
  for (std::int64_t i = 101; i < 5000; ++i) REQUIRE(indices.Use(7, i));
  CHECK(indices.WasUsed(7, 5000 - UsedIndices::kWindow));
  CHECK_FALSE(indices.WasUsed(7, 4999 - UsedIndices::kWindow - 64));
}

TEST_CASE("UsedIndicesTest: rejects ssrcs beyond its limit, and keeps all others", "[srtp]") {
  UsedIndices indices;
  constexpr auto kLimit = static_cast<std::uint32_t>(UsedIndices::kMaxStreams);
  for (std::uint32_t i = 0; i < kLimit; ++i) REQUIRE(indices.Use(i * 0x01000193, 5));
  CHECK_FALSE(indices.Use(kLimit * 0x01000193, 5));
  for (std::uint32_t i = 0; i < kLimit; ++i) {
    REQUIRE_FALSE(indices.Use(i * 0x01000193, 5));
    REQUIRE(indices.Use(i * 0x01000193, 6));
  }
}

TEST_CASE("UsedIndicesTest: rejects late packets of a stream that lost its window to other streams",
          "[srtp]") {
  UsedIndices indices;
  const auto beginWithGap = [&](std::uint32_t ssrc) {
    return indices.Use(ssrc, 100) && indices.Use(ssrc, 110);
  };
  constexpr auto kLimit = static_cast<std::uint32_t>(UsedIndices::kMaxWindows);
  for (std::uint32_t i = 0; i < kLimit; ++i) REQUIRE(beginWithGap(i));
  REQUIRE(indices.Use(0, 105));
  REQUIRE(beginWithGap(kLimit));
  CHECK_FALSE(indices.Use(0, 106));
  CHECK(indices.Use(1, 106));
  CHECK(indices.Use(kLimit, 106));
  // Stream 0 continues, and its next gap takes the window of stream 1.
  CHECK(indices.Use(0, 111));
  CHECK(indices.Use(0, 120));
  CHECK(indices.Use(0, 115));
  CHECK_FALSE(indices.Use(0, 106));
  CHECK_FALSE(indices.Use(1, 107));
}
