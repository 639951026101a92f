#include <map>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtp/SequenceRewriter.hpp"
#include "unit/rtp/PacketBuilder.hpp"

using namespace ringcast;
using rtp::SequenceRewriter;
using rtp::TimestampRewriter;

namespace {

enum class Deed { kMap, kSkip, kResync };
constexpr std::int64_t kNone = -1'000'000;

struct Step {
  Deed deed;
  std::int64_t input = 0;       // relative to the first input
  std::int64_t output = kNone;  // relative to the first output; kNone: the packet must not be sent
};

constexpr Step Map(std::int64_t input, std::int64_t output) { return {Deed::kMap, input, output}; }
constexpr Step Refused(std::int64_t input) { return {Deed::kMap, input, kNone}; }
// `hole` is the output number that stays unused.
constexpr Step Skip(std::int64_t input, std::int64_t hole = kNone) { return {Deed::kSkip, input, hole}; }
constexpr Step Resync() { return {Deed::kResync}; }

struct Row {
  const char* what;
  std::vector<Step> steps;
};

void Run(const Row& row, std::int64_t firstInput, std::int64_t firstOutput) {
  CAPTURE(row.what, firstInput, firstOutput);
  SequenceRewriter rewriter(firstOutput);
  CHECK(rewriter.NeedsSync());
  for (std::size_t i = 0; i < row.steps.size(); ++i) {
    const Step& step = row.steps[i];
    CAPTURE(i);
    switch (step.deed) {
      case Deed::kMap: {
        const auto output = rewriter.Map(firstInput + step.input);
        CHECK_FALSE(rewriter.NeedsSync());
        REQUIRE(output.has_value() == (step.output != kNone));
        if (output) CHECK(*output == firstOutput + step.output);
        break;
      }
      case Deed::kSkip: {
        const auto hole = rewriter.Skip(firstInput + step.input);
        REQUIRE(hole.has_value() == (step.output != kNone));
        if (hole) CHECK(*hole == firstOutput + step.output);
        break;
      }
      case Deed::kResync:
        rewriter.Resync();
        CHECK(rewriter.NeedsSync());
    }
  }
}

}  // namespace

TEST_CASE("SequenceRewriterTest: adds no gap to those of the input", "[rtp]") {
  const Row rows[] = {
      {"in order", {Map(0, 0), Map(1, 1), Map(2, 2)}},
      {"a hole of the input stays, and is filled by late packets",
       {Map(0, 0), Map(4, 4), Map(2, 2), Map(1, 1), Map(3, 3), Map(5, 5)}},
      {"a skipped packet closes up", {Map(0, 0), Skip(1), Map(2, 1), Skip(3), Skip(4), Map(5, 2)}},
      {"a skipped packet never maps", {Map(0, 0), Skip(1), Refused(1), Map(2, 1), Refused(1), Map(3, 2)}},
      {"skipping twice closes up once", {Map(0, 0), Skip(1), Skip(1), Map(2, 1), Skip(1), Map(3, 2)}},
      {"late packets before a skip keep their place",
       {Map(0, 0), Skip(3), Map(4, 3), Map(1, 1), Map(2, 2), Map(5, 4)}},
      {"late packets between skips",
       {Map(0, 0), Skip(2), Skip(5), Map(8, 6), Map(1, 1), Map(3, 2), Map(4, 3), Map(6, 4), Map(7, 5),
        Refused(2)}},
      {"a late skip leaves its hole and is not sent",
       {Map(0, 0), Map(2, 2), Skip(1, 1), Skip(1), Refused(1), Map(3, 3)}},
      {"a late skip closes up as long as nothing went out behind it",
       {Map(0, 0), Skip(2), Skip(1), Map(3, 1), Skip(6), Skip(5), Skip(5), Map(4, 2), Map(7, 3)}},
      {"a late skip with what went out on both sides",
       {Map(0, 0), Skip(5), Map(3, 3), Skip(1, 1), Skip(4), Map(6, 4), Map(2, 2), Refused(4), Refused(1)}},
      {"skipping what was sent changes nothing behind it", {Map(0, 0), Map(1, 1), Skip(1, 1), Map(2, 2)}},
      {"a pause closes up", {Map(0, 0), Map(1, 1), Resync(), Map(50, 2), Map(51, 3)}},
      {"packets of before a resynchronisation are too old",
       {Map(0, 0), Resync(), Map(50, 1), Refused(49), Refused(0), Map(52, 3), Map(51, 2)}},
      {"a source that counts from lower",
       {Map(1000, 0), Map(1001, 1), Resync(), Map(3, 2), Map(4, 3), Refused(2)}},
      {"behind the highest, not the last, that went out",
       {Map(0, 0), Map(5, 5), Map(1, 1), Resync(), Map(9, 6)}},
      {"a skip before a resynchronisation takes no number", {Map(0, 0), Skip(1), Resync(), Map(2, 1)}},
      {"skips while not synchronised have no effect",
       {Skip(7), Map(0, 0), Map(7, 7), Resync(), Skip(20), Map(20, 8)}},
      {"two resynchronisations are one", {Map(0, 0), Resync(), Resync(), Map(9, 1)}},
      {"skips before the synchronisation point", {Map(10, 0), Skip(9), Skip(3), Map(11, 1), Refused(9)}},
  };
  for (const auto firstInput : test::kSequenceStarts) {
    for (const auto firstOutput : test::kSequenceStarts) {
      for (const auto& row : rows) Run(row, firstInput, firstOutput);
    }
  }
}

