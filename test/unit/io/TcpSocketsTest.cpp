#include <sys/socket.h>
#include <unistd.h>

#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/StreamFrameQueue.hpp"
#include "support/LoopbackSocket.hpp"
#include "support/LoopbackStream.hpp"
#include "support/NoDescriptors.hpp"
#include "support/SeccompChild.hpp"
#include "support/SocketsFixture.hpp"

namespace ringcast::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using net::Segments;

net::TcpSocketOptions TcpOn(const char* ip, std::size_t maxConnections = 2048, std::uint16_t port = 0) {
  return {SocketsFixture::On(ip, port), maxConnections};
}

// A listening socket and the events of its connections.
struct Fixture : SocketsFixture {
  explicit Fixture(const io::TcpLimits& limits = {}, std::size_t maxConnections = 2048,
                   const char* ip = "127.0.0.1")
      : SocketsFixture(1024, io::SendOptions::Preference::kLibuv, limits) {
    auto opened = sockets.OpenTcp(TcpOn(ip, maxConnections), collector);
    REQUIRE(opened.Ok());
    listener.emplace(std::move(*opened));
  }

  [[nodiscard]] net::TcpStats Stats() const { return sockets.TcpStats(); }
  [[nodiscard]] std::uint64_t Ended(std::string_view reason) const { return Named(Stats().ended, reason); }
  [[nodiscard]] std::uint64_t Dropped(std::string_view reason) const { return Named(Stats().drops, reason); }
  [[nodiscard]] static std::uint64_t Named(const std::vector<NamedCount>& counts, std::string_view name) {
    for (const auto& count : counts) {
      if (count.name == name) return count.value;
    }
    return 0;
  }

  void RunUntilReceived(std::size_t count) {
    RunUntil([&] { return collector.received.size() >= count; });
    REQUIRE(collector.received.size() == count);
  }
  void RunUntilAccepted(std::uint64_t count) {
    RunUntil([&] { return Stats().accepted >= count; });
    REQUIRE(Stats().accepted == count);
  }
  void RunUntilClosed(std::size_t count) {
    RunUntil([&] { return collector.closed.size() >= count; });
    REQUIRE(collector.closed.size() == count);
  }
  // Connects, sends one packet and returns the peer with the id of its connection.
  std::pair<LoopbackStream, net::SocketId> Meet(int receiveBuffer = 0) {
    LoopbackStream peer(listener->Local(), receiveBuffer);
    peer.Write(Framed({1, 2, 3}));
    RunUntilReceived(collector.received.size() + 1);
    return {std::move(peer), collector.sockets.back()};
  }

  std::optional<net::TcpListener> listener;
};

Bytes Numbers(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

}  // namespace

TEST_CASE("TcpSocketsTest: receives packets with their addresses over both families", "[tcp]") {
  for (const char* ip : {"127.0.0.1", "::1"}) {
    Fixture f({}, 8, ip);
    const LoopbackStream first(f.listener->Local());
    const LoopbackStream second(f.listener->Local());
    first.Write(Framed({1, 1}));
    f.RunUntilReceived(1);
    second.Write(Framed(Bytes(1200, 2)));
    f.RunUntilReceived(2);
    CHECK(f.collector.received == std::vector<Bytes>{{1, 1}, Bytes(1200, 2)});
    CHECK(f.collector.from == std::vector{first.Local(), second.Local()});
    const auto a = f.collector.sockets[0];
    const auto b = f.collector.sockets[1];
    CHECK(a != b);
    for (const auto id : {a, b}) {
      CHECK(net::IsConnection(id));
      CHECK(f.listener->Has(id));
    }
    CHECK_FALSE(net::IsConnection(f.listener->Id()));
    CHECK_FALSE(f.listener->Has(f.listener->Id()));
    CHECK(f.Stats().connections == 2);
    CHECK(f.Stats().packetsReceived == 2);
    CHECK(f.Stats().bytesReceived == 1206);
  }
}

