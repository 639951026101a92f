#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/ice/Candidate.hpp"

using namespace ringcast;
using namespace ringcast::ice;

namespace {

constexpr auto kUdp = net::TransportProtocol::kUdp;
constexpr auto kTcp = net::TransportProtocol::kTcp;

std::vector<std::string> Shown(const std::vector<Candidate>& candidates) {
  std::vector<std::string> shown;
  for (const auto& candidate : candidates) {
    shown.push_back((candidate.protocol == kUdp ? "udp " : "tcp ") + candidate.address + " " +
                    std::to_string(candidate.port));
  }
  return shown;
}

bool Descend(const std::vector<Candidate>& candidates) {
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    if (candidates[i].priority >= candidates[i - 1].priority) return false;
  }
  return true;
}

using Shapes = std::vector<std::string>;

}  // namespace

TEST_CASE("CandidateTest: computes priorities from type, local preference and component", "[ice]") {
  // RFC 8445 section 5.1.2.1: 2^24 * type + 2^8 * local + (256 - component).
  CHECK(CandidatePriority(126, 65535) == 2130706431);
  CHECK(CandidatePriority(0, 0) == 255);
  // RFC 6544 section 4.2: 2^13 * direction + other.
  CHECK(DirectedLocalPreference(6, 8191) == 57343);
  CHECK(DirectedLocalPreference(4, 0) == 32768);
}

TEST_CASE("CandidateTest: orders candidates by address with descending priorities", "[ice]") {
  const ListenAddress addresses[] = {
      {kUdp, "127.0.0.1", "9.9.9.1", true, 2001},     {kTcp, "127.0.0.1", "9.9.9.1", false, 2002},
      {kUdp, "0.0.0.0", "foo1.bar.org", false, 2003}, {kTcp, "0.0.0.0", "foo2.bar.org", false, 2004},
      {kUdp, "127.0.0.1", "", false, 2005},           {kTcp, "127.0.0.1", "", false, 2006},
  };
  const auto candidates = ListCandidates(addresses, {});
  CHECK(Shown(candidates) == Shapes{"udp 9.9.9.1 2001", "udp 127.0.0.1 2001", "tcp 9.9.9.1 2002",
                                    "udp foo1.bar.org 2003", "tcp foo2.bar.org 2004", "udp 127.0.0.1 2005",
                                    "tcp 127.0.0.1 2006"});
  CHECK(Descend(candidates));
  for (const auto& candidate : candidates) CHECK(candidate.priority >> 24 == kHostTypePreference);
  // Passive TCP has direction 4 (RFC 6544 section 4.2).
  for (const auto& candidate : candidates) CHECK(((candidate.priority >> 8) & 0xFFFF) >> 13 == 4);
}

TEST_CASE("CandidateTest: puts the preferred protocol first and keeps the order within it", "[ice]") {
  const ListenAddress addresses[] = {{kTcp, "192.0.2.1", "", false, 1},
                                     {kUdp, "192.0.2.1", "", false, 2},
                                     {kTcp, "192.0.2.2", "", false, 3},
                                     {kUdp, "192.0.2.2", "", false, 4}};
  struct Row {
    bool preferUdp;
    bool preferTcp;
    std::vector<std::uint16_t> ports;  // in order of priority
  };
  const Row rows[] = {{false, false, {1, 2, 3, 4}},
                      {true, false, {2, 4, 1, 3}},
                      {false, true, {1, 3, 2, 4}},
                      {true, true, {1, 2, 3, 4}}};
  for (const auto& row : rows) {
    CAPTURE(row.preferUdp, row.preferTcp);
    auto candidates = ListCandidates(addresses, {.preferUdp = row.preferUdp, .preferTcp = row.preferTcp});
    REQUIRE(candidates.size() == 4);
    // The list is in the order of the addresses in any case.
    for (std::size_t i = 0; i < 4; ++i) CHECK(candidates[i].port == i + 1);
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.priority > b.priority; });
    CHECK(Descend(candidates));
    std::vector<std::uint16_t> ports;
    for (const auto& candidate : candidates) ports.push_back(candidate.port);
    CHECK(ports == row.ports);
  }
}

TEST_CASE("CandidateTest: lists no candidates of a disabled protocol", "[ice]") {
  const ListenAddress addresses[] = {{kUdp, "127.0.0.1", "", false, 1},
                                     {kTcp, "127.0.0.1", "media1.foo.org", true, 2}};
  CHECK(Shown(ListCandidates(addresses, {.enableUdp = false})) ==
        Shapes{"tcp media1.foo.org 2", "tcp 127.0.0.1 2"});
  CHECK(Shown(ListCandidates(addresses, {.enableTcp = false})) == Shapes{"udp 127.0.0.1 1"});
  CHECK(ListCandidates(addresses, {.enableUdp = false, .enableTcp = false}).empty());
}

TEST_CASE("CandidateTest: exposes the internal address only on request", "[ice]") {
  struct Row {
    const char* announced;
    bool expose;
    Shapes shown;
  };
  const Row rows[] = {
      {"", false, {"udp 10.0.0.1 5"}},
      {"", true, {"udp 10.0.0.1 5"}},
      {"198.51.100.1", false, {"udp 198.51.100.1 5"}},
      {"198.51.100.1", true, {"udp 198.51.100.1 5", "udp 10.0.0.1 5"}},
      {"10.0.0.1", true, {"udp 10.0.0.1 5"}},
      {"name.example", true, {"udp name.example 5", "udp 10.0.0.1 5"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.announced, row.expose);
    const ListenAddress address{kUdp, "10.0.0.1", row.announced, row.expose, 5};
    CHECK(Shown(ListCandidates({&address, 1}, {})) == row.shown);
  }
}

TEST_CASE("CandidateTest: shares foundations by protocol and address, in ice-chars", "[ice]") {
  const ListenAddress addresses[] = {{kUdp, "10.0.0.1", "198.51.100.1", true, 1},
                                     {kUdp, "10.0.0.1", "198.51.100.1", false, 2},
                                     {kTcp, "10.0.0.1", "198.51.100.1", true, 3},
                                     {kUdp, "10.0.0.2", "", false, 4},
                                     {kUdp, "10.0.0.1", "", false, 5}};
  const auto candidates = ListCandidates(addresses, {});
  REQUIRE(candidates.size() == 7);
  for (const auto& a : candidates) {
    for (const auto& b : candidates) {
      CHECK((a.foundation == b.foundation) == (a.protocol == b.protocol && a.address == b.address));
    }
    // RFC 8839 section 5.1: 1 to 32 characters.
    CHECK(a.foundation.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
    CHECK((!a.foundation.empty() && a.foundation.size() <= 32));
  }
}

TEST_CASE("CandidateTest: gives hundreds of addresses descending priorities", "[ice]") {
  std::vector<ListenAddress> addresses;
  for (int i = 0; i < 300; ++i) addresses.push_back({kUdp, "10.0.0." + std::to_string(i), "", false, 1});
  const auto candidates = ListCandidates(addresses, {});
  CHECK(candidates.size() == 300);
  CHECK(Descend(candidates));
}
