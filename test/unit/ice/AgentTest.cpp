#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/ice/AgentFixture.hpp"

using namespace ringcast;
using namespace ringcast::ice;
using namespace ringcast::ice::test;
using ringcast::test::StunRequest;

TEST_CASE("AgentTest: answers a valid request with its source address, signed with our password", "[ice]") {
  for (const char* ip : {"192.0.2.77", "2001:db8::77"}) {
    CAPTURE(ip);
    AgentFixture fixture;
    Tuple from = TupleOf(0);
    from.remote = *net::Address::Parse(ip, 54321);
    const auto outcome = fixture.Ask(from);
    CHECK_FALSE(outcome.reject);
    CHECK(outcome.authenticated);
    const auto answer = fixture.Answer(outcome);
    CHECK(answer.Class() == stun::MessageClass::kSuccess);
    CHECK(answer.Method() == stun::kBinding);
    CHECK(answer.TransactionId() == StunRequest().id);
    CHECK(answer.XorMappedAddress() == from.remote);
    CHECK(answer.HasFingerprint());
    CHECK_FALSE(answer.Username());
    CHECK(stun::IntegrityKey(kFirst.password).Verify(answer));
    CHECK(fixture.agent.Accepted() == 1);
    CHECK(fixture.agent.Rejects().Total() == 0);
  }
}

TEST_CASE("AgentTest: rejects each faulty request with its reason and validates no tuple", "[ice]") {
  struct Row {
    const char* what;
    void (*spoil)(StunRequest&);
    Reject reason;
    int code;  // 0: no response
    bool authenticated;
  };
  const Row rows[] = {
      {"an indication", [](StunRequest& r) { r.messageClass = stun::MessageClass::kIndication; },
       Reject::kIndication, 0, false},
      {"a success response", [](StunRequest& r) { r.messageClass = stun::MessageClass::kSuccess; },
       Reject::kResponse, 0, false},
      {"an error response", [](StunRequest& r) { r.messageClass = stun::MessageClass::kError; },
       Reject::kResponse, 0, false},
      {"another method", [](StunRequest& r) { r.method = 0x003; }, Reject::kUnknownMethod, 0, false},
      {"no FINGERPRINT", [](StunRequest& r) { r.fingerprint = false; }, Reject::kNoFingerprint, 0, false},
      {"no USERNAME", [](StunRequest& r) { r.username.reset(); }, Reject::kNoCredentials, 400, false},
      {"no MESSAGE-INTEGRITY", [](StunRequest& r) { r.password.reset(); }, Reject::kNoCredentials, 400,
       false},
      {"neither", [](StunRequest& r) { r.username.reset(), r.password.reset(); }, Reject::kNoCredentials, 400,
       false},
      {"another's ufrag", [](StunRequest& r) { r.username = "other:peer"; }, Reject::kUnknownUsername, 401,
       false},
      {"our ufrag and more", [](StunRequest& r) { r.username = kFirst.ufrag + "x:peer"; },
       Reject::kUnknownUsername, 401, false},
      {"the beginning of our ufrag", [](StunRequest& r) { r.username = kFirst.ufrag.substr(1) + ":peer"; },
       Reject::kUnknownUsername, 401, false},
      {"the ufrags turned round", [](StunRequest& r) { r.username = "peer:" + kFirst.ufrag; },
       Reject::kUnknownUsername, 401, false},
      {"a username without colon", [](StunRequest& r) { r.username = kFirst.ufrag; },
       Reject::kUnknownUsername, 401, false},
      {"an empty username", [](StunRequest& r) { r.username = ""; }, Reject::kUnknownUsername, 401, false},
      {"a wrong password", [](StunRequest& r) { r.password = "guessed"; }, Reject::kWrongIntegrity, 401,
       false},
      {"an attribute that must be known",
       [](StunRequest& r) {
         r.unknown = {0x7777, 0x0015};
       },
       Reject::kUnknownAttributes, 420, true},
      {"our own role", [](StunRequest& r) { r.iceControlling.reset(), r.iceControlled = 5; },
       Reject::kRoleConflict, 487, true},
      {"our own role, with the lowest tie breaker", [](StunRequest& r) { r.iceControlled = 0; },
       Reject::kRoleConflict, 487, true},
      {"our own role, nominating",
       [](StunRequest& r) { r.iceControlled = 1, r.useCandidate = true, r.nomination = 9; },
       Reject::kRoleConflict, 487, true},
      {"our own role and an attribute that must be known",
       [](StunRequest& r) { r.iceControlled = 1, r.unknown = {0x0001}; }, Reject::kUnknownAttributes, 420,
       true},
      {"an attribute that must be known, from a stranger",
       [](StunRequest& r) { r.password = "guessed", r.unknown = {0x0001}; }, Reject::kWrongIntegrity, 401,
       false},
  };
  std::set<Reject> seen;
  for (const auto& row : rows) {
    CAPTURE(row.what);
    AgentFixture fixture;
    auto request = AgentFixture::Request();
    row.spoil(request);
    const auto outcome = fixture.Ask(TupleOf(0), request);
    seen.insert(row.reason);
    CHECK(outcome.reject == row.reason);
    CHECK(outcome.authenticated == row.authenticated);
    CHECK_FALSE(outcome.update.stateChanged);
    CHECK_FALSE(outcome.update.selectedChanged);
    CHECK_FALSE(fixture.agent.IsValidated(TupleOf(0)));
    CHECK(fixture.agent.State() == AgentState::kNew);
    CHECK(fixture.agent.Rejects()[row.reason] == 1);
    CHECK(fixture.agent.Rejects().Total() == 1);
    CHECK(fixture.agent.Accepted() == 0);
    REQUIRE((outcome.answer != 0) == (row.code != 0));
    CHECK(outcome.answer <= fixture.sent.size());
    if (row.code == 0) continue;
    const auto answer = fixture.Answer(outcome);
    CHECK(answer.Class() == stun::MessageClass::kError);
    CHECK(answer.TransactionId() == request.id);
    REQUIRE(answer.ErrorCode());
    CHECK(answer.ErrorCode()->code == row.code);
    CHECK(answer.HasFingerprint());
    // RFC 8489 section 9.1.3: a response to an unauthenticated request is not signed, any other is.
    CHECK(stun::IntegrityKey(kFirst.password).Verify(answer) == row.authenticated);
    CHECK(answer.IntegrityOffset().has_value() == row.authenticated);
  }
  CHECK(seen.size() == static_cast<std::size_t>(Reject::kCount));
}

