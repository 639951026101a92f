#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "io/TcpConnectionTable.hpp"
#include "io/UnauthenticatedConnections.hpp"

namespace ringcast::test {

namespace {

constexpr net::SocketId kListener{1};
constexpr net::SocketId kOtherListener{2};

struct Fixture {
  net::SocketId Add(net::SocketId listener = kListener) {
    const auto id = table.NextId();
    table.Add(std::make_unique<io::TcpConnection>(io::Descriptor(-1), listener,
                                                  *net::Address::Parse("192.0.2.7", 5004), pool));
    return id;
  }
  net::PacketPool pool{16};
  io::TcpConnectionTable table;
};

}  // namespace

TEST_CASE("TcpConnectionTableTest: finds a connection by its id until it is removed", "[tcp]") {
  Fixture f;
  const auto first = f.Add();
  const auto second = f.Add(kOtherListener);
  CHECK(net::IsConnection(first));
  CHECK(f.table.Count() == 2);
  CHECK(f.table.Find(first)->Listener() == kListener);
  CHECK(f.table.Find(second)->Listener() == kOtherListener);
  CHECK(f.table.Find(kListener) == nullptr);
  f.table.Remove(first);
  CHECK(f.table.Find(first) == nullptr);
  CHECK(f.table.Count() == 1);
}

TEST_CASE("TcpConnectionTableTest: finds no connection by the id of an earlier one in the same place",
          "[tcp]") {
  Fixture f;
  const auto first = f.Add();
  auto last = first;
  for (int i = 0; i < 0x7FFF; ++i) {
    f.table.Remove(last);
    last = f.Add();
    REQUIRE(last != first);
    REQUIRE(f.table.Find(first) == nullptr);
  }
  CHECK(f.table.Count() == 1);
}

TEST_CASE("TcpConnectionTableTest: visits each open connection, even if the visitor removes it", "[tcp]") {
  Fixture f;
  const std::vector ids{f.Add(), f.Add(), f.Add()};
  f.table.Remove(ids[1]);
  std::vector<net::SocketId> visited;
  f.table.ForEach([&](net::SocketId id, const io::TcpConnection& /*connection*/) {
    visited.push_back(id);
    f.table.Remove(id);
  });
  CHECK(visited == std::vector{ids[0], ids[2]});
  CHECK(f.table.Count() == 0);
}

TEST_CASE("TcpConnectionTableTest: returns the oldest unauthenticated connection of a listener", "[tcp]") {
  Fixture f;
  io::UnauthenticatedConnections waiting(Seconds(10));
  CHECK_FALSE(waiting.Oldest());
  CHECK_FALSE(waiting.NextTimeout());
  const std::vector ids{f.Add(), f.Add(kOtherListener), f.Add()};
  for (std::size_t i = 0; i < ids.size(); ++i)
    waiting.Add(ids[i], *f.table.Find(ids[i]), Instant(Seconds(static_cast<std::int64_t>(i))));
  CHECK(waiting.Oldest() == ids[0]);
  CHECK(waiting.Oldest(kOtherListener) == ids[1]);
  CHECK(waiting.NextTimeout() == Instant(Seconds(10)));

  waiting.Remove(*f.table.Find(ids[0]));
  waiting.Remove(*f.table.Find(ids[0]));  // already removed: no effect
  CHECK(waiting.Count() == 2);
  CHECK(waiting.Oldest(kListener) == ids[2]);
  CHECK(waiting.NextTimeout() == Instant(Seconds(11)));
}

}  // namespace ringcast::test
