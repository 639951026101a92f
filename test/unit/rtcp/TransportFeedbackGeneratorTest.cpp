#include <algorithm>
#include <utility>
#include <vector>

#include "FeedbackSupport.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/rtcp/TransportFeedbackGenerator.hpp"

namespace ringcast::rtcp {

using namespace samples;
using Verdict = TransportFeedbackGenerator::Verdict;

namespace {

constexpr Instant kStart(Seconds(1000));

struct Fixture {
  // Returns the messages of the report that is due, or an empty list if no report is due.
  std::vector<TransportFeedback> Report(Instant now) {
    std::vector<TransportFeedback> messages;
    if (!recorder.OnTimeout(now)) return messages;
    while (true) {
      auto& buffer = buffers.emplace_back(1200);
      CompoundWriter writer(buffer);
      if (!recorder.AddReport(writer, Ssrc(1), Ssrc(2))) return messages;
      buffer.resize(writer.Size());
      messages.push_back(Only<TransportFeedback>(buffer));
    }
  }
  // Returns the reported status of each packet.
  Reported ReportedAt(Instant now) {
    Reported reported;
    for (const auto& message : Report(now)) Read(message, unwrapper, reported);
    return reported;
  }
  Verdict Note(std::uint16_t number, Duration after) { return recorder.OnPacket(number, kStart + after); }

  TransportFeedbackGenerator recorder;
  std::vector<Octets> buffers;
  SequenceUnwrapper<std::uint16_t> unwrapper;
};

}  // namespace

TEST_CASE("TransportFeedbackGeneratorTest: is due at the next multiple of the interval after a packet") {
  Fixture f;
  CHECK_FALSE(f.recorder.NextTimeout());
  CHECK(f.Report(kStart + Seconds(9)).empty());
  f.Note(7, Milliseconds(30));
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(100));
  f.Note(8, Milliseconds(99));
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(100));
  CHECK(f.Report(kStart + Milliseconds(99)).empty());
  CHECK(f.Report(kStart + Milliseconds(100)).size() == 1);
  CHECK_FALSE(f.recorder.NextTimeout());
  CHECK(f.Report(kStart + Milliseconds(200)).empty());
  f.Note(9, Milliseconds(200));
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(300));
}

TEST_CASE("TransportFeedbackGeneratorTest: reports each arrival once, from where the last report ended") {
  for (const unsigned start : {0U, 1U, 32767U, 32768U, 65534U, 65535U}) {
    INFO(start);
    Fixture f;
    const auto at = [start](unsigned i) { return static_cast<std::uint16_t>(start + i); };
    f.Note(at(0), Microseconds(500));
    f.Note(at(1), Microseconds(1000));
    f.Note(at(3), Microseconds(1499));
    auto messages = f.Report(kStart + Milliseconds(100));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].baseSequenceNumber == at(0));
    CHECK(messages[0].statusCount == 4);
    CHECK(messages[0].feedbackCount == 0);
    Reported reported;
    Read(messages[0], f.unwrapper, reported);
    const std::int64_t first = start;
    const auto zero = Ticks(kStart);
    CHECK(
        reported ==
        Reported{{first, zero + 2}, {first + 1, zero + 4}, {first + 2, std::nullopt}, {first + 3, zero + 5}});

    // The second report covers a packet that was lost between the two reports.
    f.Note(at(6), Milliseconds(110));
    messages = f.Report(kStart + Milliseconds(200));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].baseSequenceNumber == at(4));
    CHECK(messages[0].statusCount == 3);
    CHECK(messages[0].feedbackCount == 1);
  }
}

TEST_CASE("TransportFeedbackGeneratorTest: wraps the message count") {
  Fixture f;
  for (unsigned i = 0; i < 300; ++i) {
    f.Note(static_cast<std::uint16_t>(i), Milliseconds(100 * i + 1));
    const auto messages = f.Report(kStart + Milliseconds(100 * i + 100));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].feedbackCount == (i & 0xff));
  }
}

TEST_CASE("TransportFeedbackGeneratorTest: repeats arrivals from the late packet on when a packet is late") {
  Fixture f;
  for (const unsigned i : {0U, 1U, 3U, 4U}) f.Note(static_cast<std::uint16_t>(i), Milliseconds(i));
  CHECK(f.ReportedAt(kStart + Milliseconds(100)).at(2) == std::nullopt);
  CHECK(f.Note(2, Milliseconds(120)) == Verdict::kNoted);
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(200));
  const auto reported = f.ReportedAt(kStart + Milliseconds(200));
  const auto zero = Ticks(kStart);
  CHECK(reported == Reported{{2, zero + 480}, {3, zero + 12}, {4, zero + 16}});
}

TEST_CASE("TransportFeedbackGeneratorTest: ignores duplicates") {
  Fixture f;
  f.Note(5, Milliseconds(1));
  f.Note(6, Milliseconds(1));
  CHECK(f.Note(5, Milliseconds(50)) == Verdict::kDuplicate);
  CHECK(f.ReportedAt(kStart + Milliseconds(100)).at(5) == Ticks(kStart) + 4);
  CHECK(f.Note(6, Milliseconds(150)) == Verdict::kDuplicate);
  CHECK_FALSE(f.recorder.NextTimeout());
}