TEST_CASE("AgentTest: lists unknown attributes in a 420 response", "[ice]") {
  AgentFixture fixture;
  auto request = AgentFixture::Request();
  request.unknown = {0x7777, 0x0015, 0x7777};
  const auto outcome = fixture.Ask(TupleOf(0), request);
  const auto unknown = *fixture.Answer(outcome).UnknownAttributes();
  CHECK(std::vector<std::uint8_t>(unknown.begin(), unknown.end()) ==
        std::vector<std::uint8_t>{0x77, 0x77, 0x00, 0x15});
}

TEST_CASE("AgentTest: never sends an error response larger than its request", "[ice]") {
  struct Row {
    std::size_t software;  // bytes of SOFTWARE that make the request longer
    bool answered;
    bool reason;
  };
  // The request has 28 bytes without them; a response has 36 bytes, or 48 with "Bad Request".
  const Row rows[] = {
      {0, false, false}, {4, true, false}, {12, true, false}, {16, true, true}, {40, true, true}};
  for (const auto& row : rows) {
    CAPTURE(row.software);
    AgentFixture fixture;
    std::vector<std::uint8_t> bytes(256);
    stun::Writer writer(bytes, stun::MessageClass::kRequest, {});
    if (row.software != 0) writer.Software(std::string(row.software, 's'));
    writer.Fingerprint();
    bytes.resize(writer.Size());
    const auto outcome = fixture.AskBytes(TupleOf(0), bytes);
    CHECK(outcome.reject == Reject::kNoCredentials);
    CHECK(outcome.answer <= bytes.size());
    REQUIRE((outcome.answer != 0) == row.answered);
    if (row.answered) CHECK(fixture.Answer(outcome).ErrorCode()->reason.empty() != row.reason);
  }
}

