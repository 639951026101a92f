#include <vector>

#include <catch2/catch.hpp>

#include "RtcpSamples.hpp"
#include "ringcast/rtcp/ReferenceTimes.hpp"

namespace ringcast::rtcp {

using namespace samples;

namespace {

using Item = CompoundWriter::DlrrItem;

constexpr Instant kStart{Seconds(1000)};
constexpr Ssrc kUs(1), kPeer(2);

// One endpoint with its own clock.
struct Side {
  explicit Side(Duration unixTime) : clock(unixTime) {}

  std::uint32_t Compact(Instant now) const { return clock.Ntp(now).Compact(); }
  bool Receive(const Octets& bytes, Ssrc localSsrc, Instant now) {
    return times.OnReport(Only<ExtendedReport>(bytes), localSsrc, Compact(now), now);
  }
  std::vector<Item> Answers(Instant now, std::size_t room = 31) {
    std::vector<Item> items(room);
    items.resize(times.TakeAnswers(items, now));
    return items;
  }

  WallClock clock;
  ReferenceTimes times;
};

Octets ReferenceTime(Ssrc sender, NtpTime ntp) {
  Octets buffer(100);
  CompoundWriter writer(buffer);
  REQUIRE(writer.AddReferenceTime(sender, ntp));
  buffer.resize(writer.Size());
  return buffer;
}

Octets Dlrr(Ssrc sender, const std::vector<Item>& items) {
  Octets buffer(1000);
  CompoundWriter writer(buffer);
  REQUIRE(writer.AddDlrr(sender, items));
  buffer.resize(writer.Size());
  return buffer;
}

}  // namespace

TEST_CASE("ReferenceTimesTest: measures the round trip with any clocks and delays") {
  // With the last value, the middle 32 bits of the NTP time wrap during the round trip.
  for (const auto unixTime :
       {Seconds(1'700'000'000), Seconds(0), Seconds(65'536 * 30'000LL - 1000 - 61'568)}) {
    for (const auto kept : {Milliseconds(0), Milliseconds(500), Seconds(60)}) {
      for (const auto way : {Milliseconds(0), Milliseconds(30), Milliseconds(700)}) {
        Side us(unixTime);
        Side peer(Seconds(5));
        CHECK_FALSE(us.times.RoundTripTime());
        Instant now = kStart;
        const auto asked = ReferenceTime(kUs, us.clock.Ntp(now));
        now += way;
        CHECK_FALSE(peer.Receive(asked, kPeer, now));
        CHECK(peer.times.HasAnswers());
        now += kept;
        const auto answer = Dlrr(kPeer, peer.Answers(now));
        CHECK_FALSE(peer.times.HasAnswers());
        now += way;
        CHECK(us.Receive(answer, kUs, now));
        REQUIRE(us.times.RoundTripTime());
        CHECK(*us.times.RoundTripTime() <= 2 * way + Microseconds(50));
        CHECK(*us.times.RoundTripTime() >= std::max(2 * way - Microseconds(50), Duration::zero()));
      }
    }
  }
}

TEST_CASE("ReferenceTimesTest: ignores answers for other ssrcs, without a request and with invalid delays") {
  Side us(Seconds(1'700'000'000));
  const std::uint32_t now = us.Compact(kStart);
  struct Row {
    Item item;
    std::optional<Duration> roundTrip;
  };
  const Row rows[] = {
      {{kPeer, now - 65'536, 0}, std::nullopt},
      {{kUs, 0, 0}, std::nullopt},
      {{kUs, now - 11 * 65'536, 0}, std::nullopt},
      {{kUs, now - 10 * 65'536, 0}, Seconds(10)},
      {{kUs, now - 65'536, 65'536 / 2}, Milliseconds(500)},
      {{kUs, now - 65'536, 65'537}, Duration::zero()},
  };
  for (const auto& row : rows) {
    Side side(Seconds(1'700'000'000));
    CHECK(side.Receive(Dlrr(kPeer, {row.item}), kUs, kStart) == row.roundTrip.has_value());
    CHECK(side.times.RoundTripTime() == row.roundTrip);
  }
  CHECK(us.Receive(Dlrr(kPeer, {rows[0].item, rows[4].item}), kUs, kStart));
  CHECK(us.times.RoundTripTime() == Milliseconds(500));
}

TEST_CASE("ReferenceTimesTest: answers the latest time of each receiver once, up to a limit") {
  Side us(Seconds(0));
  us.Receive(ReferenceTime(Ssrc(7), {1, 0}), kUs, kStart);
  us.Receive(ReferenceTime(Ssrc(8), {2, 0}), kUs, kStart);
  us.Receive(ReferenceTime(Ssrc(7), {3, 0x8000'0000}), kUs, kStart + Seconds(1));

  auto items = us.Answers(kStart + Milliseconds(1500), 1);
  REQUIRE(items.size() == 1);
  CHECK(items[0].ssrc == Ssrc(8));
  CHECK(items[0].lastReference == 0x20000);
  CHECK(items[0].delay == 65'536 * 3 / 2);
  items = us.Answers(kStart + Milliseconds(1500));
  REQUIRE(items.size() == 1);
  CHECK(items[0].ssrc == Ssrc(7));
  CHECK(items[0].lastReference == 0x38000);
  CHECK(items[0].delay == 65'536 / 2);
  CHECK(us.Answers(kStart + Seconds(2)).empty());

  for (std::uint32_t i = 1; i <= 100; ++i) us.Receive(ReferenceTime(Ssrc(i), {i, 0}), kUs, kStart);
  items = us.Answers(kStart);
  REQUIRE(items.size() == ReferenceTimes::kMaxSources);
  CHECK(items.front().ssrc == Ssrc(101 - ReferenceTimes::kMaxSources));
  CHECK(items.back().ssrc == Ssrc(100));
}

}  // namespace ringcast::rtcp
