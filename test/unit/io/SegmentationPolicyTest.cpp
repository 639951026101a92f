#include <string>

#include <catch2/catch.hpp>

#include "io/SegmentationPolicy.hpp"

namespace ringcast::test {

namespace {

constexpr net::SocketId kSocket(1);
constexpr net::SocketId kOtherSocket(2);

net::Address At(const std::string& ip, std::uint16_t port = 4000) { return *net::Address::Parse(ip, port); }

struct Fixture {
  [[nodiscard]] bool Allows(const net::Address& to, net::SocketId socket = kSocket) {
    return policy.Allows(socket, to, now);
  }
  void Refuse(const net::Address& to, net::SocketId socket = kSocket) { policy.OnRefused(socket, to, now); }

  io::SegmentationPolicy policy;
  Instant now{Seconds(1000)};
};

}  // namespace

TEST_CASE("SegmentationPolicyTest: refuses a destination for a minute after a refusal") {
  Fixture f;
  CHECK(f.policy.Idle());
  f.Refuse(At("192.0.2.1"));
  CHECK_FALSE(f.policy.Idle());
  CHECK_FALSE(f.Allows(At("192.0.2.1")));
  CHECK(f.Allows(At("192.0.2.1", 4001)));
  CHECK(f.Allows(At("192.0.2.2")));
  CHECK(f.Allows(At("192.0.2.1"), kOtherSocket));
  f.now += Seconds(60) - Microseconds(1);
  CHECK_FALSE(f.Allows(At("192.0.2.1")));
  f.now += Microseconds(1);
  CHECK(f.Allows(At("192.0.2.1")));
  CHECK(f.policy.Idle());
}

TEST_CASE("SegmentationPolicyTest: refuses a destination again when its retry fails") {
  Fixture f;
  for (int minute = 0; minute < 3; ++minute) {
    CHECK(f.Allows(At("192.0.2.1")));
    f.Refuse(At("192.0.2.1"));
    f.now += Seconds(30);
    CHECK_FALSE(f.Allows(At("192.0.2.1")));
    f.now += Seconds(30);
  }
}

TEST_CASE("SegmentationPolicyTest: refuses a whole socket for a minute when several hosts refuse") {
  for (const bool ipv6 : {false, true}) {
    Fixture f;
    const std::string prefix = ipv6 ? "2001:db8:0:" : "192.0.2.";
    const std::string suffix = ipv6 ? "::1" : "";
    for (int host = 1; host <= 4; ++host) {
      CHECK(f.Allows(At(prefix + "99" + suffix)));
      f.Refuse(At(prefix + std::to_string(host) + suffix));
    }
    CHECK_FALSE(f.Allows(At(prefix + "99" + suffix)));
    CHECK(f.Allows(At(prefix + "99" + suffix), kOtherSocket));
    f.now += Seconds(60);
    CHECK(f.Allows(At(prefix + "99" + suffix)));
  }
}

TEST_CASE("SegmentationPolicyTest: counts the ports and the /64 of a host once") {
  Fixture f;
  for (std::uint16_t port = 1; port < 200; ++port) {
    f.Refuse(At("192.0.2.1", port));
    f.Refuse(At("2001:db8::" + std::to_string(port), port));
  }
  CHECK(f.Allows(At("192.0.2.2")));
  CHECK(f.Allows(At("2001:db8:0:1::1")));
}

TEST_CASE("SegmentationPolicyTest: does not refuse a socket when a segmented send succeeds in between") {
  Fixture f;
  for (int host = 1; host < 200; ++host) {
    if (host % 3 == 0) f.policy.OnSent(kSocket);
    f.Refuse(At("192.0.2." + std::to_string(host)));
  }
  CHECK(f.Allows(At("198.51.100.1")));
}

TEST_CASE("SegmentationPolicyTest: does not accumulate refusals that are minutes apart") {
  Fixture f;
  for (int host = 1; host < 200; ++host) {
    f.Refuse(At("192.0.2." + std::to_string(host)));
    f.now += Seconds(21);
  }
  CHECK(f.Allows(At("198.51.100.1")));
}

TEST_CASE("SegmentationPolicyTest: remembers the destinations of a worker, and replaces the oldest ones") {
  Fixture f;
  const auto nth = [](std::size_t i) {
    return At("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  };
  // Each destination has its own socket, like transports with their own ports.
  const auto socket = [](std::size_t i) { return net::SocketId(static_cast<std::uint32_t>(i)); };
  constexpr std::size_t kTransports = 1000;
  for (std::size_t i = 0; i < kTransports; ++i) f.Refuse(nth(i), socket(i));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kTransports; ++i) refused += f.Allows(nth(i), socket(i)) ? 0 : 1;
  CHECK(refused >
        kTransports * 98 / 100);  // the table keeps four destinations per hash, which is rarely exceeded
  for (std::size_t i = 0; i < 20 * kTransports; ++i) f.Refuse(nth(i), socket(i));
  CHECK_FALSE(f.Allows(nth(20 * kTransports - 1), socket(20 * kTransports - 1)));
}

}  // namespace ringcast::test
