#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/SipHash.hpp"
#include "support/Hex.hpp"

using namespace ringcast;

TEST_CASE("SipHashTest: equals the vectors of its authors", "[base]") {
  SipHashKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  std::vector<std::uint8_t> input;
  const auto tag = [&] {
    const auto value = SipHash(key, input);
    return std::vector<std::uint8_t>(value.begin(), value.end());
  };
  CHECK(tag() == test::Hex("a3817f04ba25a8e66df67214c7550293"));
  input.push_back(0);
  CHECK(tag() == test::Hex("da87c1d86b99af44347659119b22fc45"));
  input.push_back(1);
  CHECK(tag() == test::Hex("8177228da4a45dc7fca38bdef60affe4"));
}

TEST_CASE("SipHashTest: depends on each bit of key and input", "[base]") {
  const SipHashKey key{};
  std::vector<std::uint8_t> input(20);
  const auto tag = SipHash(key, input);
  for (std::size_t bit = 0; bit < input.size() * 8; ++bit) {
    auto other = input;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CHECK(SipHash(key, other) != tag);
  }
  for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
    auto other = key;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CHECK(SipHash(other, input) != tag);
  }
}
