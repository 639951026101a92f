#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "support/FakeSockets.hpp"

namespace ringcast::test {

namespace {

struct Receiver final : net::DatagramReceiver {
  void OnDatagrams(net::SocketId socket, std::span<net::ReceivedDatagram> /*batch*/,
                   Instant /*now*/) override {
    heard.push_back(socket);
  }
  void OnConnectionClosed(net::SocketId connection, const net::Address& /*from*/, Instant /*now*/) override {
    closed.push_back(connection);
  }
  std::vector<net::SocketId> heard, closed;
};

net::TcpSocketOptions On(const char* ip) { return {{.local = *net::Address::Parse(ip, 0)}, 8}; }

}  // namespace

TEST_CASE("TcpListenerTest: closes a moved listening socket and its connections once", "[tcp]") {
  FakeSockets sockets;
  Receiver receiver;
  auto first = sockets.OpenTcp(On("192.0.2.1"), receiver);
  auto second = sockets.OpenTcp(On("192.0.2.2"), receiver);
  REQUIRE(first.Ok());
  REQUIRE(second.Ok());
  const auto ofFirst = sockets.ConnectTo(first->Id());
  const auto ofSecond = sockets.ConnectTo(second->Id());
  std::optional<net::TcpListener> moved(std::move(*first));
  CHECK(moved->Has(ofFirst));
  CHECK_FALSE(moved->Has(ofSecond));
  *moved = std::move(*second);  // swapped: the result holds the first socket again
  CHECK(moved->Has(ofSecond));
  moved.reset();
  CHECK(sockets.OpenCount() == 1);
  CHECK(sockets.IsOpen(ofFirst));
  CHECK_FALSE(sockets.IsOpen(ofSecond));
  CHECK(receiver.closed.empty());
}

TEST_CASE("TcpListenerTest: lets only its own socket authenticate and close a connection", "[tcp]") {
  FakeSockets sockets;
  Receiver receiver;
  auto own = sockets.OpenTcp(On("192.0.2.1"), receiver);
  auto other = sockets.OpenTcp(On("192.0.2.2"), receiver);
  const auto connection = sockets.ConnectTo(own->Id());
  CHECK(net::IsConnection(connection));
  CHECK_FALSE(net::IsConnection(own->Id()));
  other->Authenticate(connection);
  other->Close(connection);
  CHECK_FALSE(sockets.IsAuthenticated(connection));
  own->Authenticate(connection);
  CHECK(sockets.IsAuthenticated(connection));
  std::array<net::ReceivedDatagram, 1> batch;
  sockets.Deliver(connection, batch, {});
  CHECK(receiver.heard == std::vector{connection});
  own->Close(connection);
  CHECK(sockets.ConnectionCount() == 0);
  const auto dropped = sockets.ConnectTo(own->Id());
  sockets.Disconnect(dropped, {}, {});
  CHECK(receiver.closed == std::vector{dropped});
}

TEST_CASE("TcpListenerTest: allocates TCP and UDP ports independently", "[tcp]") {
  FakeSockets sockets;
  Receiver receiver;
  const auto tcp = sockets.OpenTcp(On("192.0.2.1"), receiver);
  REQUIRE(tcp.Ok());
  const auto port = tcp.Value().Local().Port();
  const auto udp = sockets.OpenUdp({.local = *net::Address::Parse("192.0.2.1", port)}, receiver);
  REQUIRE(udp.Ok());
  CHECK(sockets.Find(port) == udp.Value().Id());
  CHECK(sockets.FindTcp(port) == tcp.Value().Id());
}

}  // namespace ringcast::test
