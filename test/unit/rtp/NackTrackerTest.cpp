#include <algorithm>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/NackTracker.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using rtp::NackTracker;
using Verdict = rtp::NackTracker::Verdict;
using Numbers = std::vector<std::int64_t>;

namespace {

constexpr Instant kStart{Seconds(1000)};
constexpr auto kMaxMissing = static_cast<std::int64_t>(NackTracker::kMaxMissing);

struct Fixture {
  Verdict Packet(std::int64_t number, bool keyFrame = false) {
    return tracker.OnPacket(number, keyFrame, false, now);
  }
  Verdict Rtx(std::int64_t number) { return tracker.OnPacket(number, false, true, now); }
  void Packets(std::int64_t from, std::int64_t to) {
    for (auto number = from; number < to; ++number) CHECK(Packet(number) == Verdict::kNew);
  }
  // Advances to the next deadline and returns the sequence numbers that are due.
  Numbers Next() {
    REQUIRE(tracker.NextTimeout());
    REQUIRE(*tracker.NextTimeout() >= now);
    now = *tracker.NextTimeout();
    return Due();
  }
  Numbers Due() {
    const auto due = tracker.OnTimeout(now);
    keyFrameWanted = due.keyFrameWanted;
    return {due.sequenceNumbers.begin(), due.sequenceNumbers.end()};
  }

  NackTracker tracker;
  Instant now = kStart;
  bool keyFrameWanted = false;
};

}  // namespace

TEST_CASE("NackTrackerTest: requests nothing and sets no deadline while packets arrive in order",
          "[rtp][nack]") {
  for (const auto start : test::kSequenceStarts) {
    Fixture f;
    f.Packets(start, start + 10);
    CHECK_FALSE(f.tracker.NextTimeout());
    f.now += Seconds(9);
    CHECK(f.Due().empty());
  }
}

TEST_CASE("NackTrackerTest: requests the packets of a gap after the reorder wait, on the grid",
          "[rtp][nack]") {
  for (const auto start : test::kSequenceStarts) {
    for (const auto late : {0, 1, 4999, 5000, 5001}) {
      Fixture f;
      f.Packet(start);
      f.now = kStart + Microseconds(late);
      f.Packet(start + 3);
      const auto due = f.tracker.NextTimeout();
      REQUIRE(due);
      CHECK(*due - f.now >= NackTracker::kMinReorderWait);
      CHECK(*due - f.now < NackTracker::kMinReorderWait + NackTracker::kGrid);
      CHECK(due->time_since_epoch() % NackTracker::kGrid == Duration::zero());
      f.now = *due - Microseconds(1);
      CHECK(f.Due().empty());
      CHECK(f.Next() == Numbers{start + 1, start + 2});
      CHECK_FALSE(f.keyFrameWanted);
    }
  }
}

TEST_CASE("NackTrackerTest: does not request reordered packets", "[rtp][nack]") {
  for (const auto start : test::kSequenceStarts) {
    Fixture f;
    f.Packet(start);
    CHECK(f.Packet(start + 2) == Verdict::kNew);
    f.now += Milliseconds(1);
    CHECK(f.Packet(start + 1) == Verdict::kReordered);
    CHECK_FALSE(f.tracker.NextTimeout());
    CHECK(f.tracker.Missing() == 0);
  }
}

TEST_CASE("NackTrackerTest: accepts each packet once, as original or as retransmission", "[rtp][nack]") {
  for (const auto start : test::kSequenceStarts) {
    Fixture f;
    f.Packet(start);
    f.Packet(start + 3);
    f.Next();
    CHECK(f.Rtx(start + 1) == Verdict::kRepaired);
    CHECK(f.Packet(start + 1) == Verdict::kDuplicate);
    CHECK(f.Packet(start + 2) == Verdict::kRepaired);  // a plain retransmission
    CHECK(f.Rtx(start + 2) == Verdict::kDuplicate);
    CHECK(f.Packet(start + 3) == Verdict::kDuplicate);
    CHECK(f.Rtx(start + 4) == Verdict::kNew);
    CHECK(f.Packet(start + 4) == Verdict::kDuplicate);
    CHECK(f.Packet(start - 1) == Verdict::kBeforeFirst);
    CHECK(f.tracker.Missing() == 0);
  }
}

