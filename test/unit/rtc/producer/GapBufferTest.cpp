#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtc/producer/GapBuffer.hpp"
#include "support/RtpBytes.hpp"

namespace ringcast::test {

namespace {

using rtc::ForwardingQueue;
using rtc::GapBudget;
using rtc::GapBuffer;
using rtc::GapShare;
using State = GapBuffer::State;

constexpr Instant kStart{Seconds(100)};
constexpr std::size_t kRoom = std::numeric_limits<std::size_t>::max();

// A worker's budget, transports with their shares, and their streams, which publish to one queue.
struct Fixture {
  explicit Fixture(std::size_t limit) : budget(limit) {}

  GapShare& AddTransport() { return shares.emplace_back(GapShare{.budget = budget}); }
  GapBuffer& AddStream(GapShare& share) { return *streams.emplace_back(std::make_unique<GapBuffer>(share)); }
  // `waits`: the packet lacks its dependency structure, and is not published before the gap closes.
  rtc::RoutedPacket Packet(Instant arrival = kStart, bool waits = false) {
    auto packet = rtp::Packet::Parse(pool.Copy(RtpBytes{.payload = Vp8Payload(false, 20)}.Write(), arrival));
    rtc::RoutedPacket routed;
    routed.packet = std::move(*packet);
    routed.sequenceNumber = next++;
    routed.frame.structureMissing = waits;
    return routed;
  }
  // Offers packets to the stream. Returns how many of them it holds.
  std::size_t Hold(GapBuffer& stream, std::size_t count, bool waits = false) {
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto before = stream.Size();
      const bool hasToWait = stream.OnPacket(Packet(kStart, waits));
      CHECK(hasToWait == (waits && stream.Size() > before));
      held += stream.Size() - before;
    }
    return held;
  }
  ForwardingQueue::Writer Writer(std::size_t room = kRoom) { return {queue, room}; }
  // Returns the packets that were published since the last call.
  std::span<const rtc::RoutedPacket> Published() {
    queue.EndRound();
    return queue.BeginRound(kRoom, 0, nullptr);
  }
  std::vector<std::int64_t> PublishedNumbers() {
    std::vector<std::int64_t> numbers;
    for (const auto& routed : Published()) numbers.push_back(routed.sequenceNumber);
    return numbers;
  }

  net::PacketPool pool;
  GapBudget budget;
  std::deque<GapShare> shares;
  ForwardingQueue queue{1};
  rtp::FrameInspector frames{rtp::Codec::kOther};
  std::int64_t next = 1;
  std::vector<std::unique_ptr<GapBuffer>> streams;
};

}  // namespace

TEST_CASE("GapBufferTest: holds no more than its limit", "[rtc][gap]") {
  Fixture f(4 * GapBuffer::kLimit);
  auto& stream = f.AddStream(f.AddTransport());
  CHECK(f.Hold(stream, GapBuffer::kLimit + 5) == GapBuffer::kLimit);
  CHECK(f.pool.InUse() == GapBuffer::kLimit);
  stream.Clear();
  CHECK(stream.Current() == State::kEmpty);
  CHECK(f.pool.InUse() == 0);
  CHECK(f.budget.Held() == 0);
}

TEST_CASE("GapBufferTest: limits the streams of one transport to half of the budget", "[rtc][gap]") {
  Fixture f(100);
  auto& share = f.AddTransport();
  CHECK(f.Hold(f.AddStream(share), 30) == 30);
  CHECK(f.Hold(f.AddStream(share), 30) == 20);
  CHECK(f.Hold(f.AddStream(f.AddTransport()), 30) == 30);
}

TEST_CASE("GapBufferTest: sheds the packets of the largest holders when the budget is used up",
          "[rtc][gap]") {
  Fixture f(400);
  auto& large = f.AddStream(f.AddTransport());
  auto& small = f.AddStream(f.AddTransport());
  auto& other = f.AddStream(f.AddTransport());
  f.Hold(large, 200, true);
  f.Hold(small, 80);
  f.Hold(other, 80);
  CHECK(f.Hold(small, 80) == 80);
  CHECK(large.Current() == State::kEmpty);
  CHECK(small.Size() == 160);
  CHECK(other.Size() == 80);
  CHECK(f.budget.ShedPackets() == 200);
  CHECK(f.budget.Drops()[net::DropReason::kGapShed] == 200);
}

TEST_CASE("GapBufferTest: counts as dropped only packets that were not published", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 30, false);
  f.Hold(stream, 10, true);
  CHECK(f.budget.ShedLargest() == 40);
  CHECK(f.budget.ShedPackets() == 40);
  CHECK(f.budget.Drops()[net::DropReason::kGapShed] == 10);
  CHECK(f.budget.ShedLargest() == 0);
}

TEST_CASE("GapBufferTest: releases many small holders with one search", "[rtc][gap]") {
  Fixture f(200);
  for (int i = 0; i < 100; ++i) f.Hold(f.AddStream(f.AddTransport()), 1);
  CHECK(f.budget.ShedLargest() == 64);
  CHECK(f.budget.Held() == 36);
}