TEST_CASE("SequenceRewriterTest: maps late packets within the window only", "[rtp]") {
  constexpr auto kWindow = SequenceRewriter::kWindow;
  for (const auto start : test::kSequenceStarts) {
    SequenceRewriter rewriter(start);
    REQUIRE(rewriter.Map(start) == start);
    REQUIRE(rewriter.Map(start + 2 * kWindow) == start + 2 * kWindow);
    CHECK(rewriter.Map(start + kWindow + 1) == start + kWindow + 1);
    CHECK_FALSE(rewriter.Map(start + kWindow));
    CHECK_FALSE(rewriter.Map(start));
    rewriter.Skip(start + kWindow);
    CHECK(rewriter.Map(start + 2 * kWindow + 1) == start + 2 * kWindow + 1);
  }
}

TEST_CASE("SequenceRewriterTest: remembers any number of skips in the window", "[rtp]") {
  constexpr auto kWindow = SequenceRewriter::kWindow;
  for (const auto start : test::kSequenceStarts) {
    // Every second packet is dropped; one in eight of the others arrives at the end of the window.
    SequenceRewriter rewriter(start);
    for (std::int64_t i = 0; i < kWindow - 1; ++i) {
      if (i % 2 == 1) {
        rewriter.Skip(start + i);
      } else if (i % 8 != 4) {
        REQUIRE(rewriter.Map(start + i) == start + i / 2);
      }
    }
    for (std::int64_t i = 4; i < kWindow - 1; i += 8) REQUIRE(rewriter.Map(start + i) == start + i / 2);
    for (std::int64_t i = 1; i < kWindow - 1; i += 2) REQUIRE_FALSE(rewriter.Map(start + i));
    CHECK(rewriter.Map(start + kWindow - 1) == start + (kWindow - 1 + 1) / 2);
  }
}

TEST_CASE("SequenceRewriterTest: keeps the offset of skips across a jump longer than the window", "[rtp]") {
  for (const std::int64_t jump : {511, 512, 513, 3000}) {
    SequenceRewriter rewriter(0);
    REQUIRE(rewriter.Map(0) == 0);
    for (std::int64_t i = 1; i <= 10; ++i) rewriter.Skip(i);
    CHECK(rewriter.Map(10 + jump) == jump);
    CHECK(rewriter.Map(11 + jump) == jump + 1);
    CHECK(rewriter.Map(9 + jump) == jump - 1);
  }
}

