#include <limits>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/ReceiveStatistics.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using namespace ringcast::rtp;
using Verdict = ReceiveStatistics::Verdict;

namespace {

Instant At(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }

// Sends packets of 100 bytes. Sequence numbers here do not wrap; in the packets they do.
class Source {
 public:
  explicit Source(std::int64_t start) : start_(start) {}

  ReceiveStatistics::Accepted Receive(std::int64_t offset) {
    return stream.OnPacket(static_cast<std::uint16_t>(start_ + offset), 0, 100, At(0));
  }
  Verdict VerdictOn(std::int64_t offset) { return Receive(offset).verdict; }

  ReceiveStatistics stream{Ssrc(1), 90'000};

 private:
  std::int64_t start_;
};

}  // namespace

TEST_CASE("ReceiveStatisticsTest: accepts packets in order from the first one, with unwrapped numbers",
          "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    CAPTURE(start);
    Source source(start);
    for (std::int64_t i = 0; i < 70'000; ++i) {
      const auto accepted = source.Receive(i);
      REQUIRE(accepted.verdict == Verdict::kAccepted);
      REQUIRE(accepted.sequenceNumber == start + i);
      REQUIRE_FALSE(accepted.restarted);
    }
    CHECK(source.stream.PacketsLost() == 0);
    CHECK(source.stream.Rate().Packets() == 70'000);
    CHECK(source.stream.Rate().Bytes() == 7'000'000);
  }
}

TEST_CASE("ReceiveStatisticsTest: returns a verdict for every distance from the highest number", "[rtp]") {
  struct Row {
    std::int64_t offset;  // from the highest accepted number; none in between was received
    Verdict verdict;
  };
  const Row rows[] = {
      {1, Verdict::kAccepted},      {2, Verdict::kAccepted},        {2999, Verdict::kAccepted},
      {3000, Verdict::kProbation},  {32'767, Verdict::kProbation},  {0, Verdict::kDuplicate},
      {-1, Verdict::kAccepted},     {-63, Verdict::kAccepted},      {-64, Verdict::kAccepted},
      {-100, Verdict::kAccepted},   {-101, Verdict::kTooOld},       {-2999, Verdict::kTooOld},
      {-3000, Verdict::kProbation}, {-32'768, Verdict::kProbation},
  };
  for (const auto start : test::kSequenceStarts) {
    for (const auto& row : rows) {
      CAPTURE(start, row.offset);
      Source source(start);
      CHECK(source.VerdictOn(0) == Verdict::kAccepted);
      const auto accepted = source.Receive(row.offset);
      CHECK(accepted.verdict == row.verdict);
      CHECK_FALSE(accepted.restarted);
      if (row.verdict == Verdict::kAccepted) CHECK(accepted.sequenceNumber == start + row.offset);
      const bool discarded = row.verdict == Verdict::kProbation || row.verdict == Verdict::kTooOld;
      CHECK(source.stream.Discarded() == (discarded ? 1 : 0));
      CHECK(source.stream.Duplicates() == (row.verdict == Verdict::kDuplicate ? 1 : 0));
    }
  }
}

TEST_CASE("ReceiveStatisticsTest: accepts a late packet once", "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    for (const std::int64_t gap : {2, 63, 64, 65, 99, 101}) {
      CAPTURE(start, gap);
      Source source(start);
      CHECK(source.VerdictOn(0) == Verdict::kAccepted);
      CHECK(source.VerdictOn(gap) == Verdict::kAccepted);
      for (std::int64_t late = gap - 1; late > 0; --late) {
        REQUIRE(source.VerdictOn(late) == Verdict::kAccepted);
        REQUIRE(source.VerdictOn(late) == Verdict::kDuplicate);
      }
      CHECK(source.stream.PacketsLost() ==
            -(gap - 1));  // each packet was received twice (RFC 3550 section 6.4.1)
      CHECK(source.stream.Duplicates() == static_cast<std::uint64_t>(gap - 1));
    }
  }
}

TEST_CASE("ReceiveStatisticsTest: distinguishes duplicates from late packets like a plain set", "[rtp]") {
  const std::uint64_t seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4);
  CAPTURE(seed);
  SeededRandom random(seed);
  for (const auto start : test::kSequenceStarts) {
    Source source(start);
    std::set<std::int64_t> seen = {0};
    REQUIRE(source.VerdictOn(0) == Verdict::kAccepted);
    for (int i = 0; i < 5000; ++i) {
      const std::int64_t highest = *seen.rbegin();
      const std::int64_t steps[] = {1, 1 + random.U32() % 3, random.U32() % 200,
                                    -static_cast<std::int64_t>(random.U32() % 101)};
      const std::int64_t offset = highest + steps[random.U32() % 4];
      const bool isNew = seen.insert(offset).second;
      const auto accepted = source.Receive(offset);
      REQUIRE(accepted.verdict == (isNew ? Verdict::kAccepted : Verdict::kDuplicate));
      if (isNew) REQUIRE(accepted.sequenceNumber == start + offset);
    }
  }
}