TEST_CASE(
    "NackTrackerTest: repeats an unanswered request after the round trip time and a margin, within bounds",
    "[rtp][nack]") {
  struct Row {
    Duration roundTrip;
    Duration interval;
  };
  const Row rows[] = {
      {Milliseconds(0), NackTracker::kMinRetryInterval},
      {Milliseconds(10), NackTracker::kMinRetryInterval},
      {Milliseconds(60), Milliseconds(68)},
      {Milliseconds(160), Milliseconds(180)},
      {Seconds(30), NackTracker::kMaxRetryInterval},
  };
  for (const auto& row : rows) {
    CAPTURE(row.roundTrip.count());
    Fixture f;
    f.tracker.SetRoundTripTime(row.roundTrip);
    f.Packet(1);
    f.Packet(3);
    CHECK(f.Next() == Numbers{2});
    const Instant first = f.now;
    CHECK(f.Next() == Numbers{2});
    CHECK(f.now - first == row.interval);
  }
}

TEST_CASE("NackTrackerTest: gives up on a packet after ten requests or one second", "[rtp][nack]") {
  struct Row {
    Duration roundTrip;
    int tries;
  };
  for (const auto& row : {Row{Milliseconds(10), 10}, Row{Milliseconds(60), 8}, Row{Milliseconds(400), 3}}) {
    CAPTURE(row.roundTrip.count());
    Fixture f;
    f.tracker.SetRoundTripTime(row.roundTrip);
    f.Packet(1);
    f.Packet(3);
    int tries = 0;
    while (f.Next() == Numbers{2}) ++tries;
    CHECK(tries == row.tries);
    CHECK(f.now - kStart <= NackTracker::kMaxAge + NackTracker::kGrid);
    CHECK(f.keyFrameWanted);
    CHECK(f.tracker.GivenUp() == 1);
    CHECK_FALSE(f.tracker.NextTimeout());
    CHECK(f.Rtx(2) == Verdict::kTooOld);
    CHECK(f.Packet(2) == Verdict::kTooOld);
  }
}

TEST_CASE("NackTrackerTest: requests for longer than an outage of half a second at a short round trip time",
          "[rtp][nack]") {
  Fixture f;
  f.tracker.SetRoundTripTime(Milliseconds(2));
  f.Packet(1);
  f.Packet(3);
  Instant last = f.now;
  while (!f.Next().empty()) last = f.now;
  CHECK(last - kStart >= Milliseconds(450));
}

TEST_CASE("NackTrackerTest: requests no key frame for packets before a key frame", "[rtp][nack]") {
  Fixture f;
  f.Packet(1, true);
  f.Packet(3);
  f.Packet(4, true);
  f.Packet(6);
  CHECK(f.Next() == Numbers{2, 5});
  f.Rtx(5);
  while (f.Next() == Numbers{2}) CHECK_FALSE(f.keyFrameWanted);
  CHECK_FALSE(f.keyFrameWanted);
  CHECK(f.tracker.GivenUp() == 1);
}

TEST_CASE(
    "NackTrackerTest: drops the gaps before the latest key frame, then all gaps, when too many packets are "
    "missing",
    "[rtp][nack]") {
  for (const auto start : test::kSequenceStarts) {
    Fixture f;
    f.Packet(start, true);
    f.Packet(start + 501);  // 500 packets missing
    f.Packet(start + 502, true);
    f.Packet(start + 503 + 400);  // 400 more
    CHECK(f.tracker.Missing() == 900);
    SECTION("keeps the gaps after the key frame") {
      f.Packet(start + 1110);  // 206 more
      CHECK(f.tracker.Missing() == 606);
      CHECK(f.Next().front() == start + 503);
      CHECK_FALSE(f.keyFrameWanted);
      CHECK(f.tracker.GivenUp() == 500);
      CHECK(f.Rtx(start + 5) == Verdict::kTooOld);
      CHECK(f.Packet(start + 502) == Verdict::kDuplicate);
    }
    SECTION("drops all gaps and requests a key frame") {
      f.Packet(start + 2000);
      CHECK(f.tracker.Missing() == 0);
      CHECK(f.tracker.NextTimeout() == f.now);
      CHECK(f.Due().empty());
      CHECK(f.keyFrameWanted);
      CHECK_FALSE(f.tracker.NextTimeout());
      CHECK(f.tracker.GivenUp() == 900 + 2000 - 904);
      CHECK(f.Packet(start + 2001) == Verdict::kNew);
    }
    SECTION("requests no key frame when the packet after the gap is one") {
      f.Packet(start + 2000, true);
      CHECK(f.tracker.Missing() == 0);
      CHECK_FALSE(f.tracker.NextTimeout());
      CHECK(f.tracker.GivenUp() == 900 + 2000 - 904);
    }
  }
}

