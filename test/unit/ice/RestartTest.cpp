#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/ice/AgentFixture.hpp"

using namespace ringcast;
using namespace ringcast::ice;
using namespace ringcast::ice::test;

using Ufrags = std::vector<std::string>;

TEST_CASE("RestartTest: accepts old credentials after a restart until the new ones are used", "[ice]") {
  AgentFixture fixture;
  fixture.Use(TupleOf(0));
  const auto restarted = fixture.agent.Restart(kSecond);
  CHECK_FALSE(restarted.stateChanged);
  CHECK_FALSE(restarted.retiredUfrag);
  CHECK(fixture.agent.Local() == kSecond);
  CHECK(fixture.agent.Ufrags() == Ufrags{kSecond.ufrag, kFirst.ufrag});
  CHECK(fixture.agent.State() == AgentState::kCompleted);
  CHECK(fixture.agent.IsValidated(TupleOf(0)));

  // A request with the old credentials is answered with the old password.
  auto outcome = fixture.Ask(TupleOf(0), AgentFixture::Request(kFirst));
  CHECK_FALSE(outcome.reject);
  CHECK(stun::IntegrityKey(kFirst.password).Verify(fixture.Answer(outcome)));
  CHECK_FALSE(outcome.update.retiredUfrag);

  outcome = fixture.Ask(TupleOf(1), AgentFixture::Request(kSecond));
  CHECK_FALSE(outcome.reject);
  CHECK(stun::IntegrityKey(kSecond.password).Verify(fixture.Answer(outcome)));
  CHECK(outcome.update.retiredUfrag == kFirst.ufrag);
  CHECK(fixture.agent.Ufrags() == Ufrags{kSecond.ufrag});

  CHECK(fixture.Ask(TupleOf(0), AgentFixture::Request(kFirst)).reject == Reject::kUnknownUsername);
  // The selected tuple stays until the peer nominates again.
  CHECK(fixture.Selects(TupleOf(0)));
  CHECK(fixture.agent.IsValidated(TupleOf(0)));
  fixture.Use(TupleOf(1));
  CHECK(fixture.Selects(TupleOf(1)));
}

TEST_CASE("RestartTest: keeps old credentials when a request with the new ones is invalid", "[ice]") {
  AgentFixture fixture;
  fixture.Use(TupleOf(0));
  static_cast<void>(fixture.agent.Restart(kSecond));
  auto crossed = AgentFixture::Request(kSecond);
  crossed.password = kFirst.password;
  CHECK(fixture.Ask(TupleOf(0), crossed).reject == Reject::kWrongIntegrity);
  crossed = AgentFixture::Request(kFirst);
  crossed.password = kSecond.password;
  CHECK(fixture.Ask(TupleOf(0), crossed).reject == Reject::kWrongIntegrity);
  auto conflict = AgentFixture::Request(kSecond);
  conflict.iceControlled = 1;
  CHECK(fixture.Ask(TupleOf(0), conflict).reject == Reject::kRoleConflict);
  CHECK_FALSE(fixture.Ask(TupleOf(0), AgentFixture::Request(kFirst)).reject);
}

TEST_CASE("RestartTest: keeps the last used credentials over a second restart", "[ice]") {
  AgentFixture fixture;
  SECTION("keeps the first credentials when the peer did not use the second") {
    fixture.Use(TupleOf(0));
    CHECK_FALSE(fixture.agent.Restart(kSecond).retiredUfrag);
    CHECK(fixture.agent.Restart(kThird).retiredUfrag == kSecond.ufrag);
    CHECK(fixture.agent.Ufrags() == Ufrags{kThird.ufrag, kFirst.ufrag});
    CHECK_FALSE(fixture.Ask(TupleOf(0), AgentFixture::Request(kFirst)).reject);
    CHECK(fixture.Ask(TupleOf(0), AgentFixture::Request(kSecond)).reject == Reject::kUnknownUsername);
    CHECK(fixture.Ask(TupleOf(0), AgentFixture::Request(kThird)).update.retiredUfrag == kFirst.ufrag);
  }
  SECTION("keeps the second credentials when the peer used them") {
    fixture.Use(TupleOf(0));
    static_cast<void>(fixture.agent.Restart(kSecond));
    CHECK(fixture.Ask(TupleOf(0), AgentFixture::Request(kSecond)).update.retiredUfrag == kFirst.ufrag);
    CHECK_FALSE(fixture.agent.Restart(kThird).retiredUfrag);
    CHECK(fixture.agent.Ufrags() == Ufrags{kThird.ufrag, kSecond.ufrag});
  }
  SECTION(
      "keeps the newest credentials when the peer used none, as its first request may already be on the "
      "way") {
    static_cast<void>(fixture.agent.Restart(kSecond));
    CHECK(fixture.agent.Restart(kThird).retiredUfrag == kFirst.ufrag);
    CHECK(fixture.agent.Ufrags() == Ufrags{kThird.ufrag, kSecond.ufrag});
  }
}

TEST_CASE("RestartTest: resets nominations when the new credentials are used", "[ice]") {
  AgentFixture fixture;
  fixture.Nominate(TupleOf(0), 20);
  static_cast<void>(fixture.agent.Restart(kSecond));
  auto late = AgentFixture::Request(kFirst);
  late.nomination = 19;
  fixture.Ask(TupleOf(1), late);
  CHECK(fixture.Selects(TupleOf(0)));
  fixture.Nominate(TupleOf(1), 1);
  CHECK(fixture.Selects(TupleOf(1)));
}
