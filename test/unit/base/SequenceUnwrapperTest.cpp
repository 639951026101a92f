#include <catch2/catch.hpp>

#include "ringcast/base/SequenceUnwrapper.hpp"

using namespace ringcast;

TEST_CASE("SequenceUnwrapperTest: unwraps each value to the nearest one", "[base]") {
  for (const int start : {0, 1, 32767, 32768, 65534, 65535}) {
    SequenceUnwrapper<std::uint16_t> unwrapper;
    CHECK(unwrapper.Unwrap(static_cast<std::uint16_t>(start)) == start);
    std::int64_t expected = start;
    for (const int step : {1, 1, 100, -50, 32767, -32767, 30'000, 30'000, 30'000, -1}) {
      expected += step;
      CHECK(unwrapper.Unwrap(static_cast<std::uint16_t>(expected)) == expected);
    }
  }
}

TEST_CASE("SequenceUnwrapperTest: returns a negative number for a value before the first", "[base]") {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  CHECK(unwrapper.Unwrap(0) == 0);
  CHECK(unwrapper.Unwrap(65535) == -1);
  CHECK(unwrapper.Unwrap(0) == 0);
  CHECK(unwrapper.Unwrap(1) == 1);
}

TEST_CASE("SequenceUnwrapperTest: keeps its reference when peeking", "[base]") {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  CHECK(unwrapper.Peek(40'000) == 40'000);
  CHECK(unwrapper.Unwrap(10) == 10);
  CHECK(unwrapper.Peek(32'000) == 32'000);
  CHECK(unwrapper.Peek(40'000) == 40'000 - 65536);
}

TEST_CASE("SequenceUnwrapperTest: unwraps 32-bit timestamps over years", "[base]") {
  SequenceUnwrapper<std::uint32_t> unwrapper;
  std::int64_t expected = 0xFFFFFF00;
  CHECK(unwrapper.Unwrap(0xFFFFFF00) == expected);
  for (int i = 0; i < 100; ++i) {
    expected += 2'000'000'000;
    REQUIRE(unwrapper.Unwrap(static_cast<std::uint32_t>(expected)) == expected);
  }
}

TEST_CASE("SequenceUnwrapperTest: starts again after a reset", "[base]") {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  CHECK(unwrapper.Unwrap(65535) == 65535);
  CHECK(unwrapper.Unwrap(0) == 65536);
  unwrapper.Reset();
  CHECK(unwrapper.Unwrap(0) == 0);
}