TEST_CASE("NackTrackerTest: tracks missing packets up to its limit", "[rtp][nack]") {
  Fixture f;
  f.Packet(0);
  f.Packet(kMaxMissing + 1);
  CHECK(f.tracker.Missing() == NackTracker::kMaxMissing);
  f.Packet(kMaxMissing + 3);
  CHECK(f.tracker.Missing() == 0);
  CHECK(f.Next().empty());
  CHECK(f.keyFrameWanted);
}

TEST_CASE(
    "NackTrackerTest: waits longer after late packets that it did not request, and less again after repairs",
    "[rtp][nack]") {
  Fixture f;
  f.tracker.SetRoundTripTime(Milliseconds(60));
  f.Packet(0);
  const auto wait = [&](std::int64_t after) {
    f.Packet(after);
    return *f.tracker.NextTimeout() - f.now;
  };
  CHECK(wait(2) <= NackTracker::kMinReorderWait + NackTracker::kGrid);
  CHECK(f.Next() == Numbers{1});
  f.now = kStart + Milliseconds(16);  // reordered by 16 ms, much earlier than a retransmission can arrive
  CHECK(f.Packet(1) == Verdict::kReordered);
  f.now = kStart + Seconds(1);
  CHECK(wait(4) == Milliseconds(20));
  f.now += Milliseconds(200);
  f.Due();
  f.now += Milliseconds(60);
  CHECK(f.Packet(3) == Verdict::kRepaired);

  for (std::int64_t number = 6; number < 400; number += 2) {
    f.now = kStart + Seconds(number);
    f.Packet(number);
    f.Next();
    CHECK(f.Rtx(number - 1) == Verdict::kRepaired);
  }
  f.now = kStart + Seconds(1000);
  CHECK(wait(400) <= NackTracker::kMinReorderWait + NackTracker::kGrid);

  f.now += Milliseconds(1);
  f.tracker.Reset();
  f.Packet(0);
  f.Packet(2);
  f.now += Milliseconds(900);
  CHECK(f.Packet(1) == Verdict::kReordered);
  f.now = kStart + Seconds(2000);
  CHECK(wait(4) == NackTracker::kMaxReorderWait);
}

TEST_CASE("NackTrackerTest: starts at the next packet after a reset", "[rtp][nack]") {
  Fixture f;
  f.Packet(70000, true);
  f.Packet(70002);
  f.tracker.Reset();
  CHECK_FALSE(f.tracker.NextTimeout());
  CHECK(f.Packet(5) == Verdict::kNew);
  CHECK(f.Packet(4) == Verdict::kBeforeFirst);
  CHECK(f.Packet(6) == Verdict::kNew);
  CHECK(f.tracker.Missing() == 0);
}

