#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "io/BoundSocket.hpp"
#include "io/PortSearch.hpp"
#include "support/LoopbackSocket.hpp"
#include "support/NoDescriptors.hpp"
#include "support/SeccompChild.hpp"
#include "support/SocketsFixture.hpp"

namespace ringcast::test {

namespace {

net::SocketOptions Range(std::uint16_t portMin, std::uint16_t portMax) {
  auto options = SocketsFixture::On("127.0.0.1");
  options.portMin = portMin;
  options.portMax = portMax;
  return options;
}

}  // namespace

TEST_CASE("PortsTest: returns each port of a range once, but never 0") {
  SeededRandom random(1);
  for (const std::uint32_t count : {1U, 2U, 3U, 4U, 6U, 97U, 128U, 5000U, 65536U}) {
    const std::uint16_t first = count == 65536 ? 0 : 10000;
    for (int round = 0; round < 20; ++round) {
      io::PortSearch search(first, static_cast<std::uint16_t>(first + count - 1), random);
      std::vector<bool> seen(65536);
      std::uint32_t ports = 0;
      while (const auto port = search.Next()) {
        if (seen[*port] || *port < first || *port - first >= static_cast<int>(count) || *port == 0)
          FAIL("port " << *port);
        seen[*port] = true;
        ++ports;
      }
      CHECK(ports == (first == 0 ? count - 1 : count));
    }
  }
}

TEST_CASE("PortsTest: does not return to a block of ports with every step") {
  SeededRandom random(1);
  int tries = 0;
  constexpr int kSearches = 200;
  for (int round = 0; round < kSearches; ++round) {
    // Another program holds the lower half of the ports.
    io::PortSearch search(10000, 59999, random);
    do ++tries;
    while (*search.Next() < 35000);
  }
  CHECK(tries < 6 * kSearches);  // two on average if the steps are independent
}

TEST_CASE("PortsTest: keeps a port by protocol and address until its last socket closes") {
  io::OwnPorts ports;
  const auto at = [](const char* ip, std::uint16_t port) { return *net::Address::Parse(ip, port); };
  const auto has = [&](net::TransportProtocol protocol, const net::Address& local) {
    const auto* const set = ports.Find(protocol, local);
    return set != nullptr && set->test(local.Port());
  };
  std::vector<io::OwnPorts::Claim> claims;
  claims.push_back(ports.Add(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)));
  claims.push_back(ports.Add(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)));
  CHECK(has(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)));
  CHECK_FALSE(has(net::TransportProtocol::kUdp, at("192.0.2.1", 5001)));
  CHECK_FALSE(has(net::TransportProtocol::kTcp, at("192.0.2.1", 5000)));
  CHECK_FALSE(has(net::TransportProtocol::kUdp, at("192.0.2.2", 5000)));
  claims.pop_back();
  CHECK(has(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)));
  claims.push_back(ports.Add(net::TransportProtocol::kUdp, at("192.0.2.1", 5001)));
  claims.erase(claims.begin());
  CHECK_FALSE(has(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)));
  CHECK(has(net::TransportProtocol::kUdp, at("192.0.2.1", 5001)));
  claims.clear();
  CHECK(ports.Find(net::TransportProtocol::kUdp, at("192.0.2.1", 5000)) == nullptr);
}

TEST_CASE("PortsTest: does not try ports that the worker itself holds") {
  for (const auto protocol : {net::TransportProtocol::kUdp, net::TransportProtocol::kTcp}) {
    SeededRandom random(1);
    io::OwnPorts ports;
    const auto options = Range(47330, 47333);
    std::vector<io::BoundSocket> sockets;
    for (int i = 0; i < 4; ++i) {
      auto opened = io::OpenBound(protocol, options, random, ports);
      REQUIRE(opened.Ok());
      sockets.push_back(std::move(*opened));
    }
    std::string reason;
    {
      // An attempt would fail with another reason, because it needs a descriptor.
      const NoDescriptors none;
      reason = io::OpenBound(protocol, options, random, ports).Failure().reason;
    }
    CHECK_THAT(reason, Catch::Contains("port between 47330 and 47333 on 127.0.0.1"));
    sockets.erase(sockets.begin() + 1);
    CHECK(io::OpenBound(protocol, options, random, ports).Ok());
  }
}

TEST_CASE("PortsTest: finds the only free port of a range") {
  SeededRandom random(1);
  std::deque<LoopbackSocket> others;
  for (std::uint16_t port = 47340; port < 47350; ++port) {
    if (port != 47346) others.emplace_back(*net::Address::Parse("127.0.0.1", port));
  }
  for (int round = 0; round < 10; ++round) {
    io::OwnPorts ports;
    const auto opened = io::OpenBound(net::TransportProtocol::kUdp, Range(47340, 47349), random, ports);
    REQUIRE(opened.Ok());
    CHECK(opened->local.Port() == 47346);
    const auto second = io::OpenBound(net::TransportProtocol::kUdp, Range(47340, 47349), random, ports);
    CHECK_FALSE(second.Ok());
  }
}

TEST_CASE("PortsTest: gives up after a limited number of attempts when other programs hold a wide range") {
  const int answer = InChild([] {
    if (!ForbidCall(SYS_bind, EADDRINUSE)) return 2;
    SeededRandom random(1);
    io::OwnPorts ports;
    const auto wide = io::OpenBound(net::TransportProtocol::kUdp, Range(10000, 59999), random, ports);
    if (wide.Ok() ||
        wide.Failure().reason.find("other sockets hold the 1000 that were tried") == std::string::npos)
      return 3;
    const auto narrow = io::OpenBound(net::TransportProtocol::kUdp, Range(10000, 10999), random, ports);
    if (narrow.Ok() || narrow.Failure().reason != "no free UDP port between 10000 and 10999 on 127.0.0.1")
      return 4;
    return 0;
  });
  CHECK(answer == 0);
}

TEST_CASE("PortsTest: reports the address and the cause when no descriptor is left") {
  SeededRandom random(1);
  io::OwnPorts ports;
  for (const bool range : {false, true}) {
    std::string reason;
    {
      const NoDescriptors none;
      const auto options = range ? Range(47330, 47333) : SocketsFixture::On("127.0.0.1", 47330);
      reason = io::OpenBound(net::TransportProtocol::kUdp, options, random, ports).Failure().reason;
    }
    CHECK(reason == (range ? "cannot bind UDP 127.0.0.1: Too many open files"
                           : "cannot bind UDP 127.0.0.1:47330: Too many open files"));
  }
}

}  // namespace ringcast::test