TEST_CASE("TcpSocketsTest: keeps the order of packets in any segmentation", "[tcp]") {
  Fixture f;
  const LoopbackStream peer(f.listener->Local());
  std::vector<Bytes> expected;
  Bytes stream;
  for (std::uint8_t i = 0; i < 200; ++i) {
    expected.emplace_back(i + 1U, i);
    const auto frame = Framed(expected.back());
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  peer.Write(stream);
  f.RunUntilReceived(200);
  CHECK(f.collector.received == expected);

  // The peer sends one byte at a time, and the worker reads each byte separately.
  f.collector.received.clear();
  for (const auto byte : Framed({7, 8, 9})) {
    const auto before = f.Stats().bytesReceived;
    CHECK(f.collector.received.empty());
    peer.Write({byte});
    f.RunUntil([&] { return f.Stats().bytesReceived > before; });
  }
  CHECK(f.collector.received == std::vector<Bytes>{{7, 8, 9}});
}

TEST_CASE("TcpSocketsTest: sends a batch packet by packet in order", "[tcp]") {
  for (const auto preference : {io::SendOptions::Preference::kAuto, io::SendOptions::Preference::kLibuv}) {
    SocketsFixture f(1024, preference);
    const auto listener = f.sockets.OpenTcp(TcpOn("127.0.0.1"), f.collector);
    auto udp = f.sockets.OpenUdp(SocketsFixture::On("127.0.0.1"), f.collector);
    LoopbackStream peer(listener.Value().Local());
    LoopbackSocket udpPeer;
    peer.Write(Framed({1}));
    f.RunUntil([&] { return !f.collector.sockets.empty(); });
    const auto id = f.collector.sockets.at(0);
    f.Send(id, peer.Local(), {3, 8});
    f.Send(udp->Id(), udpPeer.Local(), {3, 8});
    f.Send(id, peer.Local(), Segments::One(1));
    CHECK(peer.Read(17) == Bytes{0, 3, 1, 2, 3, 0, 3, 4, 5, 6, 0, 2, 7, 8, 0, 1, 1});
    CHECK(udpPeer.ReceiveAll() == std::vector<Bytes>{{1, 2, 3}, {4, 5, 6}, {7, 8}});
    CHECK(f.sockets.TcpStats().packetsSent == 4);
    CHECK(f.sockets.TcpStats().bytesSent == 17);
    CHECK(f.sink->Stats().datagrams == 3);
    CHECK(f.sink->Stats().slotsInFlight == 0);
  }
}

TEST_CASE("TcpSocketsTest: queues packets for a peer that does not read", "[tcp]") {
  Fixture f;
  auto [peer, id] = f.Meet(4096);
  f.listener->Authenticate(id);
  // The loop ends once 600 packets are sent; the kernel took only a part of them.
  const auto run = Segments{1000, 50'000};
  std::uint64_t sent = 0;
  while (f.Stats().packetsSent < 600) {
    f.Send(id, peer.Local(), run);
    ++sent;
  }
  CHECK(f.Stats().bytesSent < sent * net::StreamFrameQueue::FramedSize(run));
  Bytes expected;
  const auto bytes = Numbers(run.total);
  for (std::size_t at = 0; at < run.total; at += run.size) {
    const auto frame = Framed({bytes.begin() + static_cast<std::ptrdiff_t>(at),
                               bytes.begin() + static_cast<std::ptrdiff_t>(at + run.size)});
    expected.insert(expected.end(), frame.begin(), frame.end());
  }
  // The peer reads while the loop still writes.
  Bytes got;
  const auto total = sent * expected.size();
  while (got.size() < total) {
    const auto there = f.Stats().bytesSent - got.size();
    REQUIRE(there > 0);
    const auto part = peer.Read(there);
    got.insert(got.end(), part.begin(), part.end());
    f.RunUntil([&] { return f.Stats().bytesSent > got.size() || got.size() == total; });
  }
  for (std::uint64_t i = 0; i < sent; ++i) {
    const auto at = got.begin() + static_cast<std::ptrdiff_t>(i * expected.size());
    REQUIRE(std::equal(expected.begin(), expected.end(), at));
  }
  CHECK(f.collector.closed.empty());
}

TEST_CASE("TcpSocketsTest: closes the connection of a peer that falls behind the queue limit", "[tcp]") {
  Fixture f;
  auto [slow, slowId] = f.Meet(4096);
  auto [fast, fastId] = f.Meet();
  f.listener->Authenticate(slowId);
  f.listener->Authenticate(fastId);
  const auto run = Segments{1200, 48'000};
  const auto framed = net::StreamFrameQueue::FramedSize(run);
  std::uint64_t sent = 0;
  // The limit is twice the queue limit plus the kernel's buffer for a peer that reads nothing.
  while (f.Dropped("connectionGone") == 0 && sent < 100) {
    f.Send(slowId, slow.Local(), run);
    f.Send(fastId, fast.Local(), run);
    REQUIRE(fast.Read(framed).size() == framed);
    ++sent;
  }
  CHECK(sent > net::StreamFrameQueue::kLimit / framed);
  CHECK(sent < 100);
  // The event loop reports the close, not the call of Send().
  CHECK(f.collector.closed.empty());
  f.RunUntilClosed(1);
  CHECK(f.collector.closed == std::vector{slowId});
  CHECK(f.Ended("slow") == 1);
  CHECK_FALSE(f.listener->Has(slowId));
  CHECK(f.listener->Has(fastId));
  CHECK(f.sink->Stats().slotsInFlight == 0);
}

TEST_CASE(
    "TcpSocketsTest: closes the connection with the longest queue when all queues exceed the worker's budget",
    "[tcp]") {
  constexpr std::size_t kBudget = 800'000;
  Fixture f({.queueMemory = kBudget});
  auto [slowest, slowestId] = f.Meet(4096);
  auto [slow, slowId] = f.Meet(4096);
  auto [fast, fastId] = f.Meet();
  for (const auto id : {slowestId, slowId, fastId}) f.listener->Authenticate(id);
  const auto run = Segments{1200, 24'000};
  const auto framed = net::StreamFrameQueue::FramedSize(run);
  int turns = 0;
  while (f.Dropped("connectionGone") == 0 && turns < 200) {
    for (int i = 0; i < 2; ++i) f.Send(slowestId, slowest.Local(), run);
    f.Send(slowId, slow.Local(), run);
    f.Send(fastId, fast.Local(), run);
    REQUIRE(fast.Read(framed).size() == framed);
    ++turns;
  }
  CHECK(turns < 200);
  f.RunUntilClosed(1);
  CHECK(f.collector.closed == std::vector{slowestId});
  CHECK(f.Ended("budget") == 1);
  CHECK(f.Ended("slow") == 0);
  CHECK(f.listener->Has(slowId));
  CHECK(f.listener->Has(fastId));
}

TEST_CASE("TcpSocketsTest: keeps connections of peers that read in time when the budget is small", "[tcp]") {
  Fixture f({.queueMemory = 100'000});
  auto [first, firstId] = f.Meet();
  auto [second, secondId] = f.Meet();
  const auto run = Segments{1200, 48'000};
  const auto framed = net::StreamFrameQueue::FramedSize(run);
  for (int turn = 0; turn < 20; ++turn) {
    // More than the budget in one iteration.
    for (int i = 0; i < 2; ++i) {
      for (const auto id : {firstId, secondId}) {
        auto slot = f.media.Acquire(run.total);
        f.media.Send(std::move(*slot), run, id, first.Local());
      }
    }
    f.media.Flush();
    for (const auto* const peer : {&first, &second}) REQUIRE(peer->Read(2 * framed).size() == 2 * framed);
  }
  CHECK(f.listener->Has(firstId));
  CHECK(f.listener->Has(secondId));
}

TEST_CASE("TcpSocketsTest: closes and counts a connection that the event loop cannot watch", "[tcp]") {
  const int answer = InChild([] {
    Fixture f;
    auto [known, knownId] = f.Meet();
    if (!ForbidCall(SYS_epoll_ctl, ENOSPC)) return 2;
    const LoopbackStream peer(f.listener->Local());
    f.RunUntil([&] { return f.Stats().acceptFailures > 0; });
    if (f.Stats().acceptFailures != 1 || f.Stats().accepted != 1) return 3;
    if (!peer.AtEnd()) return 4;
    known.Write(Framed({4}));
    f.RunUntil([&] { return f.collector.received.size() == 2; });
    if (f.collector.received.size() != 2) return 5;
    const auto udp = f.sockets.OpenUdp(SocketsFixture::On("127.0.0.1"), f.collector);
    if (udp.Ok() || udp.Failure().reason.find("no space left") == std::string::npos) return 6;
    const auto tcp = f.sockets.OpenTcp(TcpOn("127.0.0.1"), f.collector);
    if (tcp.Ok() || tcp.Failure().reason.find("no space left") == std::string::npos) return 7;
    return f.sockets.OpenCount() == 1 ? 0 : 8;
  });
  CHECK(answer == 0);
}

TEST_CASE("TcpSocketsTest: sends bursts above the queue limit to a peer that reads", "[tcp]") {
  Fixture f;
  auto [peer, id] = f.Meet();
  const auto run = Segments{1200, 48'000};
  const auto framed = net::StreamFrameQueue::FramedSize(run);
  // All sends are in one iteration, without a flush in between.
  const std::uint64_t count = 2 * net::StreamFrameQueue::kLimit / framed;
  Bytes got;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto slot = f.media.Acquire(run.total);
    f.media.Send(std::move(*slot), run, id, peer.Local());
    const auto there = f.Stats().bytesSent - got.size();
    const auto part = peer.Read(there);
    got.insert(got.end(), part.begin(), part.end());
  }
  f.media.Flush();
  const LoopbackStream& reader = peer;
  f.RunUntil([&] {
    const auto part = reader.Read(f.Stats().bytesSent - got.size());
    got.insert(got.end(), part.begin(), part.end());
    return got.size() == count * framed;
  });
  CHECK(got.size() == count * framed);
  CHECK(f.listener->Has(id));
}

TEST_CASE("TcpSocketsTest: delivers earlier packets before a peer's close or reset", "[tcp]") {
  for (const int how : {0, 1, 2}) {
    Fixture f;
    auto [peer, id] = f.Meet();
    f.listener->Authenticate(id);
    const auto from = peer.Local();
    if (how < 2) peer.Write(Framed({4, 5}));
    if (how == 0) {
      const LoopbackStream gone(std::move(peer));
    } else if (how == 1) {
      peer.Finish();
    } else {
      peer.Reset();
    }
    f.RunUntilClosed(1);
    CHECK(f.collector.closed == std::vector{id});
    CHECK(f.collector.closedPeers == std::vector{from});
    CHECK(f.collector.received.size() == (how < 2 ? 2 : 1));
    CHECK_FALSE(f.listener->Has(id));
    CHECK(f.Ended("peer") == 1);
    CHECK(f.Stats().connections == 0);
    // Later packets to the connection are dropped and counted.
    f.Send(id, f.listener->Local(), {1, 3});
    CHECK(f.Dropped("connectionGone") == 3);
  }
}

TEST_CASE("TcpSocketsTest: ends a connection when sending to a peer that reset it", "[tcp]") {
  Fixture f;
  auto [peer, id] = f.Meet();
  f.listener->Authenticate(id);
  peer.Reset();
  f.Send(id, f.listener->Local(), Segments::One(1));
  f.Send(id, f.listener->Local(), Segments::One(1));
  CHECK(f.collector.closed.empty());
  f.RunUntilClosed(1);
  CHECK(f.Ended("peer") == 1);
}

TEST_CASE("TcpSocketsTest: sends queued packets before closing, without a callback", "[tcp]") {
  Fixture f;
  auto [peer, id] = f.Meet();
  auto slot = f.media.Acquire(3);
  slot->Room()[0] = 9;
  f.media.Send(std::move(*slot), Segments::One(1), id, peer.Local());
  f.listener->Close(id);
  CHECK(peer.Read(4) == Bytes{0, 1, 9});
  CHECK(peer.AtEnd());
  CHECK_FALSE(f.listener->Has(id));
  f.listener->Close(id);
  f.media.Flush();
  CHECK(f.collector.closed.empty());
  CHECK(f.Ended("owner") == 1);
}

TEST_CASE("TcpSocketsTest: closes the connections of a closed listening socket only", "[tcp]") {
  const auto before = OpenDescriptors();
  {
    Fixture f;
    auto other = f.sockets.OpenTcp(TcpOn("127.0.0.1"), f.collector);
    const LoopbackStream stays(other->Local());
    stays.Write(Framed({1}));
    f.RunUntilReceived(1);
    const auto staysId = f.collector.sockets.back();
    auto [peer, id] = f.Meet();
    CHECK_FALSE(other->Has(id));
    other->Close(id);  // not a connection of this socket
    other->Authenticate(id);
    CHECK(f.Stats().unauthenticated == 2);
    CHECK(f.listener->Has(id));
    f.listener.reset();
    CHECK(peer.AtEnd());
    CHECK(other->Has(staysId));
    CHECK(f.sockets.OpenCount() == 1);
    CHECK(f.collector.closed.empty());
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("TcpSocketsTest: lets a receiver close its connection or socket in a callback", "[tcp]") {
  for (const bool whole : {false, true}) {
    Fixture f;
    const LoopbackStream peer(f.listener->Local());
    Bytes stream;
    for (int i = 0; i < 300; ++i) stream.insert(stream.end(), {0, 1, 7});
    f.collector.onBatch = [&] {
      if (whole) {
        f.listener.reset();
      } else {
        f.listener->Close(f.collector.sockets.back());
      }
    };
    peer.Write(stream);
    f.RunUntil([&] { return !f.collector.batches.empty(); });
    CHECK(f.collector.batches.size() == 1);
    CHECK(f.Stats().connections == 0);
    CHECK(f.Ended("owner") == 1);
    CHECK(f.pool.InUse() == 0);
  }
}

TEST_CASE("TcpSocketsTest: lets a receiver close its socket when a connection ends", "[tcp]") {
  // The receiver is called while connections are accepted, time out and are read.
  for (const int when : {0, 1, 2}) {
    Fixture f({.unauthenticated = 2});
    std::optional<LoopbackStream> first(f.listener->Local());
    const LoopbackStream second(f.listener->Local());
    f.RunUntilAccepted(2);
    f.collector.onClosed = [&] { f.listener.reset(); };
    std::vector<LoopbackStream> others;
    if (when == 0) {
      for (int i = 0; i < 3; ++i) others.emplace_back(f.listener->Local());
    } else if (when == 1) {
      f.PassTime(Seconds(11));
    } else {
      first.reset();
    }
    f.RunUntil([&] { return !f.listener; });
    CHECK(f.collector.closed.size() == 1);
    CHECK(f.Stats().connections == 0);
    CHECK(f.Stats().accepted == 2);
  }
}

TEST_CASE("TcpSocketsTest: closes a connection on a packet of an unknown protocol", "[tcp]") {
  Fixture f;
  const LoopbackStream peer(f.listener->Local());
  peer.Write({0, 1, 5, 'G', 'E', 'T', ' ', '/'});
  f.RunUntilClosed(1);
  CHECK(f.collector.received == std::vector<Bytes>{{5}});
  CHECK(f.Ended("malformed") == 1);
  CHECK(peer.AtEnd());
}

TEST_CASE("TcpSocketsTest: drops and counts packets without free buffers", "[tcp]") {
  Fixture f;
  auto [peer, id] = f.Meet();
  std::vector<net::PacketRef> taken;
  while (auto packet = f.pool.Acquire()) taken.push_back(std::move(packet));
  peer.Write(Framed({4}));
  f.RunUntil([&] { return f.Stats().bytesReceived == 8; });
  taken.clear();
  peer.Write(Framed({5}));
  f.RunUntilReceived(2);
  CHECK(f.collector.received.back() == Bytes{5});
  CHECK(f.Dropped("poolDry") == 1);
  f.listener->Close(id);
  CHECK(f.Dropped("poolDry") == 1);
}

TEST_CASE("TcpSocketsTest: closes unauthenticated connections after their timeout", "[tcp]") {
  Fixture f;
  auto [silent, silentId] = f.Meet();
  auto [known, knownId] = f.Meet();
  f.listener->Authenticate(knownId);
  f.listener->Authenticate(knownId);
  CHECK(f.Stats().unauthenticated == 1);
  f.PassTime(Seconds(9));
  CHECK(f.collector.closed.empty());
  f.PassTime(Seconds(11));
  CHECK(f.collector.closed == std::vector{silentId});
  CHECK(silent.AtEnd());
  f.PassTime(Seconds(3600));
  CHECK(f.listener->Has(knownId));
  CHECK(f.Ended("unclaimed") == 1);
}

TEST_CASE("TcpSocketsTest: replaces the oldest unauthenticated connection at a limit", "[tcp]") {
  struct Row {
    io::TcpLimits limits;
    std::size_t maxConnections;
  };
  // The limit of the socket, the worker's limit for all connections and its limit for unauthenticated ones.
  for (const auto& row : {Row{{}, 2}, Row{{.connections = 2}, 9}, Row{{.unauthenticated = 2}, 9}}) {
    Fixture f(row.limits, row.maxConnections);
    auto [first, firstId] = f.Meet();
    auto [second, secondId] = f.Meet();
    f.listener->Authenticate(firstId);
    auto [third, thirdId] = f.Meet();
    auto [fourth, fourthId] = f.Meet();
    // The first connection is authenticated. The limit for unauthenticated ones leaves room for two others.
    const std::size_t room = row.limits.unauthenticated == 2 ? 1 : 0;
    REQUIRE(f.collector.closed.size() == 2 - room);
    CHECK(f.collector.closed.front() == secondId);
    CHECK(second.AtEnd());
    CHECK(f.Ended("replaced") == 2 - room);
    if (room > 0) continue;
    CHECK(f.collector.closed.back() == thirdId);
    f.listener->Authenticate(fourthId);
    const LoopbackStream refused(f.listener->Local());
    f.RunUntil([&] { return f.Stats().refused > 0; });
    CHECK(refused.AtEnd());
    CHECK(f.Stats().refused == 1);
    CHECK(f.listener->Has(firstId));
    CHECK(f.listener->Has(fourthId));
  }
}

TEST_CASE("TcpSocketsTest: ignores outdated connection ids", "[tcp]") {
  Fixture f;
  std::set<net::SocketId> ids;
  net::SocketId last;
  for (int i = 0; i < 50; ++i) {
    auto [peer, id] = f.Meet();
    CHECK(ids.insert(id).second);
    if (i > 0) {
      CHECK_FALSE(f.listener->Has(last));
      f.Send(last, peer.Local(), Segments::One(1));
      f.listener->Close(last);
      CHECK(f.listener->Has(id));
    }
    f.listener->Close(id);
    CHECK(peer.AtEnd());  // and no bytes for another connection
    last = id;
  }
  CHECK(f.Stats().packetsSent == 0);
  CHECK(f.Dropped("connectionGone") == 49);
}

TEST_CASE("TcpSocketsTest: pauses accepting while descriptors are exhausted", "[tcp]") {
  Fixture f;
  const LoopbackStream waiting(f.listener->Local());
  waiting.Write(Framed({6}));
  std::optional<NoDescriptors> none(std::in_place);
  f.RunUntil([&] { return f.Stats().acceptFailures > 0; });
  // A timer wakes the loop for one more iteration, which does not try to accept again.
  Timer soon(f.loop.Timers(), [](Instant) {});
  soon.ArmAt({});
  f.RunUntil([&] { return !soon.Armed(); });
  none.reset();
  CHECK(f.Stats().acceptFailures == 1);
  f.PassTime(Milliseconds(101));
  f.RunUntilReceived(1);
  CHECK(f.collector.received.back() == Bytes{6});
}

TEST_CASE("TcpSocketsTest: closes an unauthenticated connection for a new one without descriptors", "[tcp]") {
  Fixture f;
  auto [stranger, strangerId] = f.Meet();
  const LoopbackStream newcomer(f.listener->Local());
  newcomer.Write(Framed({6}));
  std::optional<NoDescriptors> none(std::in_place);
  f.RunUntil([&] { return f.collector.received.size() == 2; });
  none.reset();
  REQUIRE(f.collector.received.size() == 2);
  CHECK(f.collector.received.back() == Bytes{6});
  CHECK(f.collector.closed == std::vector{strangerId});
  CHECK(f.Stats().acceptFailures == 0);
}

TEST_CASE("TcpSocketsTest: reads from other sockets during a flood of connections", "[tcp]") {
  Fixture f({.unauthenticated = 8});
  auto udp = f.sockets.OpenUdp(SocketsFixture::On("127.0.0.1"), f.collector);
  LoopbackSocket udpPeer;
  std::vector<LoopbackStream> flood;
  for (int i = 0; i < 200; ++i) {
    flood.emplace_back(f.listener->Local());
    flood.back().Write(Bytes(20'000, 0));  // null packets
  }
  udpPeer.SendTo(udp->Local(), {1});
  std::uint64_t acceptedBefore = 0;
  f.RunUntil([&] {
    acceptedBefore = f.Stats().accepted;
    return !f.collector.received.empty();
  });
  CHECK(f.collector.received == std::vector<Bytes>{{1}});
  CHECK(acceptedBefore <= 32);  // from the previous and the current iteration
  f.RunUntil([&] { return f.Stats().accepted == 200; });
  CHECK(f.Stats().connections <= 8);
  // About a kilobyte of each connection per iteration until it was closed.
  CHECK(f.Stats().bytesReceived < std::uint64_t{200} * 20'000 / 4);
}

TEST_CASE("TcpSocketsTest: binds and releases ports like UDP", "[tcp]") {
  Fixture f;
  auto options = TcpOn("127.0.0.1");
  options.portMin = 47320;
  options.portMax = 47321;
  for (int round = 0; round < 2; ++round) {
    auto first = f.sockets.OpenTcp(options, f.collector);
    auto second = f.sockets.OpenTcp(options, f.collector);
    REQUIRE(first.Ok());
    REQUIRE(second.Ok());
    CHECK(first->Local().Port() + second->Local().Port() == 47320 + 47321);
    const auto third = f.sockets.OpenTcp(options, f.collector);
    REQUIRE_FALSE(third.Ok());
    CHECK_THAT(third.Failure().reason, Catch::Contains("TCP") && Catch::Contains("47320"));
    const auto taken = f.sockets.OpenTcp(TcpOn("127.0.0.1", 8, first->Local().Port()), f.collector);
    REQUIRE_FALSE(taken.Ok());
    CHECK_THAT(taken.Failure().reason, Catch::Contains("in use"));
    // The same UDP port is independent.
    CHECK(f.sockets.OpenUdp(SocketsFixture::On("127.0.0.1", first->Local().Port()), f.collector).Ok());
    // A connection that this side closes leaves the port in TIME_WAIT.
    const LoopbackStream peer(first->Local());
    peer.Write(Framed({1}));
    f.collector.received.clear();
    f.RunUntilReceived(1);
    first->Close(f.collector.sockets.back());
    CHECK(peer.AtEnd());
  }
  CHECK_FALSE(f.sockets.OpenTcp(TcpOn("192.0.2.55", 8, 5000), f.collector).Ok());
}

TEST_CASE("TcpSocketsTest: applies buffer sizes and IPv6-only", "[tcp]") {
  Fixture f;
  auto options = TcpOn("::");
  options.sendBufferSize = 300000;
  options.receiveBufferSize = 400000;
  options.ipv6Only = true;
  auto listener = f.sockets.OpenTcp(options, f.collector);
  REQUIRE(listener.Ok());
  CHECK(listener->SendBufferSize() >= 300000);
  CHECK(listener->ReceiveBufferSize() >= 400000);
  CHECK(f.sockets.OpenTcp(TcpOn("0.0.0.0", 8, listener->Local().Port()), f.collector).Ok());
}

}  // namespace ringcast::test