TEST_CASE("AgentTest: rejects any flipped bit of MESSAGE-INTEGRITY", "[ice]") {
  AgentFixture fixture;
  auto request = AgentFixture::Request();
  request.fingerprint = false;
  const auto whole = request.Build();
  for (std::size_t bit = (whole.size() - 20) * 8; bit < whole.size() * 8; ++bit) {
    CAPTURE(bit);
    auto bytes = whole;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    // With a valid FINGERPRINT, which needs no password.
    std::vector<std::uint8_t> room(bytes.size() + 8);
    stun::Writer writer(room, stun::MessageClass::kRequest, request.id);
    for (std::size_t at = stun::kHeaderSize; at < bytes.size();) {
      const std::size_t length = LoadU16(&bytes[at + 2]);
      writer.Attribute(LoadU16(&bytes[at]), ByteView(bytes).subspan(at + 4, length));
      at += 4 + (length + 3) / 4 * 4;
    }
    writer.Fingerprint();
    REQUIRE(writer.Size() == room.size());
    CHECK(fixture.AskBytes(TupleOf(0), room).reject == Reject::kWrongIntegrity);
  }
  CHECK(fixture.agent.State() == AgentState::kNew);
}

TEST_CASE("AgentTest: accepts requests without role or priority", "[ice]") {
  AgentFixture fixture;
  auto request = AgentFixture::Request();
  request.iceControlling.reset();
  request.priority.reset();
  CHECK_FALSE(fixture.Ask(TupleOf(0), request).reject);
}

TEST_CASE("AgentTest: changes its state with the peer's checks", "[ice]") {
  AgentFixture fixture;
  CHECK(fixture.agent.State() == AgentState::kNew);
  CHECK(fixture.agent.Selected() == nullptr);

  auto outcome = fixture.Ask(TupleOf(0));
  CHECK(outcome.update.stateChanged);
  CHECK(outcome.update.selectedChanged);
  CHECK(fixture.agent.State() == AgentState::kConnected);
  CHECK(fixture.Selects(TupleOf(0)));

  outcome = fixture.Ask(TupleOf(0));
  CHECK_FALSE(outcome.update.stateChanged);
  CHECK_FALSE(outcome.update.selectedChanged);

  // Another tuple is validated, but the first one stays selected until the peer nominates.
  outcome = fixture.Ask(TupleOf(1));
  CHECK_FALSE(outcome.update.stateChanged);
  CHECK_FALSE(outcome.update.selectedChanged);
  CHECK(fixture.Selects(TupleOf(0)));
  CHECK(fixture.agent.IsValidated(TupleOf(1)));

  outcome = fixture.Use(TupleOf(0));
  CHECK(outcome.update.stateChanged);
  CHECK_FALSE(outcome.update.selectedChanged);
  CHECK(fixture.agent.State() == AgentState::kCompleted);

  outcome = fixture.Use(TupleOf(1));
  CHECK_FALSE(outcome.update.stateChanged);
  CHECK(outcome.update.selectedChanged);
  CHECK(fixture.Selects(TupleOf(1)));

  // A check without nomination does not change the selected tuple.
  outcome = fixture.Ask(TupleOf(0));
  CHECK_FALSE(outcome.update.selectedChanged);
  CHECK(fixture.Selects(TupleOf(1)));
  CHECK(fixture.agent.State() == AgentState::kCompleted);
}

TEST_CASE("AgentTest: accepts a nomination in the first request", "[ice]") {
  AgentFixture useCandidate;
  CHECK(useCandidate.Use(TupleOf(0)).update.stateChanged);
  CHECK(useCandidate.agent.State() == AgentState::kCompleted);
  AgentFixture nomination;
  CHECK(nomination.Nominate(TupleOf(0), 1).update.stateChanged);
  CHECK(nomination.agent.State() == AgentState::kCompleted);
}