TEST_CASE("ReceiveStatisticsTest: restarts the stream at the second consecutive packet after a jump",
          "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    for (const std::int64_t jump : {3000, 10'000, 32'766, 32'767, 32'768, 40'000, -102, -5000}) {
      CAPTURE(start, jump);
      Source source(start);
      for (std::int64_t i = 0; i < 10; ++i) CHECK(source.VerdictOn(i) == Verdict::kAccepted);
      const std::int64_t target = 9 + jump;
      CHECK(source.VerdictOn(target) != Verdict::kAccepted);
      const auto second = source.Receive(target + 1);
      CHECK(second.verdict == Verdict::kAccepted);
      CHECK(second.restarted);
      CHECK(static_cast<std::uint16_t>(second.sequenceNumber) ==
            static_cast<std::uint16_t>(start + target + 1));
      const auto third = source.Receive(target + 2);
      CHECK(third.verdict == Verdict::kAccepted);
      CHECK_FALSE(third.restarted);
      CHECK(third.sequenceNumber == second.sequenceNumber + 1);
      // init_seq of RFC 3550 A.1: the counters restart.
      CHECK(source.stream.PacketsLost() == 0);
      const auto report = source.stream.MakeReport(At(0));
      REQUIRE(report);
      CHECK(report->cumulativeLost == 0);
      CHECK(report->highestSequence >> 16 == (((start + target + 1) & 0xFFFF) == 0xFFFF ? 1 : 0));
    }
  }
}

TEST_CASE("ReceiveStatisticsTest: confirms a jump only by the next sequence number in the next packet",
          "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    Source source(start);
    CHECK(source.VerdictOn(0) == Verdict::kAccepted);
    CHECK(source.VerdictOn(5000) == Verdict::kProbation);
    CHECK(source.VerdictOn(5000) == Verdict::kProbation);
    CHECK(source.VerdictOn(5002) == Verdict::kProbation);
    CHECK(source.VerdictOn(5001) == Verdict::kProbation);
    // A packet of the old sequence in between shows that the old source still sends.
    CHECK(source.VerdictOn(1) == Verdict::kAccepted);
    CHECK(source.VerdictOn(5002) == Verdict::kProbation);
    CHECK(source.stream.Discarded() == 5);
    CHECK(source.Receive(5003).restarted);
  }
}

TEST_CASE("ReceiveStatisticsTest: forgets received numbers at a restart", "[rtp]") {
  Source source(0);
  for (std::int64_t i = 0; i < 200; ++i) CHECK(source.VerdictOn(i) == Verdict::kAccepted);
  CHECK(source.VerdictOn(50) == Verdict::kTooOld);
  CHECK(source.Receive(51).restarted);
  for (std::int64_t i = 52; i < 200; ++i) REQUIRE(source.VerdictOn(i) == Verdict::kAccepted);
}