TEST_CASE("SequenceRewriterTest: limits a gap to what a receiver can unwrap", "[rtp]") {
  constexpr auto kMaxGap = SequenceRewriter::kMaxGap;
  SECTION("in one step") {
    SequenceRewriter rewriter(100);
    REQUIRE(rewriter.Map(0) == 100);
    CHECK(rewriter.Map(kMaxGap + 1) == 100 + kMaxGap + 1);
    CHECK(rewriter.Map(40'000 + kMaxGap) == 100 + 2 * (kMaxGap + 1));
    CHECK(rewriter.Map(40'001 + kMaxGap) == 101 + 2 * (kMaxGap + 1));
  }
  SECTION("in steps of packets that are dropped") {
    SequenceRewriter rewriter(100);
    REQUIRE(rewriter.Map(0) == 100);
    static_cast<void>(rewriter.Skip(20'000));
    static_cast<void>(rewriter.Skip(40'000));
    // Late, but the first one that is mapped behind the gap.
    CHECK(rewriter.Map(39'990) == 101 + kMaxGap);
    CHECK(rewriter.Map(39'980) == 101 + kMaxGap - 10);
    CHECK(rewriter.Map(39'991) == 101 + kMaxGap + 1);
    CHECK(rewriter.Map(40'001) == 101 + kMaxGap + 10);
    CHECK_FALSE(rewriter.Map(0));
  }
}

TEST_CASE("SequenceRewriterTest: follows its model over many random steps", "[rtp]") {
  const std::uint64_t seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 5, 6);
  const auto start = test::kSequenceStarts[seed % std::size(test::kSequenceStarts)];
  CAPTURE(seed, start);
  SeededRandom random(seed);
  SequenceRewriter rewriter(start);

  // The model, with sets that keep everything: the output is the distance of the input from the
  // synchronization point, less the skipped inputs in between that left no hole.
  bool synced = false;
  std::int64_t sync = 0, syncOutput = 0, highest = 0, highestMapped = 0, nextOutput = start;
  std::set<std::int64_t> closed, skipped;
  std::map<std::int64_t, std::int64_t> inputOf;  // the input of each output since the synchronization
  std::set<std::int64_t> allOutputs;

  for (int step = 0; step < 30'000; ++step) {
    const std::uint32_t dice = random.U32() % 1000;
    if (dice == 0) {
      rewriter.Resync();
      synced = false;
      continue;
    }
    const std::int64_t from = synced ? highest : static_cast<std::int64_t>(random.U32() % 100'000);
    const std::int64_t distances[] = {1,
                                      1,
                                      1,
                                      1 + random.U32() % 4,
                                      -static_cast<std::int64_t>(random.U32() % 40),
                                      -static_cast<std::int64_t>(random.U32() % 700),
                                      random.U32() % 700};
    const std::int64_t input = from + distances[random.U32() % std::size(distances)];
    const bool tooOld = synced && (input < sync || input <= highest - SequenceRewriter::kWindow);

    if (dice < 300) {
      const auto hole = rewriter.Skip(input);
      const bool leavesHole = synced && !tooOld && input <= highestMapped && skipped.count(input) == 0;
      REQUIRE(hole.has_value() == leavesHole);
      if (!synced || tooOld) continue;
      if (hole) {
        REQUIRE(*hole ==
                syncOutput + (input - sync) - std::distance(closed.begin(), closed.lower_bound(input)));
      }
      if (input > highestMapped && skipped.count(input) == 0) closed.insert(input);
      skipped.insert(input);
      highest = std::max(highest, input);
      continue;
    }

    if (!synced) {
      synced = true;
      sync = input;
      highest = highestMapped = input;
      syncOutput = nextOutput;
      closed.clear();
      skipped.clear();
      inputOf.clear();
    }
    const auto output = rewriter.Map(input);
    if (tooOld || skipped.count(input) != 0) {
      REQUIRE_FALSE(output);
      continue;
    }
    highest = std::max(highest, input);
    highestMapped = std::max(highestMapped, input);
    REQUIRE(output);
    REQUIRE(*output ==
            syncOutput + (input - sync) - std::distance(closed.begin(), closed.lower_bound(input)));
    // Each output number belongs to one input, across all synchronizations.
    const auto [place, isNew] = inputOf.emplace(*output, input);
    REQUIRE(place->second == input);
    if (isNew) REQUIRE(allOutputs.insert(*output).second);
    nextOutput = std::max(nextOutput, *output + 1);
  }
  CHECK(allOutputs.size() > 5000);
}

TEST_CASE("SequenceRewriterTest: continues timestamps from the chosen one at a change of source", "[rtp]") {
  TimestampRewriter rewriter;
  CHECK(rewriter.Map(123) == 123);
  rewriter.Sync(1000, 5000);
  CHECK(rewriter.Map(1000) == 5000);
  CHECK(rewriter.Map(4000) == 8000);
  rewriter.Sync(0xFFFFFFF0, 0x10);
  CHECK(rewriter.Map(0xFFFFFFF0) == 0x10);
  CHECK(rewriter.Map(0x10) == 0x30);
  CHECK(rewriter.Map(0xFFFFFFE0) == 0);
  rewriter.Sync(0x10, 0xFFFFFFFF);
  CHECK(rewriter.Map(0x11) == 0);
}

TEST_CASE(
    "SequenceRewriterTest: squeezes the timestamps of an overlapping encoding until its frames catch up",
    "[rtp]") {
  constexpr std::uint32_t kFrame = 3000;
  struct Row {
    std::uint32_t input;
    std::uint32_t last;
    std::int32_t ahead;  // capture time of the first frame, relative to the last sent frame
    int squeezed;        // number of frames whose timestamp differs from their capture time
  };
  for (const auto& row :
       {Row{50'000, 100'000, 1, 0}, Row{50'000, 100'000, 3000, 0}, Row{50'000, 100'000, 0, 1},
        Row{50'000, 100'000, -9000, 4}, Row{50'000, 100'000, -90'000, 33}, Row{0xFFFFF000, 100'000, -9000, 4},
        Row{50'000, 1000, -9000, 4}, Row{50'000, 0xFFFFFFFF, -9000, 4}, Row{50'000, 0x80001000, -9000, 4}}) {
    CAPTURE(row.input, row.last, row.ahead);
    const std::uint32_t output = row.last + static_cast<std::uint32_t>(row.ahead);
    TimestampRewriter rewriter;
    rewriter.SyncOverlapping(row.input, output, row.last);
    std::uint32_t before = row.last;
    int squeezed = 0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const auto mapped = rewriter.MapFrame(row.input + kFrame * i);
      CHECK(static_cast<std::int32_t>(mapped - before) > 0);
      before = mapped;
      // Map(), for sender reports, returns the timestamp of the capture time.
      CHECK(rewriter.Map(row.input + kFrame * i) == output + kFrame * i);
      if (mapped == output + kFrame * i) continue;
      ++squeezed;
      CHECK(squeezed == static_cast<int>(i) + 1);
    }
    CHECK(squeezed == row.squeezed);
  }
}

TEST_CASE("SequenceRewriterTest: gives late packets of a squeezed frame its timestamp", "[rtp]") {
  constexpr std::uint32_t kFrame = 3000;
  TimestampRewriter rewriter;
  rewriter.SyncOverlapping(0, 100'000 - 9000, 100'000);
  const auto first = rewriter.MapFrame(0);
  const auto third = rewriter.MapFrame(2 * kFrame);
  const auto second = rewriter.MapFrame(kFrame);
  CHECK(first > 100'000);
  CHECK(second > first);
  CHECK(third > second);
  for (std::uint32_t i = 3; i < 60; ++i) static_cast<void>(rewriter.MapFrame(kFrame * i));
  CHECK(rewriter.MapFrame(0) == first);
  CHECK(rewriter.MapFrame(kFrame) == second);
  CHECK(rewriter.MapFrame(2 * kFrame) == third);
}

TEST_CASE("SequenceRewriterTest: changes no timestamps once the encoding has caught up", "[rtp]") {
  TimestampRewriter rewriter;
  rewriter.SyncOverlapping(0, 91'000, 100'000);
  // More than a day: the clock wraps twice.
  for (std::uint64_t input = 3000 * 4; input < 0x2'4000'0000; input += 90'000) {
    const auto wrapped = static_cast<std::uint32_t>(input);
    REQUIRE(rewriter.MapFrame(wrapped) == wrapped + 91'000);
  }
}
