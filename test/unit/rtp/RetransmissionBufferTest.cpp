#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/RetransmissionBuffer.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;

namespace {

constexpr Instant kStart{Seconds(1000)};

}  // namespace

TEST_CASE("RetransmissionBufferTest: keeps all fields that differ from the shared packet",
          "[rtp][retransmissionbuffer]") {
  RetransmissionBuffer buffer;
  auto& entry = *buffer.Add(65535, (std::uint64_t{0xABCD} << 32) | 0x12345678, kStart);
  entry.SetHeader(PayloadType(127), 0xFEDCBA98, true, true);
  CHECK(entry.Patch().size == 0);
  CHECK_FALSE(entry.ActiveTargets());
  CHECK_FALSE(entry.SendTime());
  entry.SetPatch({{1, 2, 3, 4, 5, 6}, 6});
  entry.SetActiveTargets(0xF0000001);
  entry.SetSendTime({.absSendTime = 0xABCDEF, .transportSequenceNumber = 0xFFFE});

  const auto* found = buffer.Find(65535);
  REQUIRE(found != nullptr);
  CHECK(found->CacheSerial() == 0xABCD12345678);
  CHECK(found->SequenceNumber() == 65535);
  CHECK(found->PayloadType() == PayloadType(127));
  CHECK(found->Timestamp() == 0xFEDCBA98);
  CHECK(found->Marker());
  CHECK(found->Padded());
  CHECK(found->Patch().size == 6);
  CHECK(found->Patch().bytes == PayloadPatch{{1, 2, 3, 4, 5, 6}, 6}.bytes);
  CHECK(found->ActiveTargets() == 0xF0000001);
  REQUIRE(found->SendTime());
  CHECK(found->SendTime()->absSendTime == 0xABCDEF);
  CHECK(found->SendTime()->transportSequenceNumber == 0xFFFE);
  CHECK(buffer.FindOnWire(65535) == found);

  // The buffer reuses an entry for a packet with fewer differences.
  for (std::int64_t i = 65536; i <= 65535 + 64; ++i)
    REQUIRE(buffer.Add(i, 1, kStart + Seconds(i)) != nullptr);
  const auto* again = buffer.Find(65535 + 64);
  REQUIRE(again == found);
  CHECK(again->Patch().size == 0);
  CHECK_FALSE(again->ActiveTargets());
  CHECK_FALSE(again->SendTime());
  CHECK_FALSE(again->Marker());
}

TEST_CASE("RetransmissionBufferTest: finds packets by unwrapped and by wire numbers",
          "[rtp][retransmissionbuffer]") {
  for (const auto start : test::kSequenceStarts) {
    RetransmissionBuffer buffer;
    CHECK(buffer.Find(start) == nullptr);
    CHECK(buffer.FindOnWire(static_cast<std::uint16_t>(start)) == nullptr);
    for (std::int64_t i = 0; i < 3000; ++i)
      REQUIRE(buffer.Add(start + i, static_cast<std::uint64_t>(i) + 1, kStart + Milliseconds(i)) != nullptr);
    CHECK(buffer.Capacity() == RetransmissionBuffer::kMaxCapacity);
    constexpr std::int64_t kFirst = 3000 - static_cast<std::int64_t>(RetransmissionBuffer::kMaxCapacity);
    for (std::int64_t i = kFirst; i < 3000; ++i) {
      const auto* found = buffer.Find(start + i);
      REQUIRE(found != nullptr);
      CHECK(found->CacheSerial() == static_cast<std::uint64_t>(i) + 1);
      CHECK(buffer.FindOnWire(static_cast<std::uint16_t>(start + i)) == found);
    }
    for (const auto i : {std::int64_t{-1}, std::int64_t{0}, kFirst - 1, std::int64_t{3000}}) {
      CHECK(buffer.Find(start + i) == nullptr);
      CHECK(buffer.FindOnWire(static_cast<std::uint16_t>(start + i)) == nullptr);
    }
  }
}

TEST_CASE("RetransmissionBufferTest: finds late packets, and no packet for the numbers of a gap",
          "[rtp][retransmissionbuffer]") {
  for (const auto start : test::kSequenceStarts) {
    RetransmissionBuffer buffer;
    for (std::int64_t i = 0; i < 128; ++i) REQUIRE(buffer.Add(start + i, 7, kStart + Seconds(i)) != nullptr);
    REQUIRE(buffer.Add(start + 130, 8, kStart + Seconds(130)) != nullptr);
    CHECK(buffer.Find(start + 127) != nullptr);
    CHECK(buffer.Find(start + 128) == nullptr);
    CHECK(buffer.Find(start + 129) == nullptr);
    REQUIRE(buffer.Add(start + 129, 9, kStart + Seconds(131)) != nullptr);
    REQUIRE(buffer.Find(start + 129) != nullptr);
    CHECK(buffer.Find(start + 129)->CacheSerial() == 9);
    CHECK(buffer.Find(start + 130)->CacheSerial() == 8);

    const auto capacity = static_cast<std::int64_t>(buffer.Capacity());
    CHECK(buffer.Add(start + 130 - capacity, 10, kStart + Seconds(132)) ==
          nullptr);  // another packet has its slot
    CHECK(buffer.Find(start + 130)->CacheSerial() == 8);
    CHECK(buffer.Find(start + 130 - capacity) == nullptr);

    for (const auto step : {capacity - 1, capacity, capacity + 1, std::int64_t{65536}}) {
      RetransmissionBuffer jumping;
      for (std::int64_t i = 0; i < 64; ++i)
        REQUIRE(jumping.Add(start + i, 7, kStart + Seconds(i)) != nullptr);
      REQUIRE(jumping.Add(start + 63 + step, 8, kStart + Seconds(99)) != nullptr);
      CHECK(jumping.Find(start + 63 + step)->CacheSerial() == 8);
      for (std::int64_t i = 64; i < 63 + step; ++i) REQUIRE(jumping.Find(start + i) == nullptr);
    }
  }
}