TEST_CASE("ReceiveStatisticsTest: reports the loss since the last report and in total", "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    CAPTURE(start);
    Source source(start);
    CHECK_FALSE(source.stream.MakeReport(At(0)));
    CHECK(source.stream.PacketsLost() == 0);
    // 100 numbers, every fourth missing.
    for (std::int64_t i = 0; i < 100; ++i) {
      if (i % 4 != 2) CHECK(source.VerdictOn(i) == Verdict::kAccepted);
    }
    auto report = source.stream.MakeReport(At(0));
    REQUIRE(report);
    CHECK(report->ssrc == Ssrc(1));
    CHECK(report->fractionLost == 64);
    CHECK(report->cumulativeLost == 25);
    CHECK(report->highestSequence == static_cast<std::uint32_t>(start + 99));
    CHECK(report->lastSenderReport == 0);
    CHECK(report->delaySinceLastSenderReport == 0);
    CHECK(source.stream.FractionLost() == 64);
    CHECK(source.stream.PacketsLost() == 25);
    CHECK(source.stream.LastInterval().expected == 100);
    CHECK(source.stream.LastInterval().lost == 25);

    // No new packets: the interval is empty.
    report = source.stream.MakeReport(At(0));
    CHECK(report->fractionLost == 0);
    CHECK(report->cumulativeLost == 25);

    // Every second packet is lost.
    for (std::int64_t i = 101; i < 200; i += 2) CHECK(source.VerdictOn(i) == Verdict::kAccepted);
    report = source.stream.MakeReport(At(0));
    CHECK(report->fractionLost == 128);
    CHECK(report->cumulativeLost == 75);

    // All of those arrive late: the interval has more packets received than expected, and no loss.
    for (std::int64_t i = 100; i < 200; i += 2) CHECK(source.VerdictOn(i) == Verdict::kAccepted);
    report = source.stream.MakeReport(At(0));
    CHECK(report->fractionLost == 0);
    CHECK(report->cumulativeLost == 25);
    CHECK(source.stream.LastInterval().expected == 0);
    CHECK(source.stream.LastInterval().lost == -50);
  }
}

