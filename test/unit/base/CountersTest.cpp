#include <string_view>

#include <catch2/catch.hpp>

#include "ringcast/base/Counters.hpp"

namespace {

enum class Fruit { kApple, kPear, kPlum, kCount };
std::string_view Name(Fruit fruit) {
  return fruit == Fruit::kApple ? "apple" : fruit == Fruit::kPear ? "pear" : "plum";
}

}  // namespace

TEST_CASE("CountersTest: counts each value of the enum separately", "[base]") {
  ringcast::Counters<Fruit> counters;
  counters.Count(Fruit::kPear);
  counters.Count(Fruit::kPlum, 5);
  counters.Count(Fruit::kPear);
  CHECK(counters[Fruit::kApple] == 0);
  CHECK(counters[Fruit::kPear] == 2);
  CHECK(counters[Fruit::kPlum] == 5);
  CHECK(counters.Total() == 7);
}

TEST_CASE("CountersTest: lists nonzero counters by name", "[base]") {
  ringcast::Counters<Fruit> counters;
  CHECK(NonZero(counters).empty());
  counters.Count(Fruit::kPlum, 3);
  const auto listed = NonZero(counters);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].name == "plum");
  CHECK(listed[0].value == 3);
}
