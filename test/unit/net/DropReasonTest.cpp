#include <set>
#include <string_view>

#include <catch2/catch.hpp>

#include "ringcast/net/DropReason.hpp"

using namespace ringcast::net;

TEST_CASE("DropReasonTest: names each reason uniquely", "[net]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < DropCounters::kSize; ++i) names.insert(Name(static_cast<DropReason>(i)));
  CHECK(names.size() == DropCounters::kSize);
  CHECK(names.count("") == 0);
  CHECK(Name(DropReason::kSrtpReplay) == "srtpReplay");
}

TEST_CASE("DropReasonTest: lists drop counters by name", "[net]") {
  DropCounters drops;
  drops.Count(DropReason::kTooOld, 2);
  const auto listed = NonZero(drops);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].name == "tooOld");
  CHECK(listed[0].value == 2);
}
