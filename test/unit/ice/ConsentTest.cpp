#include <vector>

#include <catch2/catch.hpp>

#include "unit/ice/AgentFixture.hpp"

using namespace ringcast;
using namespace ringcast::ice;
using namespace ringcast::ice::test;

TEST_CASE("ConsentTest: has no timeout before the first tuple", "[ice]") {
  AgentFixture fixture;
  CHECK_FALSE(fixture.agent.NextTimeout());
  const auto update = fixture.agent.OnTimeout(fixture.now + Seconds(1000));
  CHECK_FALSE(update.stateChanged);
  CHECK(fixture.agent.State() == AgentState::kNew);
}

TEST_CASE("ConsentTest: removes all tuples when no request arrives for the consent timeout", "[ice]") {
  for (const auto timeout : {Seconds(1), Seconds(30), Seconds(255)}) {
    AgentFixture fixture(timeout);
    fixture.Use(TupleOf(0));
    fixture.Ask(TupleOf(1));
    REQUIRE(fixture.agent.NextTimeout() == fixture.now + timeout);

    auto update = fixture.agent.OnTimeout(fixture.now + timeout - Microseconds(1));
    CHECK_FALSE(update.stateChanged);
    CHECK(fixture.agent.State() == AgentState::kCompleted);

    update = fixture.agent.OnTimeout(fixture.now + timeout);
    CHECK(update.stateChanged);
    CHECK(update.selectedChanged);
    CHECK(update.forgotten == std::vector<Tuple>{TupleOf(0), TupleOf(1)});
    CHECK(fixture.agent.State() == AgentState::kDisconnected);
    CHECK(fixture.agent.Selected() == nullptr);
    CHECK_FALSE(fixture.agent.IsValidated(TupleOf(0)));
    CHECK_FALSE(fixture.agent.IsValidated(TupleOf(1)));
    CHECK_FALSE(fixture.agent.NextTimeout());
  }
}

TEST_CASE("ConsentTest: renews consent by valid requests of the selected tuple only", "[ice]") {
  AgentFixture fixture;
  const Instant start = fixture.now;
  fixture.Use(TupleOf(0));
  fixture.now = start + Seconds(5);
  fixture.Ask(TupleOf(0));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(35));

  fixture.now = start + Seconds(10);
  auto forged = AgentFixture::Request();
  forged.password = "guessed";
  fixture.Ask(TupleOf(0), forged);
  CHECK(fixture.agent.NextTimeout() == start + Seconds(35));
  fixture.Ask(TupleOf(1));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(35));
}

TEST_CASE("ConsentTest: selects an active tuple when the selected one is silent", "[ice]") {
  AgentFixture fixture;
  const Instant start = fixture.now;
  fixture.Use(TupleOf(0));
  fixture.Ask(TupleOf(1));
  fixture.now = start + Seconds(20);
  fixture.Ask(TupleOf(2));

  const auto update = fixture.agent.OnTimeout(start + Seconds(30));
  CHECK(update.selectedChanged);
  CHECK_FALSE(update.stateChanged);
  CHECK(update.forgotten == std::vector<Tuple>{TupleOf(0)});
  CHECK(fixture.Selects(TupleOf(2)));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(50));
}

TEST_CASE("ConsentTest: never expires with a consent timeout of zero", "[ice]") {
  AgentFixture fixture(Duration::zero());
  fixture.Use(TupleOf(0));
  CHECK_FALSE(fixture.agent.NextTimeout());
  CHECK_FALSE(fixture.agent.OnTimeout(fixture.now + Seconds(1'000'000)).stateChanged);
  CHECK(fixture.agent.State() == AgentState::kCompleted);
}

TEST_CASE("ConsentTest: reconnects on a valid request with or without nomination", "[ice]") {
  for (const bool nominates : {false, true}) {
    AgentFixture fixture;
    fixture.Nominate(TupleOf(0), 12);
    fixture.now += Seconds(30);
    REQUIRE(fixture.agent.OnTimeout(fixture.now).stateChanged);
    const auto outcome = nominates ? fixture.Nominate(TupleOf(0), 1) : fixture.Ask(TupleOf(0));
    CHECK(outcome.update.stateChanged);
    CHECK(outcome.update.selectedChanged);
    CHECK(fixture.agent.State() == (nominates ? AgentState::kCompleted : AgentState::kConnected));
    CHECK(fixture.agent.NextTimeout() == fixture.now + Seconds(30));
  }
}

TEST_CASE("ConsentTest: keeps a tuple alive while authenticated packets arrive from it", "[ice]") {
  AgentFixture fixture;
  const Instant start = fixture.now;
  fixture.Use(TupleOf(0));
  fixture.Ask(TupleOf(1));
  fixture.agent.OnAuthenticated(TupleOf(0), start + Seconds(20));
  fixture.agent.OnAuthenticated(TupleOf(2), start + Seconds(20));  // not a tuple of the agent
  CHECK(fixture.agent.NextTimeout() == start + Seconds(50));
  CHECK_FALSE(fixture.agent.OnTimeout(start + Seconds(30)).stateChanged);
  CHECK(fixture.agent.TupleCount() == 2);
  const auto update = fixture.agent.OnTimeout(start + Seconds(50));
  CHECK(update.stateChanged);
  CHECK(fixture.agent.TupleCount() == 0);
}

TEST_CASE("ConsentTest: selects the tuple that authenticated packets arrive from when the other is silent",
          "[ice]") {
  AgentFixture fixture;
  const Instant start = fixture.now;
  fixture.Use(TupleOf(0));
  fixture.Ask(TupleOf(1));
  fixture.agent.OnAuthenticated(TupleOf(1), start + Seconds(29));
  CHECK(fixture.agent.OnTimeout(start + Seconds(30)).selectedChanged);
  CHECK(fixture.Selects(TupleOf(1)));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(59));
}

TEST_CASE("ConsentTest: does not count the time in which the process did not run as silence", "[ice]") {
  AgentFixture fixture;
  const Instant start = fixture.now;
  fixture.Use(TupleOf(0));
  fixture.Ask(TupleOf(1));
  fixture.agent.OnAuthenticated(TupleOf(0), start + Seconds(10));
  // The process does not run from 15 to 55 s after the start.
  fixture.agent.OnStopped(Seconds(40), start + Seconds(55));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(80));
  CHECK_FALSE(fixture.agent.OnTimeout(start + Seconds(55)).stateChanged);
  // The stop never moves the last request of a tuple into the future.
  fixture.agent.OnStopped(Seconds(40), start + Seconds(56));
  CHECK(fixture.agent.NextTimeout() == start + Seconds(86));
}
