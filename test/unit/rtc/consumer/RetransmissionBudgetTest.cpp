#include <catch2/catch.hpp>

#include "ringcast/rtc/consumer/RetransmissionBudget.hpp"

namespace ringcast::rtc {

namespace {

constexpr std::size_t kPacket = 1200;

// Returns the number of packets that the budget allows.
std::size_t TakeAll(RetransmissionBudget& budget) {
  std::size_t count = 0;
  while (budget.Take(kPacket)) ++count;
  return count;
}

}  // namespace

TEST_CASE("RetransmissionBudgetTest: allows a key frame at first, and then as many bytes as were sent",
          "[rtc][nack]") {
  RetransmissionBudget budget;
  budget.Refill(0, DataRate(0));
  CHECK(TakeAll(budget) == 256);
  std::uint64_t sent = 256 * kPacket;
  for (int i = 0; i < 100; ++i) {
    // The retransmissions of the last round and ten media packets.
    sent += 10 * kPacket;
    budget.Refill(sent, DataRate(1'000'000));
    REQUIRE(TakeAll(budget) == 10);
    sent += 10 * kPacket;
  }
}

TEST_CASE("RetransmissionBudgetTest: does not count retransmitted bytes", "[rtc][nack]") {
  RetransmissionBudget budget;
  std::uint64_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    budget.Refill(sent, DataRate(10'000'000));
    sent += TakeAll(budget) * kPacket;
  }
  CHECK(sent == 256 * kPacket);
}

TEST_CASE("RetransmissionBudgetTest: accumulates at most a key frame and half a second of media",
          "[rtc][nack]") {
  RetransmissionBudget budget;
  budget.Refill(1'000'000'000, DataRate(9'600'000));
  CHECK(TakeAll(budget) == 256 + 500);
}

TEST_CASE("RetransmissionBudgetTest: charges packets that were taken but not sent", "[rtc][nack]") {
  RetransmissionBudget budget;
  budget.Refill(0, DataRate(0));
  REQUIRE(TakeAll(budget) == 256);
  budget.Refill(0, DataRate(0));
  CHECK(budget.Available() == DataSize());
  budget.Refill(5 * kPacket, DataRate(0));
  CHECK(TakeAll(budget) == 5);
}

}  // namespace ringcast::rtc
