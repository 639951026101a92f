#include <array>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/PacketPool.hpp"

using namespace ringcast;
using namespace ringcast::net;

TEST_CASE("PacketPoolTest: allocates up to its limit", "[net]") {
  for (const std::size_t limit :
       {std::size_t{0}, std::size_t{1}, PacketPool::kSlab - 1, PacketPool::kSlab + 1}) {
    PacketPool pool(limit);
    CHECK(pool.Limit() == limit);
    std::vector<PacketRef> held;
    for (std::size_t i = 0; i < limit; ++i) {
      held.push_back(pool.Acquire());
      REQUIRE(held.back());
    }
    CHECK_FALSE(pool.Acquire());
    CHECK_FALSE(pool.Copy({}, {}));
    CHECK(pool.InUse() == limit);
    CHECK(pool.Allocated() == limit);
    if (limit == 0) continue;
    held.pop_back();
    CHECK(pool.InUse() == limit - 1);
    CHECK(pool.Acquire());
  }
}

TEST_CASE("PacketPoolTest: grows by slabs when needed", "[net]") {
  PacketPool pool;
  CHECK(pool.Allocated() == 0);
  for (int i = 0; i < 2000; ++i) CHECK(pool.Acquire());
  CHECK(pool.Allocated() == PacketPool::kSlab);
  CHECK(pool.InUse() == 0);
}

TEST_CASE("PacketPoolTest: reuses the buffer that was released last", "[net]") {
  PacketPool pool;
  PacketRef a = pool.Acquire();
  PacketRef b = pool.Acquire();
  const auto* const bytes = a.Data();
  CHECK(bytes != b.Data());
  b = PacketRef();
  a = PacketRef();
  CHECK(pool.Acquire().Data() == bytes);
}

TEST_CASE("PacketPoolTest: returns empty buffers without an arrival time", "[net]") {
  PacketPool pool(1);
  {
    PacketRef packet = pool.Acquire();
    packet.SetSize(PacketBuffer::kCapacity);
    packet.SetArrival(Instant(Seconds(5)));
  }
  const PacketRef packet = pool.Acquire();
  CHECK(packet.Size() == 0);
  CHECK(packet.Bytes().empty());
  CHECK(packet.Arrival() == Instant{});
}

TEST_CASE("PacketPoolTest: releases a buffer with its last reference", "[net]") {
  PacketPool pool(1);
  PacketRef a = pool.Acquire();
  CHECK(a.Unique());
  {
    const PacketRef b = a;
    PacketRef c;
    c = b;
    CHECK_FALSE(a.Unique());
    CHECK(c.Data() == a.Data());
    const PacketRef d = std::move(c);
    CHECK_FALSE(c);  // NOLINT(bugprone-use-after-move): a moved-from reference is empty
    CHECK(d);
  }
  CHECK(a.Unique());
  auto& same = a;
  a = same;
  CHECK(a.Unique());
  CHECK(pool.InUse() == 1);
  a = PacketRef();
  CHECK(pool.InUse() == 0);
  CHECK_FALSE(a);
  CHECK_FALSE(a.Unique());
}

TEST_CASE("PacketPoolTest: copies bytes and arrival time, and rejects datagrams that do not fit", "[net]") {
  PacketPool pool(2);
  const std::uint8_t bytes[] = {1, 2, 3};
  const PacketRef packet = pool.Copy(bytes, Instant(Seconds(7)));
  REQUIRE(packet);
  CHECK(packet.Size() == 3);
  CHECK(packet.Bytes()[2] == 3);
  CHECK(packet.Arrival() == Instant(Seconds(7)));

  const std::vector<std::uint8_t> largest(PacketBuffer::kCapacity, 9);
  CHECK(pool.Copy(largest, {}).Size() == PacketBuffer::kCapacity);
  const std::vector<std::uint8_t> tooLarge(PacketBuffer::kCapacity + 1, 9);
  CHECK_FALSE(pool.Copy(tooLarge, {}));
  CHECK(pool.InUse() == 1);
}

TEST_CASE("PacketPoolTest: offers the full capacity of a buffer for writing", "[net]") {
  PacketPool pool(1);
  PacketRef packet = pool.Acquire();
  REQUIRE(packet.Room().size() == PacketBuffer::kCapacity);
  packet.Room()[PacketBuffer::kCapacity - 1] = 0x42;
  packet.SetSize(PacketBuffer::kCapacity);
  CHECK(packet.Mutable().back() == 0x42);
}