TEST_CASE("AgentTest: selects the nomination of the highest value in any order", "[ice]") {
  struct Step {
    int tuple;
    std::uint32_t value;
    int selected;
  };
  const Step steps[] = {{0, 1, 0}, {1, 3, 1}, {2, 2, 1},          {0, 3, 1},          {1, 3, 1},
                        {2, 4, 2}, {1, 0, 2}, {0, 0xFFFFFFFF, 0}, {1, 0xFFFFFFFF, 0}, {1, 5, 0}};
  for (const auto type : {stun::AttributeType::kNomination, stun::AttributeType::kNominationOfBrowsers}) {
    AgentFixture fixture;
    for (const auto& step : steps) {
      CAPTURE(step.tuple, step.value);
      auto request = AgentFixture::Request();
      request.nomination = step.value;
      request.nominationType = type;
      CHECK_FALSE(fixture.Ask(TupleOf(step.tuple), request).reject);
      CHECK(fixture.Selects(TupleOf(step.selected)));
      CHECK(fixture.agent.State() == AgentState::kCompleted);
    }
  }
}

TEST_CASE("AgentTest: ignores nomination values of zero and overtaken ones", "[ice]") {
  AgentFixture fixture;
  fixture.Nominate(TupleOf(0), 0);
  CHECK(fixture.agent.State() == AgentState::kConnected);
  fixture.Nominate(TupleOf(1), 7);
  CHECK(fixture.Selects(TupleOf(1)));
  auto request = AgentFixture::Request();
  request.nomination = 6;
  request.useCandidate = true;
  fixture.Ask(TupleOf(0), request);
  CHECK(fixture.Selects(TupleOf(1)));
}

TEST_CASE("AgentTest: distinguishes tuples by address, port, socket and protocol", "[ice]") {
  AgentFixture fixture;
  fixture.Ask(TupleOf(0));
  CHECK(fixture.agent.IsValidated(TupleOf(0)));
  Tuple other = TupleOf(0);
  other.remote.SetPort(4001);
  CHECK_FALSE(fixture.agent.IsValidated(other));
  other = TupleOf(0);
  other.socket = net::SocketId(4);
  CHECK_FALSE(fixture.agent.IsValidated(other));
  CHECK_FALSE(fixture.agent.IsValidated(TupleOf(0, net::TransportProtocol::kTcp)));
  CHECK_FALSE(fixture.agent.IsValidated(TupleOf(1)));
}

TEST_CASE("AgentTest: removes the unselected tuple that was silent longest when it has too many", "[ice]") {
  AgentFixture fixture;
  for (int i = 0; i < static_cast<int>(Agent::kMaxTuples); ++i) {
    fixture.now += Milliseconds(10);
    CHECK(fixture.Ask(TupleOf(i)).update.forgotten.empty());
  }
  // Tuple 0 is selected, and tuple 1 sends again: tuple 2 is the oldest.
  fixture.now += Milliseconds(10);
  fixture.Ask(TupleOf(1));
  int next = 100;
  for (const int oldest : {2, 3, 4, 5, 6, 7, 1, 100, 101}) {
    CAPTURE(oldest);
    fixture.now += Milliseconds(10);
    const auto outcome = fixture.Ask(TupleOf(next++));
    CHECK(outcome.update.forgotten == std::vector<Tuple>{TupleOf(oldest)});
    CHECK_FALSE(outcome.update.selectedChanged);
    CHECK(fixture.agent.TupleCount() == Agent::kMaxTuples);
    CHECK(fixture.Selects(TupleOf(0)));
    CHECK_FALSE(fixture.agent.IsValidated(TupleOf(oldest)));
  }
}

TEST_CASE("AgentTest: selects a new nominating tuple when it has too many", "[ice]") {
  for (int selected = 0; selected < static_cast<int>(Agent::kMaxTuples); ++selected) {
    CAPTURE(selected);
    AgentFixture fixture;
    for (int i = 0; i < static_cast<int>(Agent::kMaxTuples); ++i) fixture.Ask(TupleOf(i));
    fixture.Use(TupleOf(selected));
    const auto outcome = fixture.Use(TupleOf(50));
    CHECK(outcome.update.selectedChanged);
    CHECK(fixture.Selects(TupleOf(50)));
    CHECK(fixture.agent.IsValidated(TupleOf(selected)));
    CHECK(outcome.update.forgotten == std::vector<Tuple>{TupleOf(selected == 0 ? 1 : 0)});
  }
}

