#include <type_traits>
#include <unordered_set>

#include <catch2/catch.hpp>

#include "ringcast/base/StrongInteger.hpp"
#include "ringcast/base/Types.hpp"

using namespace ringcast;

static_assert(!std::is_convertible_v<std::uint32_t, Ssrc>);
static_assert(!std::is_convertible_v<Ssrc, std::uint32_t>);
static_assert(!std::is_constructible_v<Ssrc, PayloadType>);

TEST_CASE("StrongIntegerTest: compares and hashes by value", "[base]") {
  CHECK(Ssrc(1) == Ssrc(1));
  CHECK(Ssrc(1) != Ssrc(2));
  CHECK(PayloadType(1) < PayloadType(2));
  CHECK(Ssrc().Value() == 0);
  std::unordered_set<Ssrc> set = {Ssrc(7), Ssrc(7), Ssrc(8)};
  CHECK(set.size() == 2);
  CHECK(set.count(Ssrc(8)) == 1);
}
