#include <set>

#include <catch2/catch.hpp>

#include "io/ArrivalTime.hpp"
#include "support/LoopbackSocket.hpp"
#include "support/SocketsFixture.hpp"

namespace ringcast::test {

TEST_CASE("UdpSocketsTest: reads batches of datagrams with their senders over both families") {
  for (const bool ipv6 : {false, true}) {
    SocketsFixture f;
    auto socket = f.sockets.OpenUdp(f.On(ipv6 ? "::1" : "127.0.0.1"), f.collector);
    REQUIRE(socket.Ok());
    LoopbackSocket peer(ipv6);
    for (std::uint8_t i = 0; i < 100; ++i) peer.SendTo(socket->Local(), {i, i});
    f.RunUntil([&] { return f.collector.received.size() == 100; });
    REQUIRE(f.collector.received.size() == 100);
    for (std::uint8_t i = 0; i < 100; ++i) CHECK(f.collector.received[i] == std::vector<std::uint8_t>{i, i});
    CHECK(f.collector.from[0] == peer.Local());
    CHECK(f.collector.batches.size() <= 3);
    CHECK(f.sockets.UdpStats().datagrams == 100);
    CHECK(f.sockets.UdpStats().bytes == 200);
  }
}

TEST_CASE("UdpSocketsTest: takes the arrival time from the kernel") {
  // The two clocks are read one after the other, in whole microseconds, and one of them may be slewed.
  constexpr auto kTolerance = Microseconds(20);
  constexpr auto kWaits = Microseconds(500);
  // After the first socket of the system enables timestamps, the kernel starts them with a delay. Until then,
  // datagrams get their timestamp when they are read.
  constexpr int kAttempts = 200;
  SocketsFixture f;
  auto socket = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
  LoopbackSocket peer, elsewhere;
  bool stamped = false;
  for (int attempt = 0; attempt < kAttempts && !stamped; ++attempt) {
    const auto before = io::EventLoop::Now();
    peer.SendTo(socket->Local(), {1});
    const auto after = io::EventLoop::Now();
    while (io::EventLoop::Now() < after + kWaits) peer.SendTo(elsewhere.Local(), {2});
    f.collector.arrivals.clear();
    f.RunUntil([&] { return !f.collector.arrivals.empty(); });
    REQUIRE(f.collector.arrivals.size() == 1);
    const auto arrival = f.collector.arrivals.front();
    CHECK(arrival >= before - Seconds(1));
    stamped = arrival <= after + kTolerance;
  }
  CHECK(stamped);
}

TEST_CASE("UdpSocketsTest: ignores timestamps that a clock step made invalid") {
  struct Row {
    std::int64_t stampMs;
    std::int64_t arrivalMs;
  };
  const Row rows[] = {{1000, 500}, {990, 490}, {0, -500}, {-1, 500}, {1001, 500}};
  for (const auto& [stampMs, arrivalMs] : rows) {
    const auto arrival =
        io::ArrivalTime(Milliseconds(stampMs), Milliseconds(1000), Instant(Milliseconds(500)));
    CHECK(arrival == Instant(Milliseconds(arrivalMs)));
  }
}

TEST_CASE("UdpSocketsTest: drops and counts datagrams without free buffers and too long ones") {
  SocketsFixture f(4);
  auto socket = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
  LoopbackSocket peer;
  peer.SendTo(socket->Local(), std::vector<std::uint8_t>(3000));
  for (std::uint8_t i = 0; i < 9; ++i) peer.SendTo(socket->Local(), {i});
  f.RunUntil([&] { return f.sockets.UdpStats().datagrams == 10; });
  std::uint64_t poolDry = 0, tooLong = 0;
  for (const auto& drop : f.sockets.UdpStats().drops) {
    if (drop.name == "poolDry") poolDry = drop.value;
    if (drop.name == "tooLong") tooLong = drop.value;
  }
  CHECK(tooLong == 1);
  CHECK(f.collector.received.size() + poolDry == 9);
  CHECK(poolDry > 0);
  CHECK(f.pool.InUse() <= 4);
}

TEST_CASE("UdpSocketsTest: lets a receiver close its socket in a callback") {
  SocketsFixture f;
  auto opened = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
  std::optional<net::UdpSocket> socket(std::move(*opened));
  LoopbackSocket peer;
  for (int i = 0; i < 200; ++i) peer.SendTo(socket->Local(), {1});
  f.collector.onBatch = [&] { socket.reset(); };
  f.RunUntil([&] { return !socket; });
  CHECK_FALSE(socket);
  CHECK(f.collector.batches.size() == 1);
  CHECK(f.sockets.OpenCount() == 0);
}

TEST_CASE("UdpSocketsTest: sends queued datagrams before closing") {
  SocketsFixture f;
  LoopbackSocket peer;
  {
    auto socket = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
    auto slot = f.sink->Acquire(3);
    f.sink->Send(std::move(*slot), net::Segments::One(3), socket->Id(), peer.Local());
  }
  CHECK(peer.ReceiveAll().size() == 1);
}

TEST_CASE("UdpSocketsTest: receives from its remote only when connected") {
  for (const auto preference : {io::SendOptions::Preference::kAuto, io::SendOptions::Preference::kLibuv}) {
    for (const bool ipv6 : {false, true}) {
      SocketsFixture f(1024, preference);
      auto socket = f.sockets.OpenUdp(f.On(ipv6 ? "::1" : "127.0.0.1"), f.collector);
      REQUIRE(socket.Ok());
      LoopbackSocket remote(ipv6);
      LoopbackSocket stranger(ipv6);
      socket->Connect(remote.Local());
      stranger.SendTo(socket->Local(), {1});
      remote.SendTo(socket->Local(), {2});
      f.RunUntil([&] { return !f.collector.received.empty(); });
      CHECK(f.collector.received == std::vector<std::vector<std::uint8_t>>{{2}});
      // A batch to the remote and a datagram to another address.
      f.Send(socket->Id(), remote.Local(), {10, 30});
      f.Send(socket->Id(), stranger.Local(), net::Segments::One(10));
      CHECK(remote.ReceiveAll().size() == 3);
      CHECK(stranger.ReceiveAll().size() == 1);
    }
  }
}

TEST_CASE("UdpSocketsTest: works again when the remote of a connected socket returns") {
  for (const auto preference : {io::SendOptions::Preference::kAuto, io::SendOptions::Preference::kLibuv}) {
    SocketsFixture f(1024, preference);
    auto socket = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
    REQUIRE(socket.Ok());
    std::optional<LoopbackSocket> remote(std::in_place);
    const auto address = remote->Local();
    socket->Connect(address);
    remote.reset();
    const auto refusedReads = [&] {
      for (const auto& drop : f.sockets.UdpStats().drops) {
        if (drop.name == "readError") return drop.value;
      }
      return std::uint64_t{0};
    };
    // The send is refused twice, and the socket is still watched.
    for (std::uint64_t i = 1; i <= 2; ++i) {
      f.Send(socket->Id(), address, net::Segments::One(10));
      f.RunUntil([&] { return refusedReads() >= i; });
      CHECK(refusedReads() == i);
    }
    remote.emplace(address);
    f.Send(socket->Id(), address, net::Segments::One(10));
    CHECK(remote->ReceiveAll().size() == 1);
    remote->SendTo(socket->Local(), {3});
    f.RunUntil([&] { return !f.collector.received.empty(); });
    CHECK(f.collector.received.size() == 1);
  }
}

TEST_CASE("UdpSocketsTest: uses every port of a range and names the range when it is exhausted") {
  SocketsFixture f;
  constexpr std::uint16_t kCount = 5;
  const auto before = OpenDescriptors();
  {
    std::vector<net::UdpSocket> open;
    std::set<std::uint16_t> ports;
    auto options = f.On("127.0.0.1");
    options.portMin = 47310;
    options.portMax = 47310 + kCount - 1;
    for (int i = 0; i < kCount; ++i) {
      auto socket = f.sockets.OpenUdp(options, f.collector);
      REQUIRE(socket.Ok());
      ports.insert(socket->Local().Port());
      open.push_back(std::move(*socket));
    }
    CHECK(ports.size() == kCount);
    const auto refused = f.sockets.OpenUdp(options, f.collector);
    REQUIRE_FALSE(refused.Ok());
    CHECK_THAT(refused.Failure().reason,
               Catch::Contains("47310") && Catch::Contains("47314") && Catch::Contains("127.0.0.1"));
    open.pop_back();
    CHECK(f.sockets.OpenUdp(options, f.collector).Ok());
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("UdpSocketsTest: reports an unavailable address or port") {
  SocketsFixture f;
  const auto foreign = f.sockets.OpenUdp(f.On("192.0.2.55", 5000), f.collector);
  REQUIRE_FALSE(foreign.Ok());
  CHECK_THAT(foreign.Failure().reason, Catch::Contains("192.0.2.55:5000"));
  auto first = f.sockets.OpenUdp(f.On("127.0.0.1"), f.collector);
  const auto second = f.sockets.OpenUdp(f.On("127.0.0.1", first->Local().Port()), f.collector);
  REQUIRE_FALSE(second.Ok());
  CHECK_THAT(second.Failure().reason, Catch::Contains("in use"));
}

TEST_CASE("UdpSocketsTest: shares a multicast port only on request") {
  SocketsFixture f;
  auto options = f.On("224.0.0.1", 47400);
  {
    auto alone = f.sockets.OpenUdp(options, f.collector);
    REQUIRE(alone.Ok());
    CHECK_FALSE(f.sockets.OpenUdp(options, f.collector).Ok());
  }
  options.reusePort = true;
  auto first = f.sockets.OpenUdp(options, f.collector);
  auto second = f.sockets.OpenUdp(options, f.collector);
  CHECK(first.Ok());
  CHECK(second.Ok());
}

TEST_CASE("UdpSocketsTest: applies buffer sizes and IPv6-only on request") {
  SocketsFixture f;
  auto options = f.On("::");
  options.sendBufferSize = 300000;
  options.receiveBufferSize = 400000;
  options.ipv6Only = true;
  auto socket = f.sockets.OpenUdp(options, f.collector);
  REQUIRE(socket.Ok());
  CHECK(socket->SendBufferSize() >= 300000);
  CHECK(socket->ReceiveBufferSize() >= 400000);
  CHECK(f.sockets.OpenUdp(f.On("0.0.0.0", socket->Local().Port()), f.collector).Ok());
}

TEST_CASE("UdpSocketsTest: fires timers in order and not early") {
  SocketsFixture f;
  std::vector<int> fired;
  Instant first{}, second{};
  const auto start = io::EventLoop::Now();
  Timer late(f.loop.Timers(), [&](Instant now) {
    fired.push_back(2);
    second = now;
    f.loop.Stop();
  });
  Timer early(f.loop.Timers(), [&](Instant now) {
    fired.push_back(1);
    first = now;
  });
  late.ArmAt(start + Milliseconds(4));
  early.ArmAt(start + Milliseconds(2));
  f.loop.OnTurnEnd(nullptr);
  f.loop.Run();
  CHECK(fired == std::vector<int>{1, 2});
  CHECK(first >= start + Milliseconds(2));
  CHECK(second >= start + Milliseconds(4));
}

}  // namespace ringcast::test