TEST_CASE("AgentTest: selects the most recently used other tuple when the selected one is removed", "[ice]") {
  AgentFixture fixture;
  for (const int i : {0, 1, 2, 3, 1}) {
    fixture.now += Milliseconds(10);
    fixture.Ask(TupleOf(i, net::TransportProtocol::kTcp));
  }
  fixture.Use(TupleOf(0, net::TransportProtocol::kTcp));

  auto update = fixture.agent.OnTupleGone(TupleOf(2, net::TransportProtocol::kTcp));
  CHECK_FALSE(update.selectedChanged);
  CHECK(update.forgotten == std::vector<Tuple>{TupleOf(2, net::TransportProtocol::kTcp)});

  update = fixture.agent.OnTupleGone(TupleOf(0, net::TransportProtocol::kTcp));
  CHECK(update.selectedChanged);
  CHECK_FALSE(update.stateChanged);
  CHECK(fixture.Selects(TupleOf(1, net::TransportProtocol::kTcp)));

  CHECK(fixture.agent.OnTupleGone(TupleOf(1, net::TransportProtocol::kTcp)).selectedChanged);
  CHECK(fixture.Selects(TupleOf(3, net::TransportProtocol::kTcp)));

  update = fixture.agent.OnTupleGone(TupleOf(3, net::TransportProtocol::kTcp));
  CHECK(update.selectedChanged);
  CHECK(update.stateChanged);
  CHECK(fixture.agent.State() == AgentState::kDisconnected);
  CHECK(fixture.agent.Selected() == nullptr);
  CHECK_FALSE(fixture.agent.NextTimeout());
}

TEST_CASE("AgentTest: removes an unvalidated tuple without an update", "[ice]") {
  AgentFixture fixture;
  auto update = fixture.agent.OnTupleGone(TupleOf(0));
  CHECK_FALSE(update.stateChanged);
  CHECK(update.forgotten.empty());
  fixture.Ask(TupleOf(0));
  update = fixture.agent.OnTupleGone(TupleOf(1));
  CHECK_FALSE(update.stateChanged);
  CHECK_FALSE(update.selectedChanged);
  CHECK(update.forgotten.empty());
  CHECK(fixture.agent.State() == AgentState::kConnected);
}

TEST_CASE("AgentTest: accepts a peer again after disconnection, with new nominations", "[ice]") {
  AgentFixture fixture;
  fixture.Nominate(TupleOf(0), 9);
  static_cast<void>(fixture.agent.OnTupleGone(TupleOf(0)));
  CHECK(fixture.Ask(TupleOf(1)).update.stateChanged);
  CHECK(fixture.agent.State() == AgentState::kConnected);
  static_cast<void>(fixture.agent.OnTupleGone(TupleOf(1)));
  CHECK(fixture.agent.State() == AgentState::kDisconnected);
  CHECK(fixture.Nominate(TupleOf(2), 1).update.stateChanged);
  CHECK(fixture.agent.State() == AgentState::kCompleted);
  CHECK(fixture.Selects(TupleOf(2)));
}

TEST_CASE("AgentTest: names each reject reason uniquely", "[ice]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Reject::kCount); ++i) {
    names.insert(Name(static_cast<Reject>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(Reject::kCount));
  CHECK(names.count("unknown") == 0);
}

TEST_CASE("AgentTest: lists all unknown attributes of the largest request", "[ice]") {
  AgentFixture fixture;
  auto request = AgentFixture::Request();
  request.iceControlling.reset();
  request.priority.reset();
  // USERNAME, MESSAGE-INTEGRITY and FINGERPRINT are attributes, too.
  for (std::size_t i = 3; i < stun::Message::kMaxAttributes; ++i) {
    request.unknown.push_back(static_cast<std::uint16_t>(0x1000 + i));
  }
  const auto outcome = fixture.Ask(TupleOf(0), request);
  CHECK(outcome.reject == Reject::kUnknownAttributes);
  CHECK(outcome.answer != 0);
  CHECK(fixture.Answer(outcome).UnknownAttributes()->size() == 2 * request.unknown.size());
}