TEST_CASE("ReceiveStatisticsTest: counts cycles of the highest number from the first packet", "[rtp]") {
  for (const auto start : test::kSequenceStarts) {
    Source source(start);
    for (std::int64_t i = 0; i < 200'000; i += 1000) REQUIRE(source.VerdictOn(i) == Verdict::kAccepted);
    CHECK(source.stream.MakeReport(At(0))->highestSequence == static_cast<std::uint32_t>(start + 199'000));
  }
}

TEST_CASE("ReceiveStatisticsTest: saturates reported losses at the size of their fields", "[rtp]") {
  SECTION("saturates when nearly all packets are lost") {
    Source source(0);
    std::int64_t offset = 0;
    CHECK(source.VerdictOn(offset) == Verdict::kAccepted);
    static_cast<void>(source.stream.MakeReport(At(0)));
    for (int i = 0; i < 4000; ++i) CHECK(source.VerdictOn(offset += 2999) == Verdict::kAccepted);
    const auto report = source.stream.MakeReport(At(0));
    CHECK(report->fractionLost == 255);
    CHECK(report->cumulativeLost == 0x7FFFFF);
    CHECK(source.stream.PacketsLost() == 4000LL * 2998);
  }
  SECTION("saturates when there are more duplicates than a signed 24-bit number holds") {
    Source source(0);
    for (int i = 0; i < 0x800000 + 10; ++i) static_cast<void>(source.VerdictOn(0));
    const auto report = source.stream.MakeReport(At(0));
    CHECK(report->fractionLost == 0);
    CHECK(report->cumulativeLost == -0x800000);
  }
}

TEST_CASE("ReceiveStatisticsTest: reports the last sender report and the time since its arrival", "[rtp]") {
  Source source(0);
  CHECK(source.VerdictOn(0) == Verdict::kAccepted);
  // RFC 3550 section 6.4.1, figure 2: DLSR 5.250 s.
  source.stream.OnSenderReport(NtpTime{0xB44DB705, 0x20000000}, 4711, At(1000));
  auto report = source.stream.MakeReport(At(6250));
  CHECK(report->lastSenderReport == 0xB7052000);
  CHECK(report->delaySinceLastSenderReport == 0x00054000);

  CHECK(source.stream.MakeReport(At(500))->delaySinceLastSenderReport == 0);
  CHECK(source.stream.MakeReport(At(1000LL * 3600 * 24 * 365))->delaySinceLastSenderReport ==
        65'535U * 65'536U);
}

TEST_CASE("ReceiveStatisticsTest: measures jitter as in RFC 3550 A.8", "[rtp]") {
  // Computed by hand: D is in clock units, J += |D| - (J + 8) / 16, J in sixteenths.
  ReceiveStatistics stream(Ssrc(1), 8000);
  struct Row {
    std::uint32_t timestamp;
    std::int64_t arrivalMs;
    std::uint32_t jitterQ0;
  };
  const Row rows[] = {
      {0, 1000, 0},     // the first packet has no predecessor
      {160, 1020, 0},   // on time
      {320, 1060, 10},  // 20 ms late, 160 units: J = 160
      {480, 1060, 19},  // 20 ms early again: J = 160 + 160 - 10 = 310
      {480, 1060, 18},  // arrives 0 ms late: J = 310 - 19 = 291
      {640, 1080, 17},  // J = 291 - 18 = 273
  };
  std::uint16_t sequenceNumber = 65'533;
  for (const auto& row : rows) {
    CAPTURE(row.timestamp, row.arrivalMs);
    CHECK(stream.OnPacket(sequenceNumber++, row.timestamp, 100, At(row.arrivalMs)).verdict ==
          Verdict::kAccepted);
    CHECK(stream.Jitter() == row.jitterQ0);
  }
  CHECK(stream.MakeReport(At(1080))->jitter == 17);
}

TEST_CASE("ReceiveStatisticsTest: rounds jitter as in RFC 3550 A.8", "[rtp]") {
  // With a constant |D| of 12, J rises until (J + 8) / 16 is 12: to 184 sixteenths.
  ReceiveStatistics stream(Ssrc(1), 8000);
  for (std::uint32_t i = 0; i < 500; ++i) {
    const Instant arrival(Milliseconds(20 * i) + (i % 2 == 0 ? Duration::zero() : Microseconds(1500)));
    REQUIRE(stream.OnPacket(static_cast<std::uint16_t>(i), i * 160, 1, arrival).verdict ==
            Verdict::kAccepted);
  }
  CHECK(stream.Jitter() == 11);
}

TEST_CASE("ReceiveStatisticsTest: does not count a restart with another timestamp as jitter", "[rtp]") {
  ReceiveStatistics stream(Ssrc(1), 90'000);
  for (std::uint32_t i = 0; i < 10; ++i) {
    static_cast<void>(stream.OnPacket(static_cast<std::uint16_t>(i), i * 1800, 1, At(i * 20)));
  }
  for (std::uint32_t i = 10; i < 20; ++i) {
    static_cast<void>(
        stream.OnPacket(static_cast<std::uint16_t>(i + 20'000), i * 1800 + 0x40000000, 1, At(i * 20)));
  }
  CHECK(stream.Jitter() == 0);
}

TEST_CASE("ReceiveStatisticsTest: measures no jitter for an even stream of any length across all wraps",
          "[rtp]") {
  for (const std::uint32_t clockRate : {8000U, 48'000U, 90'000U}) {
    // From zero, and from the monotonic clock of a machine after three years.
    for (const std::int64_t uptimeMs : {std::int64_t{0}, std::int64_t{3} * 365 * 24 * 3600 * 1000}) {
      ReceiveStatistics stream(Ssrc(1), clockRate);
      for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::uint32_t timestamp = 0xFFFFFF00U + i * (clockRate / 50);
        REQUIRE(stream.OnPacket(static_cast<std::uint16_t>(i), timestamp, 1, At(uptimeMs + i * 20)).verdict ==
                Verdict::kAccepted);
      }
      CHECK(stream.Jitter() == 0);
    }
  }
}

TEST_CASE("ReceiveStatisticsTest: keeps jitter within its type for hostile timestamps and clocks", "[rtp]") {
  for (const std::uint32_t clockRate : {0U, 1U, 90'000U, 0xFFFFFFFFU}) {
    ReceiveStatistics stream(Ssrc(1), clockRate);
    SeededRandom random(5);
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      const std::uint32_t timestamp = i % 2 == 0 ? 0 : 0x80000000U + (random.U32() & 1);
      const Instant now(Microseconds(static_cast<std::int64_t>(random.U32()) << (random.U32() % 20)));
      static_cast<void>(stream.OnPacket(static_cast<std::uint16_t>(i), timestamp, 1, now));
    }
    CHECK(stream.Jitter() <= 0x80000000U);
  }
}

TEST_CASE("ReceiveStatisticsTest: counts accepted packets in the bitrate", "[rtp]") {
  Source source(0);
  CHECK(source.VerdictOn(0) == Verdict::kAccepted);
  CHECK(source.VerdictOn(0) == Verdict::kDuplicate);
  CHECK(source.VerdictOn(9000) == Verdict::kProbation);
  CHECK(source.stream.Rate().Packets() == 1);
  CHECK(source.stream.Rate().Rate(At(0)).Value() == 800);
}
