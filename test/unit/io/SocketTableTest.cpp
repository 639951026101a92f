#include <set>

#include <catch2/catch.hpp>

#include "ringcast/io/SocketTable.hpp"

namespace ringcast::test {

TEST_CASE("SocketTableTest: gives each socket a unique id, even in the place of an earlier one") {
  io::SocketTable table;
  const auto stays = *table.Add(3);
  std::set<net::SocketId> ids{stays};
  for (int i = 0; i < 32'768; ++i) {
    const auto id = *table.Add(4);
    if (!ids.insert(id).second) FAIL("an id came again");
    if (net::IsConnection(id)) FAIL("an id is that of a connection");
    table.SetConnected(id, *net::Address::Parse("192.0.2.1", 9));
    table.Remove(id);
    if (table.Descriptor(id) != -1 || table.Connected(id, *net::Address::Parse("192.0.2.1", 9)))
      FAIL("a closed socket is found");
  }
  CHECK(table.Descriptor(stays) == 3);
}

TEST_CASE("SocketTableTest: finds no socket by an id that it did not give") {
  io::SocketTable table;
  CHECK(table.Descriptor(net::SocketId(0)) == -1);
  const auto id = *table.Add(3);
  CHECK(table.Descriptor(net::SocketId(id.Value() | net::kConnectionBit)) == -1);
  CHECK(table.Descriptor(net::SocketId(id.Value() + 1)) == -1);
}

TEST_CASE("SocketTableTest: rejects a socket when no id is left") {
  io::SocketTable table;
  for (std::uint32_t i = 0; i < io::SocketTable::kMaxSockets; ++i) {
    if (!table.Add(3)) FAIL("refused too early");
  }
  CHECK_FALSE(table.Add(3));
}

}  // namespace ringcast::test
