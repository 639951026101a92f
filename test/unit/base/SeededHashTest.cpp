#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/base/SeededHash.hpp"
#include "ringcast/base/Types.hpp"

using namespace ringcast;

namespace {

constexpr std::uint32_t kKeys = 4096;

// Returns the size of the longest bucket after keys are inserted that are all congruent modulo the number of
// buckets.
template <typename Table>
std::size_t LongestBucket(Table table) {
  table.reserve(kKeys);
  const auto buckets = static_cast<std::uint32_t>(table.bucket_count());
  for (std::uint32_t i = 0; i < kKeys; ++i) table.emplace(typename Table::key_type(i * buckets), 0);
  REQUIRE(table.bucket_count() == buckets);
  std::size_t longest = 0;
  for (std::size_t i = 0; i < buckets; ++i) longest = std::max(longest, table.bucket_size(i));
  return longest;
}

}  // namespace

TEST_CASE("SeededHashTest: spreads keys that are chosen to collide", "[base]") {
  // The attack works against a known hash.
  CHECK(LongestBucket(std::unordered_map<std::uint32_t, int>()) == kKeys);
  SeededRandom random(1);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t seed = i == 0 ? 0 : random.U64();
    INFO("seed " << seed);
    const SeededHash<std::uint32_t> plain(seed);
    CHECK(LongestBucket(std::unordered_map<std::uint32_t, int, SeededHash<std::uint32_t>>(0, plain)) <= 24);
    const SeededHash<Ssrc> ofSsrc(seed);
    CHECK(LongestBucket(std::unordered_map<Ssrc, int, SeededHash<Ssrc>>(0, ofSsrc)) <= 24);
  }
}

TEST_CASE("SeededHashTest: uses other buckets for another seed", "[base]") {
  SeededRandom random(1);
  const SeededHash<std::uint32_t> one(random.U64()), two(random.U64());
  std::size_t same = 0;
  for (std::uint32_t i = 1; i <= kKeys; ++i) same += one(i) % 4096 == two(i) % 4096 ? 1 : 0;
  CHECK(same < 100);
}
