#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ringcast/ice/Agent.hpp"
#include "support/StunSamples.hpp"

namespace ringcast::ice::test {

inline const Credentials kFirst{"firstfirstfirstf", "the first password, of 32 bytes."};
inline const Credentials kSecond{"secondsecondseco", "the second password, of 32 byte."};
inline const Credentials kThird{"thirdthirdthirdt", "the third password, of 32 bytes."};

inline Tuple TupleOf(int number, net::TransportProtocol protocol = net::TransportProtocol::kUdp) {
  Tuple tuple;
  tuple.socket = net::SocketId(3);
  tuple.remote = *net::Address::Parse("192.0.2." + std::to_string(number + 1), 4000);
  tuple.protocol = protocol;
  return tuple;
}

// An agent, its clock and the peer that sends requests to it.
struct AgentFixture {
  explicit AgentFixture(Duration consentTimeout = Seconds(30)) : agent(kFirst, consentTimeout) {}

  Agent agent;
  Instant now{Seconds(1000)};
  std::array<std::uint8_t, Agent::kMaxAnswer> room{};
  std::vector<std::uint8_t> sent;

  [[nodiscard]] static ringcast::test::StunRequest Request(const Credentials& credentials = kFirst) {
    return {.username = credentials.ufrag + ":peer", .password = credentials.password};
  }

  Agent::Outcome Ask(const Tuple& from, const ringcast::test::StunRequest& request = Request()) {
    return AskBytes(from, request.Build());
  }
  Agent::Outcome AskBytes(const Tuple& from, std::vector<std::uint8_t> bytes) {
    sent = std::move(bytes);
    return agent.OnMessage(ringcast::test::ParsedStun(sent), from, room, now);
  }
  // Sends a check with USE-CANDIDATE.
  Agent::Outcome Use(const Tuple& from) {
    auto request = Request(agent.Local());
    request.useCandidate = true;
    return Ask(from, request);
  }
  Agent::Outcome Nominate(const Tuple& from, std::uint32_t value) {
    auto request = Request(agent.Local());
    request.nomination = value;
    return Ask(from, request);
  }

  [[nodiscard]] stun::Message Answer(const Agent::Outcome& outcome) const {
    return ringcast::test::ParsedStun(ByteView(room).first(outcome.answer));
  }
  [[nodiscard]] bool Selects(const Tuple& tuple) const {
    return agent.Selected() != nullptr && *agent.Selected() == tuple;
  }
};

}  // namespace ringcast::ice::test