TEST_CASE("RetransmissionBufferTest: grows to two seconds of the stream, within limits",
          "[rtp][retransmissionbuffer]") {
  struct Row {
    std::int64_t packetsPerSecond;
    std::size_t capacity;
  };
  const Row rows[] = {{1, 64}, {30, 64}, {50, 128}, {100, 256}, {300, 1024}, {5000, 2048}};
  for (const auto& row : rows) {
    for (const auto start : test::kSequenceStarts) {
      CAPTURE(row.packetsPerSecond, start);
      RetransmissionBuffer buffer;
      for (std::int64_t i = 0; i < 10 * row.packetsPerSecond + 500; ++i)
        REQUIRE(buffer.Add(start + i, 1, kStart + Seconds(1) * i / row.packetsPerSecond) != nullptr);
      CHECK(buffer.Capacity() == row.capacity);
    }
  }
}

TEST_CASE("RetransmissionBufferTest: keeps a large first key frame completely",
          "[rtp][retransmissionbuffer]") {
  for (const auto start : test::kSequenceStarts) {
    RetransmissionBuffer buffer;
    for (std::int64_t i = 0; i < 1000; ++i) REQUIRE(buffer.Add(start + i, 1, kStart) != nullptr);
    for (std::int64_t i = 0; i < 1000; ++i) REQUIRE(buffer.Find(start + i) != nullptr);
  }
}

TEST_CASE("RetransmissionBufferTest: sends at most three copies within 200 ms, at any round trip time",
          "[rtp][retransmissionbuffer]") {
  for (const auto roundTrip : {Milliseconds(0), Milliseconds(1), Milliseconds(20), Milliseconds(66)}) {
    RetransmissionBuffer buffer;
    auto& entry = *buffer.Add(1, 1, kStart);
    std::vector<Instant> copies;
    for (Instant now = kStart; now < kStart + Seconds(2); now += Milliseconds(1)) {
      if (!RetransmissionBuffer::MayResend(entry, now, roundTrip)) continue;
      RetransmissionBuffer::NoteResent(entry, now);
      copies.push_back(now);
    }
    CHECK(copies.size() == RetransmissionBuffer::kMaxResends);
    for (std::size_t i = RetransmissionBuffer::kMaxBurst; i < copies.size(); ++i)
      CHECK(copies[i] - copies[i - RetransmissionBuffer::kMaxBurst] >= RetransmissionBuffer::kBurstPause);
  }
}

TEST_CASE("RetransmissionBufferTest: allows one copy per round trip, and a limited number",
          "[rtp][retransmissionbuffer]") {
  struct Row {
    Duration roundTrip;
    Duration interval;
  };
  const Row rows[] = {{Milliseconds(0), RetransmissionBuffer::kMinResendInterval},
                      {Milliseconds(60), Milliseconds(60)},
                      {Microseconds(60'100), Microseconds(60'250)},
                      {Milliseconds(300), Milliseconds(300)},
                      {Seconds(100), Seconds(2)}};
  for (const auto& row : rows) {
    CAPTURE(row.roundTrip.count());
    RetransmissionBuffer buffer;
    auto& entry = *buffer.Add(1, 1, kStart);
    Instant now = kStart;
    for (int i = 0; i < RetransmissionBuffer::kMaxResends; ++i) {
      CHECK(RetransmissionBuffer::MayResend(entry, now, row.roundTrip));
      RetransmissionBuffer::NoteResent(entry, now);
      CHECK_FALSE(RetransmissionBuffer::MayResend(entry, now, row.roundTrip));
      // A pause follows each burst of kMaxBurst copies.
      now += i % RetransmissionBuffer::kMaxBurst == RetransmissionBuffer::kMaxBurst - 1
                 ? std::max(row.interval, RetransmissionBuffer::kBurstPause)
                 : row.interval;
      CHECK_FALSE(RetransmissionBuffer::MayResend(entry, now - Microseconds(250), row.roundTrip));
    }
    CHECK_FALSE(RetransmissionBuffer::MayResend(entry, now + Seconds(1), row.roundTrip));
  }
}