TEST_CASE("NackTrackerTest: repairs nearly all random loss without superfluous requests", "[rtp][nack]") {
  // A sender with a round trip time of 60 ms sends one packet per millisecond; 5% of packets and requests are
  // lost.
  SeededRandom random(7);
  const auto lost = [&] { return random.U32() % 20 == 0; };
  Fixture f;
  f.tracker.SetRoundTripTime(Milliseconds(60));
  std::multimap<Instant, std::int64_t> answers;
  std::map<std::int64_t, Instant> answered;  // not twice within a round trip time
  std::int64_t sent = 0, repaired = 0, asked = 0;
  int keyFrames = 0;
  for (std::int64_t ms = 0; ms < 60'000; ++ms) {
    f.now = kStart + Milliseconds(ms);
    while (!answers.empty() && answers.begin()->first <= f.now) {
      repaired += f.Rtx(answers.begin()->second) == Verdict::kRepaired ? 1 : 0;
      answers.erase(answers.begin());
    }
    if (ms == 0 || !lost()) {
      CHECK(f.Packet(ms) == Verdict::kNew);
    } else {
      ++sent;
    }
    if (!f.tracker.NextTimeout() || *f.tracker.NextTimeout() > f.now) continue;
    const Numbers due = f.Due();
    keyFrames += f.keyFrameWanted ? 1 : 0;
    asked += static_cast<std::int64_t>(due.size());
    if (lost()) continue;
    for (const auto number : due) {
      const auto before = answered.find(number);
      if (before != answered.end() && f.now - before->second < Milliseconds(60)) continue;
      answered[number] = f.now;
      if (!lost()) answers.emplace(f.now + Milliseconds(60), number);
    }
  }
  CHECK(keyFrames == 0);
  CHECK(sent - repaired < 20);  // of 3000 lost packets: those of the last moments
  // Each first request is sent twice, and 5% of them again.
  CHECK(asked < sent * 9 / 4);
}

TEST_CASE("NackTrackerTest: learns from the answers how long to wait for one", "[rtp][nack]") {
  struct Row {
    Duration answers, otherAnswers, atLeast, atMost;
  };
  const Row rows[] = {
      {Milliseconds(61), Milliseconds(61), Milliseconds(62), Milliseconds(65)},
      {Milliseconds(80), Milliseconds(80), Milliseconds(82), Milliseconds(84)},    // a slow sender
      {Milliseconds(60), Milliseconds(100), Milliseconds(100), Milliseconds(125)}  // variable delay
  };
  for (const auto& row : rows) {
    CAPTURE(row.answers.count(), row.otherAnswers.count());
    Fixture f;
    f.tracker.SetRoundTripTime(Milliseconds(60));
    std::int64_t number = 0;
    for (int i = 0; i < 40; ++i, number += 3) {
      f.now += Seconds(10);
      f.Packet(number);
      f.Packet(number + 2);
      CHECK(f.Next() == Numbers{number + 1});
      f.now += i % 2 == 0 ? row.answers : row.otherAnswers;
      CHECK(f.Rtx(number + 1) == Verdict::kRepaired);
    }
    f.Packet(number);
    f.Packet(number + 2);
    f.Next();
    const Duration wait = *f.tracker.NextTimeout() - f.now;
    CHECK(wait >= row.atLeast);
    CHECK(wait <= row.atMost);
  }
}

TEST_CASE("NackTrackerTest: sends each early request twice on a lossy path", "[rtp][nack]") {
  Fixture f;
  f.tracker.SetRoundTripTime(Milliseconds(60));
  std::int64_t number = 0;
  const auto lose = [&] {
    f.Packet(number);
    f.Packet(number + 2);
    number += 3;
    return Numbers{number - 2};
  };
  for (int i = 0; i < NackTracker::kLossyRepairs; ++i) {
    const auto gap = lose();
    CHECK(f.Next() == gap);
    CHECK(*f.tracker.NextTimeout() - f.now > Milliseconds(60));
    f.now += Milliseconds(60);
    CHECK(f.Rtx(gap.front()) == Verdict::kRepaired);
  }
  const auto gap = lose();
  CHECK(f.Next() == gap);
  const Instant first = f.now;
  CHECK(f.Next() == gap);
  CHECK(f.now - first == NackTracker::kEchoAfter);
  for (int tries = 2; tries <= NackTracker::kQuickTries; ++tries) {
    const Instant before = f.now - NackTracker::kEchoAfter;
    CHECK(f.Next() == gap);
    CHECK(f.now - before > Milliseconds(60));
    CHECK(f.now - before <= Milliseconds(70));
    const Instant said = f.now;
    CHECK(f.Next() == gap);
    CHECK(f.now - said == NackTracker::kEchoAfter);
  }
  CHECK(f.Next() == gap);
  CHECK(*f.tracker.NextTimeout() - f.now > Milliseconds(120));
  CHECK(f.Rtx(gap.front()) == Verdict::kRepaired);

  f.now += Seconds(3);
  const auto later = lose();
  CHECK(f.Next() == later);
  CHECK(*f.tracker.NextTimeout() - f.now > Milliseconds(60));
}
