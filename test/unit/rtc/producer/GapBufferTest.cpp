#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::test {

namespace {

using rtc::GapBudget;
using rtc::GapBuffer;
using rtc::GapShare;

constexpr Instant kStart{Seconds(100)};

// A worker's budget, transports with their shares, and streams of these.
struct Fixture {
  explicit Fixture(std::size_t limit) : budget(limit) {}

  GapShare& AddTransport() { return shares.emplace_back(GapShare{.budget = budget}); }
  GapBuffer& AddStream(GapShare& share) { return *streams.emplace_back(std::make_unique<GapBuffer>(share)); }
  rtc::RoutedPacket Packet(Instant arrival = kStart) {
    auto packet = rtp::Packet::Parse(pool.Copy(RtpBytes{.payload = Vp8Payload(false, 20)}.Write(), arrival));
    rtc::RoutedPacket routed;
    routed.packet = std::move(*packet);
    return routed;
  }
  std::size_t Hold(GapBuffer& stream, std::size_t count, bool published = true) {
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) held += stream.Hold(Packet(), published) ? 1 : 0;
    return held;
  }

  net::PacketPool pool;
  GapBudget budget;
  std::deque<GapShare> shares;
  std::vector<std::unique_ptr<GapBuffer>> streams;
};

}  // namespace

TEST_CASE("GapBufferTest: holds no more than its limit", "[rtc][gap]") {
  Fixture f(4 * GapBuffer::kLimit);
  auto& stream = f.AddStream(f.AddTransport());
  CHECK(f.Hold(stream, GapBuffer::kLimit + 5) == GapBuffer::kLimit);
  CHECK(f.pool.InUse() == GapBuffer::kLimit);
  stream.Clear();
  CHECK(stream.Empty());
  CHECK(f.pool.InUse() == 0);
  CHECK(f.budget.Held() == 0);
}

TEST_CASE("GapBufferTest: holds half of the budget for the streams of one transport", "[rtc][gap]") {
  Fixture f(100);
  auto& share = f.AddTransport();
  CHECK(f.Hold(f.AddStream(share), 30) == 30);
  CHECK(f.Hold(f.AddStream(share), 30) == 20);
  CHECK(f.Hold(f.AddStream(f.AddTransport()), 30) == 30);
}

TEST_CASE("GapBufferTest: takes the packets of the largest holders when the budget is used up",
          "[rtc][gap]") {
  Fixture f(400);
  auto& large = f.AddStream(f.AddTransport());
  auto& small = f.AddStream(f.AddTransport());
  auto& other = f.AddStream(f.AddTransport());
  f.Hold(large, 200, false);
  f.Hold(small, 80);
  f.Hold(other, 80);
  CHECK(f.Hold(small, 80) == 80);
  CHECK(large.Empty());
  CHECK(small.Packets().size() == 160);
  CHECK(other.Packets().size() == 80);
  CHECK(f.budget.ShedPackets() == 200);
  CHECK(f.budget.Drops()[net::DropReason::kGapShed] == 200);
}

TEST_CASE("GapBufferTest: counts as dropped only what no consumer was offered", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 30, true);
  f.Hold(stream, 10, false);
  CHECK(f.budget.ShedLargest() == 40);
  CHECK(f.budget.ShedPackets() == 40);
  CHECK(f.budget.Drops()[net::DropReason::kGapShed] == 10);
  CHECK(f.budget.ShedLargest() == 0);
}

TEST_CASE("GapBufferTest: releases many small holders with one scan", "[rtc][gap]") {
  Fixture f(200);
  for (int i = 0; i < 100; ++i) f.Hold(f.AddStream(f.AddTransport()), 1);
  CHECK(f.budget.ShedLargest() == 64);
  CHECK(f.budget.Held() == 36);
}

TEST_CASE("GapBufferTest: expires packets at the age limit, on a grid", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  CHECK_FALSE(stream.NextTimeout());
  REQUIRE(stream.Hold(f.Packet(kStart + Milliseconds(10)), true));
  REQUIRE(stream.Hold(f.Packet(kStart + Milliseconds(70)), false));
  REQUIRE(stream.Hold(f.Packet(kStart + Milliseconds(130)), false));
  const auto due = kStart + GapBuffer::kMaxAge + GapBuffer::kGrid;
  REQUIRE(stream.NextTimeout() == due);
  CHECK(stream.Expired(kStart + GapBuffer::kMaxAge).empty());
  CHECK(stream.Expired(due).size() == 2);
  stream.Release(2);
  CHECK(stream.NextTimeout() == due + GapBuffer::kGrid);
  CHECK(f.budget.Held() == 1);
}

TEST_CASE("GapBufferTest: releases what consumers were offered, and keeps the rest", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 5, true);
  f.Hold(stream, 3, false);
  f.Hold(stream, 5, true);
  stream.ReleasePublished();
  CHECK(stream.Packets().size() == 3);
  CHECK(f.budget.Held() == 3);
}

TEST_CASE("GapBufferTest: keeps the books right whatever is held, released and closed", "[rtc][gap]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    Fixture f(60);
    for (int i = 0; i < 4; ++i) f.AddTransport();
    Instant now = kStart;
    for (int step = 0; step < 2000; ++step) {
      now += Milliseconds(random.U16() % 20);
      const auto kind = random.U16() % 10;
      if (f.streams.empty() || kind == 0) f.AddStream(f.shares[random.U16() % f.shares.size()]);
      const auto place = random.U16() % f.streams.size();
      auto& stream = *f.streams[place];
      if (kind == 1) {
        f.streams.erase(f.streams.begin() + static_cast<std::ptrdiff_t>(place));
      } else if (kind == 2) {
        stream.Release(stream.Expired(now).size());
      } else if (kind == 3) {
        stream.ReleasePublished();
      } else if (kind == 4) {
        static_cast<void>(f.budget.ShedLargest());
      } else {
        static_cast<void>(stream.Hold(f.Packet(now), random.U16() % 2 == 0));
      }
      std::size_t held = 0;
      for (const auto& one : f.streams) held += one->Packets().size();
      std::size_t ofTransports = 0;
      for (const auto& share : f.shares) {
        ofTransports += share.held;
        REQUIRE(share.held <= f.budget.TransportLimit());
      }
      REQUIRE(f.budget.Held() == held);
      REQUIRE(ofTransports == held);
      REQUIRE(f.pool.InUse() == held);
      REQUIRE(held <= f.budget.Limit());
    }
  }
}

}  // namespace ringcast::test