TEST_CASE("TransportFeedbackGeneratorTest: reports late packets within its history only") {
  struct Row {
    Duration late;
    Verdict verdict;
  };
  const Row rows[] = {
      {Milliseconds(300), Verdict::kNoted},
      {Milliseconds(500), Verdict::kNoted},
      {Milliseconds(700), Verdict::kTooOld},
  };
  for (const auto& row : rows) {
    INFO(row.late.count());
    Fixture f;
    // One packet every 10 ms; packet 1 is missing.
    std::uint16_t number = 0;
    for (Duration passed{}; passed <= row.late; passed += Milliseconds(10)) {
      if (number != 1) f.Note(number, passed);
      ++number;
      (void)f.Report(kStart + passed);
    }
    CHECK(f.Note(1, row.late) == row.verdict);
  }
}

TEST_CASE("TransportFeedbackGeneratorTest: reports nothing before the first packet") {
  Fixture f;
  f.Note(100, Milliseconds(1));
  CHECK(f.Note(99, Milliseconds(2)) == Verdict::kTooOld);
  CHECK(f.ReportedAt(kStart + Milliseconds(100)).size() == 1);
}

TEST_CASE("TransportFeedbackGeneratorTest: follows a restarted sender when its history is out of date") {
  Fixture f;
  f.Note(3000, Milliseconds(0));
  CHECK(f.Note(0, Milliseconds(500)) == Verdict::kTooOld);
  CHECK(f.Note(1, Milliseconds(501)) == Verdict::kNoted);
  CHECK(f.Note(2, Milliseconds(502)) == Verdict::kNoted);
  CHECK(f.ReportedAt(kStart + Milliseconds(600)) ==
        Reported{{1, Ticks(kStart) + 2004}, {2, Ticks(kStart) + 2008}});
}

TEST_CASE(
    "TransportFeedbackGeneratorTest: starts again after a gap as long as its history, and reports shorter "
    "gaps as lost") {
  Fixture f;
  f.Note(0, Milliseconds(0));
  f.Note(4096, Milliseconds(1));
  // Packet 0 has left the window, and all packets in between were lost.
  auto reported = f.ReportedAt(kStart + Milliseconds(100));
  CHECK(reported.size() == 4096);
  CHECK(reported.begin()->first == 1);

  f.Note(4096 + 4097, Milliseconds(101));
  reported = f.ReportedAt(kStart + Milliseconds(200));
  CHECK(reported == Reported{{4096 + 4097, Ticks(kStart) + 404}});
}

TEST_CASE("TransportFeedbackGeneratorTest: reports early and in several messages after many packets") {
  Fixture f;
  for (std::uint16_t i = 0; i + 1U < TransportFeedbackGenerator::kEarlyPackets; ++i)
    f.Note(i, Microseconds(1 + i));
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(100));
  f.Note(TransportFeedbackGenerator::kEarlyPackets - 1, Milliseconds(2));
  CHECK(f.recorder.NextTimeout() == kStart + Milliseconds(2));
  CHECK(f.ReportedAt(kStart + Milliseconds(2)).size() == TransportFeedbackGenerator::kEarlyPackets);

  // An overdue report drops the oldest packets.
  for (std::uint16_t i = 0; i < 10'000; ++i)
    f.Note(static_cast<std::uint16_t>(1024 + i), Milliseconds(3 + i % 2 * 60));
  const auto reported = f.ReportedAt(kStart + Milliseconds(90));
  CHECK(reported.size() == TransportFeedbackGenerator::kMaxPackets);
  CHECK(reported.rbegin()->first == 1024 + 9'999);
  CHECK(std::all_of(reported.begin(), reported.end(),
                    [](const auto& entry) { return entry.second.has_value(); }));
}

TEST_CASE(
    "TransportFeedbackGeneratorTest: reports each packet correctly over a minute of loss, reordering and "
    "duplicates") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    Fixture f;
    Reported reported, truth;
    std::vector<std::pair<Duration, std::int64_t>> onTheWay;
    for (std::int64_t i = 0; i < 30'000; ++i) {
      if (random.U32() % 20 == 0) continue;
      const auto sent = Milliseconds(2 * i);
      const bool late = random.U32() % 50 == 0;
      onTheWay.emplace_back(sent + Microseconds(random.U32() % (late ? 200'000 : 4'000)), i + 65'000);
      if (random.U32() % 100 == 0) onTheWay.emplace_back(sent + Milliseconds(random.U32() % 300), i + 65'000);
    }
    std::sort(onTheWay.begin(), onTheWay.end());
    const auto collect = [&f, &reported](Instant now) {
      for (const auto& message : f.Report(now)) Read(message, f.unwrapper, reported);
      f.buffers.clear();
    };
    for (const auto& [after, number] : onTheWay) {
      const Instant arrival = kStart + after;
      while (f.recorder.NextTimeout() && *f.recorder.NextTimeout() <= arrival)
        collect(*f.recorder.NextTimeout());
      if (f.recorder.OnPacket(static_cast<std::uint16_t>(number), arrival) == Verdict::kNoted)
        truth[number] = Ticks(arrival);
    }
    collect(kStart + Seconds(3600));
    std::size_t received = 0;
    std::size_t wrong = 0;
    for (const auto& [number, ticks] : reported) {
      const auto found = truth.find(number);
      if (ticks != (found == truth.end() ? std::nullopt : found->second)) ++wrong;
      if (ticks) ++received;
    }
    CHECK(wrong == 0);
    CHECK(received == truth.size());
    CHECK(received > 28'000);
  }
}

}  // namespace ringcast::rtcp
