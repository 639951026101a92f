#include <catch2/catch.hpp>

#include "support/SimNetwork.hpp"

namespace ringcast::test {

namespace {

constexpr Instant kStart = Instant(Seconds(1000));

struct Seen {
  Instant at;
  std::uint32_t number = 0;
};

// Sends `count` datagrams of 1000 bytes, one every `pace`. Returns the arrivals.
std::vector<Seen> Pass(const LinkConditions& conditions, std::uint32_t count, Duration pace,
                       std::uint64_t seed = 7) {
  SimNetwork network(seed);
  const auto link = network.AddLink(conditions);
  std::vector<std::uint8_t> datagram(1000);
  for (std::uint32_t i = 0; i < count; ++i) {
    StoreU32(datagram.data(), i);
    network.Send(link, datagram, kStart + i * pace);
  }
  std::vector<Seen> seen;
  while (const auto next = network.NextArrival()) {
    const auto arrival = network.Receive(*next);
    seen.push_back({*next, LoadU32(arrival->datagram.data())});
  }
  return seen;
}

std::size_t OutOfOrder(const std::vector<Seen>& seen) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) count += seen[i].number < seen[i - 1].number ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("SimNetworkTest: only delays datagrams on a link without faults") {
  const auto seen = Pass({.delay = Milliseconds(30)}, 100, Milliseconds(1));
  REQUIRE(seen.size() == 100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    CHECK(seen[i].number == i);
    CHECK(seen[i].at == kStart + Milliseconds(30 + i));
  }
}

TEST_CASE("SimNetworkTest: keeps the order with jitter, and changes it with reordering") {
  const auto jitter = Pass({.jitter = Milliseconds(20)}, 1000, Milliseconds(1));
  CHECK(jitter.size() == 1000);
  CHECK(OutOfOrder(jitter) == 0);
  const auto reordered = Pass({.reorder = 0.1, .reorderDelay = Milliseconds(5)}, 1000, Milliseconds(1));
  CHECK(reordered.size() == 1000);
  CHECK(OutOfOrder(reordered) > 50);
  CHECK(OutOfOrder(reordered) < 150);
}

TEST_CASE("SimNetworkTest: loses the configured share at random, and consecutive datagrams in bursts") {
  const auto randomly = Pass({.loss = 0.05}, 20000, Milliseconds(1));
  CHECK(randomly.size() > 18700);
  CHECK(randomly.size() < 19300);
  // The link is in the bad state 10 % of the time, for ten datagrams on average.
  const auto bursts = Pass({.goodToBad = 1.0 / 90, .badToGood = 0.1}, 20000, Milliseconds(1));
  CHECK(bursts.size() > 17000);
  CHECK(bursts.size() < 19000);
  std::size_t gaps = 0;
  for (std::size_t i = 1; i < bursts.size(); ++i)
    gaps += bursts[i].number != bursts[i - 1].number + 1 ? 1 : 0;
  CHECK(gaps > 100);
  CHECK(gaps < 350);
}

TEST_CASE("SimNetworkTest: spaces datagrams by the link rate and drops those beyond the queue limit") {
  // A datagram of 1000 bytes takes 8 ms; the queue holds five.
  const auto seen = Pass({.rate = DataRate(1'000'000), .queueBytes = 5000}, 20, Milliseconds(0));
  REQUIRE(seen.size() == 5);
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(seen[i].at == kStart + Milliseconds(8 * (i + 1)));
  CHECK(Pass({.rate = DataRate(1'000'000), .queueBytes = 5000}, 20, Milliseconds(8)).size() == 20);
}

TEST_CASE("SimNetworkTest: delivers duplicates in addition to the first copy") {
  const auto seen = Pass({.duplicate = 0.5}, 1000, Milliseconds(1));
  CHECK(seen.size() > 1400);
  CHECK(seen.size() < 1600);
}

TEST_CASE("SimNetworkTest: repeats the arrivals with the same seed and changes them with another") {
  const LinkConditions rough{.delay = Milliseconds(10),
                             .jitter = Milliseconds(30),
                             .loss = 0.1,
                             .goodToBad = 0.01,
                             .badToGood = 0.2,
                             .reorder = 0.1,
                             .duplicate = 0.1};
  const auto digest = [&rough](std::uint64_t seed) {
    std::uint64_t sum = 0;
    for (const auto& one : Pass(rough, 500, Milliseconds(2), seed)) {
      sum = sum * 31 + static_cast<std::uint64_t>(one.at.time_since_epoch().count()) * 7 + one.number;
    }
    return sum;
  };
  CHECK(digest(1) == digest(1));
  CHECK(digest(1) != digest(2));
}

}  // namespace ringcast::test