TEST_CASE("GapBufferTest: publishes waiting packets at the age limit, on a grid", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  CHECK_FALSE(stream.NextTimeout());
  CHECK_FALSE(stream.OnPacket(f.Packet(kStart + Milliseconds(10))));
  CHECK(stream.OnPacket(f.Packet(kStart + Milliseconds(70), true)));
  CHECK(stream.OnPacket(f.Packet(kStart + Milliseconds(130), true)));
  const auto due = kStart + GapBuffer::kMaxAge + GapBuffer::kGrid;
  REQUIRE(stream.NextTimeout() == due);
  auto writer = f.Writer();
  CHECK(stream.OnTimeout(writer, kStart + GapBuffer::kMaxAge) == 0);
  CHECK(stream.Size() == 3);
  CHECK(stream.OnTimeout(writer, due) == 0);
  CHECK(f.PublishedNumbers() == std::vector<std::int64_t>{2});
  CHECK(stream.NextTimeout() == due + GapBuffer::kGrid);
  CHECK(f.budget.Held() == 1);
}

TEST_CASE("GapBufferTest: drops expired packets that find no room", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 2, false);
  f.Hold(stream, 5, true);
  auto writer = f.Writer(3);
  CHECK(stream.OnTimeout(writer, kStart + GapBuffer::kMaxAge) == 2);
  CHECK(f.PublishedNumbers() == std::vector<std::int64_t>{3, 4, 5});
  CHECK(stream.Current() == State::kEmpty);
}

TEST_CASE("GapBufferTest: publishes waiting packets once when the gap closes", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 2, false);
  f.Hold(stream, 2, true);
  f.Hold(stream, 1, false);
  CHECK(stream.Current() == State::kHolding);
  auto writer = f.Writer();
  stream.OnGapClosed(writer, kStart);
  CHECK(f.PublishedNumbers() == std::vector<std::int64_t>{3, 4});
  CHECK(stream.Current() == State::kEmpty);
  CHECK(f.budget.Held() == 0);
}

TEST_CASE("GapBufferTest: keeps waiting packets until there is room when the gap has closed", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 5, false);
  f.Hold(stream, 3, true);
  f.Hold(stream, 5, false);
  auto full = f.Writer(0);
  stream.OnGapClosed(full, kStart);
  CHECK(stream.Current() == State::kDraining);
  CHECK(stream.Size() == 3);
  CHECK(f.budget.Held() == 3);
  CHECK(f.Published().empty());

  SECTION("publishes all packets when there is room") {
    auto writer = f.Writer(1);
    stream.OnGapClosed(writer, kStart);
    CHECK(f.PublishedNumbers() == std::vector<std::int64_t>{6, 7, 8});
    CHECK(stream.Current() == State::kEmpty);
  }
  SECTION("keeps the packets when the next gap begins") {
    f.Hold(stream, 1, false);
    CHECK(stream.Current() == State::kHolding);
    CHECK(stream.Size() == 4);
  }
  SECTION("releases the packets at the age limit") {
    auto writer = f.Writer();
    CHECK(stream.OnTimeout(writer, kStart + GapBuffer::kMaxAge) == 0);
    CHECK(f.Published().size() == 3);
    CHECK(stream.Current() == State::kEmpty);
  }
}

TEST_CASE("GapBufferTest: redelivers the packets behind a late key frame", "[rtc][gap]") {
  Fixture f(100);
  auto& stream = f.AddStream(f.AddTransport());
  f.Hold(stream, 3, false);  // 1 to 3
  f.Hold(stream, 2, true);   // 4 and 5
  auto writer = f.Writer();
  stream.OnKeyFrame(2, f.frames, writer, kStart);
  const auto published = f.Published();
  REQUIRE(published.size() == 3);
  CHECK(published[0].repeatedBehind == 2);
  for (const auto& routed : published.subspan(1)) CHECK_FALSE(routed.repeatedBehind);
  CHECK(stream.Size() == 5);

  SECTION("redelivers all packets behind the next key frame") {
    stream.OnKeyFrame(3, f.frames, writer, kStart);
    const auto again = f.Published();
    REQUIRE(again.size() == 2);
    for (const auto& routed : again) CHECK(routed.repeatedBehind == 3);
  }
  SECTION("redelivers no packet when the gap closes") {
    stream.OnGapClosed(writer, kStart);
    CHECK(f.Published().empty());
    CHECK(stream.Current() == State::kEmpty);
  }
  SECTION("redelivers as many packets as there is room for") {
    auto small = f.Writer(1);
    stream.OnKeyFrame(3, f.frames, small, kStart);
    CHECK(f.PublishedNumbers() == std::vector<std::int64_t>{4});
  }
}

TEST_CASE("GapBufferTest: keeps its counts correct whatever is held, released and closed", "[rtc][gap]") {
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
      auto writer = f.Writer(random.U16() % 4 * 5);
      if (kind == 1) {
        f.streams.erase(f.streams.begin() + static_cast<std::ptrdiff_t>(place));
      } else if (kind == 2) {
        static_cast<void>(stream.OnTimeout(writer, now));
      } else if (kind == 3) {
        stream.OnGapClosed(writer, now);
      } else if (kind == 4) {
        stream.OnKeyFrame(f.next - random.U16() % 100, f.frames, writer, now);
      } else if (kind == 5) {
        static_cast<void>(f.budget.ShedLargest());
      } else {
        static_cast<void>(stream.OnPacket(f.Packet(now, random.U16() % 2 == 0)));
      }
      static_cast<void>(f.Published());
      f.queue.EndRound();
      std::size_t held = 0;
      for (const auto& one : f.streams) {
        held += one->Size();
        REQUIRE((one->Current() == State::kEmpty) == (one->Size() == 0));
        REQUIRE(one->NextTimeout().has_value() == (one->Size() != 0));
      }
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
