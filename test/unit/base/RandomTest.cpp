#include <algorithm>
#include <array>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"

using namespace ringcast;

TEST_CASE("RandomTest: produces SplitMix64's published sequence", "[base]") {
  SeededRandom random(1234567);
  for (const std::uint64_t expected : {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
                                       4593380528125082431ULL, 16408922859458223821ULL}) {
    CHECK(random.U64() == expected);
  }
}

TEST_CASE("RandomTest: produces the same bytes for the same seed only", "[base]") {
  std::array<std::uint8_t, 37> a{}, b{}, c{};
  SeededRandom(7).Fill(a);
  SeededRandom(7).Fill(b);
  SeededRandom(8).Fill(c);
  CHECK(a == b);
  CHECK(a != c);
}

TEST_CASE("RandomTest: fills buffers of any size with system randomness", "[base]") {
  SystemRandom random;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{33}, std::size_t{100'000}}) {
    // A byte that is never written stays zero in all 16 rounds; a random byte does so once in 2^128.
    std::vector<std::uint8_t> seen(size), bytes(size), before(size);
    for (int round = 0; round < 16; ++round) {
      std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
      random.Fill(bytes);
      for (std::size_t i = 0; i < size; ++i) seen[i] |= bytes[i];
      if (size >= 33) CHECK(bytes != before);
      before = bytes;
    }
    CHECK(std::count(seen.begin(), seen.end(), 0) == 0);
  }
}
