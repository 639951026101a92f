#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/UdpEndpoint.hpp"
#include "support/DtlsContext.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

struct NoReceiver final : net::DatagramReceiver {
  void OnDatagrams(net::SocketId /*socket*/, std::span<net::ReceivedDatagram> /*batch*/,
                   Instant /*now*/) override {}
};

struct Fixture {
  SimWorker sim;
  NoReceiver receiver;
  rtc::Environment environment{.pool = sim.pool,
                               .sink = sim.sink,
                               .sockets = sim.sockets,
                               .timers = sim.timers,
                               .notifier = sim.notifier,
                               .random = sim.random,
                               .wallClock = WallClock(),
                               .dtls = DtlsContext()};
  rtc::UdpEndpoint endpoint;

  Status Open(const std::string& ip, const std::string& announced = "",
              net::TransportProtocol protocol = net::TransportProtocol::kUdp) {
    rtc::ListenInfo listen;
    listen.protocol = protocol;
    listen.ip = ip;
    listen.announcedAddress = announced;
    return endpoint.Open(listen, environment, receiver);
  }
};

}  // namespace

TEST_CASE("UdpEndpointTest: opens no socket for TCP or an invalid address", "[rtc]") {
  Fixture f;
  CHECK(f.Open("192.0.2.1", "", net::TransportProtocol::kTcp).Failure().kind == ErrorKind::kTypeError);
  CHECK(f.Open("example.org").Failure().kind == ErrorKind::kTypeError);
  CHECK(f.sim.OpenSockets() == 0);
}

TEST_CASE("UdpEndpointTest: describes the announced address, and the remote once it is set", "[rtc]") {
  Fixture f;
  REQUIRE(f.Open("192.0.2.1", "relay.example.org").Ok());
  CHECK(f.endpoint.Describe().localAddress == "relay.example.org");
  CHECK_FALSE(f.endpoint.Describe().remoteIp);
  f.endpoint.SetRemote(*net::Address::Parse("192.0.2.7", 5004));
  CHECK(f.endpoint.Describe().remoteIp == "192.0.2.7");
  CHECK(f.endpoint.Describe().remotePort == 5004);
  f.endpoint.ClearRemote();
  CHECK_FALSE(f.endpoint.Remote());
}

TEST_CASE("UdpEndpointTest: accepts only a remote of its own address family", "[rtc]") {
  Fixture f;
  REQUIRE(f.Open("192.0.2.1").Ok());
  CHECK(*f.endpoint.ParseRemote("192.0.2.7", 5004, "port") == *net::Address::Parse("192.0.2.7", 5004));
  CHECK(f.endpoint.ParseRemote(std::nullopt, 5004, "port").Failure().reason == "missing ip");
  CHECK(f.endpoint.ParseRemote("192.0.2.7", std::nullopt, "rtcpPort").Failure().reason == "missing rtcpPort");
  CHECK(f.endpoint.ParseRemote("192.0.2.7", 0, "port").Failure().reason == "missing port");
  CHECK_FALSE(f.endpoint.ParseRemote("example.org", 5004, "port").Ok());
  CHECK_FALSE(f.endpoint.ParseRemote("2001:db8::7", 5004, "port").Ok());
}

TEST_CASE("UdpEndpointTest: connects a socket with one local address to a unicast remote", "[rtc]") {
  struct Row {
    const char* local;
    const char* remote;
    bool connected;
  };
  for (const auto& row : {Row{"192.0.2.1", "192.0.2.7", true}, Row{"0.0.0.0", "192.0.2.7", false},
                          Row{"192.0.2.1", "233.252.0.1", false}}) {
    Fixture f;
    REQUIRE(f.Open(row.local).Ok());
    f.endpoint.SetRemote(*net::Address::Parse(row.remote, 5004));
    f.endpoint.ConnectSocket();
    CHECK(f.sim.sockets.RemoteOf(f.endpoint.Socket()).has_value() == row.connected);
  }
}

}  // namespace ringcast::test
