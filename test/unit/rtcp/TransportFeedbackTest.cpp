#include <algorithm>
#include <string>

#include "FeedbackSupport.hpp"
#include "ringcast/base/Random.hpp"

namespace ringcast::rtcp {

using namespace samples;

namespace {

constexpr std::int64_t kReference = 256;  // ticks per unit of the reference time

struct Packet {
  std::int64_t number;
  std::int64_t tick;
};

std::vector<PacketArrival> Arrivals(const std::vector<Packet>& packets) {
  std::vector<PacketArrival> arrivals;
  arrivals.reserve(packets.size());
  for (const auto& packet : packets) arrivals.push_back({packet.number, AtTick(packet.tick)});
  return arrivals;
}

std::vector<Packet> Run(std::int64_t first, std::size_t count, std::int64_t firstTick, std::int64_t step) {
  std::vector<Packet> packets;
  for (std::size_t i = 0; i < count; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    packets.push_back({first + n, firstTick + n * step});
  }
  return packets;
}

// Writes feedback for all arrivals and returns the messages.
std::vector<Octets> WriteAll(std::int64_t base, std::span<const PacketArrival> arrivals, std::size_t room) {
  std::vector<Octets> messages;
  while (!arrivals.empty()) {
    Octets buffer(room);
    CompoundWriter writer(buffer);
    const auto count = static_cast<std::uint8_t>(messages.size());
    const auto reported = writer.AddTransportFeedback(Ssrc(1), Ssrc(2), count, base, arrivals);
    REQUIRE(reported > 0);
    base += static_cast<std::int64_t>(reported);
    while (!arrivals.empty() && arrivals.front().sequenceNumber < base) arrivals = arrivals.subspan(1);
    buffer.resize(writer.Size());
    messages.push_back(buffer);
  }
  return messages;
}

Reported ReadAll(const std::vector<Octets>& messages, std::int64_t base) {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  if (base > 0xffff) {
    for (std::int64_t i = 0; i <= base; i += 0x4000) (void)unwrapper.Unwrap(static_cast<std::uint16_t>(i));
  }
  Reported reported;
  for (const auto& message : messages) Read(Only<TransportFeedback>(message), unwrapper, reported);
  return reported;
}

Octets Feedback(const std::string& fci) {
  auto body = Hex(fci);
  auto packet = Hex("8fcd 0000 00000001 11223344");
  packet[3] = static_cast<std::uint8_t>((packet.size() + body.size()) / 4 - 1);
  return std::move(packet) + body;
}

}  // namespace

TEST_CASE("TransportFeedbackTest: writes the bytes of the draft") {
  struct Row {
    const char* what;
    std::int64_t base;
    std::vector<Packet> packets;
    std::uint8_t count;
    const char* fci;
  };
  // 14 packets at once, 8 packets 64 ms apart, 1 packet at once.
  auto runs = Run(0, 14, 0, 0);
  const auto large = Run(14, 8, 256, 256);
  runs.insert(runs.end(), large.begin(), large.end());
  runs.push_back({22, 8 * 256 + 1});
  const Row rows[] = {
      {"runs of small, of large and of small deltas", 0, runs, 0,
       "0000 0017 000000 00 200e 4008 2001 0000000000000000000000000000 "
       "0100 0100 0100 0100 0100 0100 0100 0100 01 000000"},
      {"a run of small deltas",
       1,
       {{1, 3 * kReference + 4}, {2, 3 * kReference + 8}},
       4,
       "0001 0002 000003 04 2002 04 04"},
      {"two bits: small, lost, large, negative, largest small",
       0xfffe,
       {{0xfffe, 5 * kReference + 1},
        {0x10000, 5 * kReference + 401},
        {0x10001, 5 * kReference + 397},
        {0x10002, 5 * kReference + 652}},
       7,
       "fffe 0005 000005 07 d290 01 0190 fffc ff"},
      {"one bit, filled up with zeros",
       10,
       {{10, 0}, {12, 4}, {15, 12}},
       0,
       "000a 0006 000000 00 a900 00 04 08 000000"},
      {"a run of lost ones before the first", 0, {{20, 257}}, 255, "0000 0015 000001 ff 0014 2001 01 000000"},
      {"a run of large deltas, longer than a vector of two bits",
       0,
       {{0, 0}, {1, 256}, {2, 512}, {3, 768}, {4, 1024}, {5, 1280}, {6, 1536}, {7, 1792}, {8, 1793}},
       0,
       // A small delta and six large ones, then a large and a small one.
       "0000 0009 000000 00 daaa e400 00 0100 0100 0100 0100 0100 0100 0100 01"},
      {"the reference time wraps",
       5,
       {{5, ((1 << 24) + 1) * kReference}},
       0,
       "0005 0001 000001 00 2001 00 00"},
      {"the reference time is negative in its upper half",
       5,
       {{5, (1 << 23) * kReference + 2}},
       0,
       "0005 0001 800000 00 2001 02 00"},
      {"a large step up to the last value",
       0,
       {{0, 0}, {1, 32767}},
       0,
       "0000 0002 000000 00 d800 00 7fff 000000"},
      {"a large step down to the last value",
       0,
       {{0, 33000}, {1, 232}},
       0,
       "0000 0002 000080 00 d800 e8 8000 000000"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Octets buffer(200);
    CompoundWriter writer(buffer);
    const auto arrivals = Arrivals(row.packets);
    const auto reported =
        writer.AddTransportFeedback(Ssrc(1), Ssrc(0x11223344), row.count, row.base, arrivals);
    CHECK(reported == static_cast<std::size_t>(row.packets.back().number - row.base + 1));
    buffer.resize(writer.Size());
    CHECK(buffer == Feedback(row.fci));
  }
}

TEST_CASE("TransportFeedbackTest: writes feedback that reads back at every sequence start and size") {
  SeededRandom random(7);
  const auto below = [&random](std::uint32_t limit) { return std::int64_t{random.U32() % limit}; };
  for (const std::int64_t start : {0, 1, 32767, 32768, 65534, 65535, 1'000'000}) {
    for (const std::size_t room : {std::size_t{64}, std::size_t{200}, std::size_t{1200}, std::size_t{8000}}) {
      for (int round = 0; round < 8; ++round) {
        INFO("start " << start << " room " << room << " round " << round);
        // From no loss and little jitter to gaps, reordering and pauses.
        std::vector<Packet> packets;
        std::int64_t number = start + below(4) * round;
        std::int64_t tick = 5'000'000'000 + below(1U << 24);
        const std::size_t count = 1 + static_cast<std::size_t>(below(1200));
        for (std::size_t i = 0; i < count; ++i) {
          packets.push_back({number, tick});
          number += 1 + (below(16) < round ? below(round > 6 ? 600 : 30) : 0);
          tick += below(8) - (below(16) < round ? below(200) : 0);
          if (below(64) < round) tick += below(round > 5 ? 40'000 : 300);
        }
        const auto arrivals = Arrivals(packets);
        const auto messages = WriteAll(start, arrivals, room);
        for (const auto& message : messages) CHECK(message.size() <= room);

        const auto reported = ReadAll(messages, start);
        CHECK(reported.begin()->first == start);
        CHECK(reported.rbegin()->first == packets.back().number);
        CHECK(reported.size() == static_cast<std::size_t>(packets.back().number - start + 1));
        // The reference time has 24 bits.
        CHECK(std::all_of(packets.begin(), packets.end(), [&reported](const Packet& packet) {
          const auto& status = reported.at(packet.number);
          return status && ((*status - packet.tick) & 0xffffffff) == 0;
        }));
        CHECK(packets.size() ==
              static_cast<std::size_t>(std::count_if(reported.begin(), reported.end(), [](const auto& entry) {
                return entry.second.has_value();
              })));
      }
    }
  }
}

TEST_CASE("TransportFeedbackTest: splits feedback at large deltas, full messages and long gaps") {
  struct Row {
    const char* what;
    std::vector<Packet> packets;
    std::size_t room;
    std::vector<std::size_t> statuses;  // per message
  };
  auto farApart = Run(100, 10, 0, 1);
  farApart.push_back({110, 9 + 32768});
  auto farBack = Run(100, 10, 33000, 0);
  farBack.push_back({110, 33000 - 32769});
  auto fits = Run(100, 10, 0, 1);
  fits.push_back({110, 9 + 32767});
  const Row rows[] = {
      {"more than 8191.75 ms", farApart, 1200, {10, 1}},
      {"less than -8192 ms", farBack, 1200, {10, 1}},
      {"as much as fits", fits, 1200, {11}},
      // 20 bytes of header and one chunk; each delta takes one byte of the remaining room.
      {"a run cut by the room", Run(0, 30, 0, 1), 32, {10, 10, 10}},
      {"a room that is no whole number of words", Run(0, 30, 0, 1), 35, {10, 10, 10}},
      // The header, two chunks and 8 deltas of one byte fill the room of the first message.
      {"vectors cut by the room",
       {{0, 0}, {2, 0}, {4, 0}, {6, 0}, {8, 0}, {10, 0}, {12, 0}, {14, 0}, {16, 0}, {18, 0}},
       32,
       {16, 3}},
      {"a gap of the longest message", {{0, 0}, {8191, 1}}, 1200, {8192}},
      {"1,500 of the smallest deltas", Run(0, 1500, 0, 0), 1200, {1178, 322}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const auto arrivals = Arrivals(row.packets);
    const auto messages = WriteAll(row.packets.front().number, arrivals, row.room);
    std::vector<std::size_t> statuses;
    for (const auto& message : messages) statuses.push_back(Only<TransportFeedback>(message).statusCount);
    CHECK(statuses == row.statuses);
    for (std::size_t i = 0; i < messages.size(); ++i)
      CHECK(Only<TransportFeedback>(messages[i]).feedbackCount == i);
  }
}

TEST_CASE("TransportFeedbackTest: writes nothing when feedback does not fit") {
  Octets buffer(200);
  const auto add = [&buffer](std::size_t room, const std::vector<Packet>& packets) {
    CompoundWriter writer(MutableBytes(buffer).first(room));
    const auto reported = writer.AddTransportFeedback(Ssrc(1), Ssrc(2), 0, 0, Arrivals(packets));
    CHECK(writer.Empty() == (reported == 0));
    return reported;
  };
  for (std::size_t room = 0; room < 24; ++room) CHECK(add(room, {{0, 0}}) == 0);
  CHECK(add(24, {{0, 0}}) == 1);
  CHECK(add(200, {}) == 0);
  CHECK(add(200, {{8192, 0}}) == 0);
  CHECK(add(200, {{8191, 0}}) == 8192);
}

TEST_CASE("TransportFeedbackTest: appends feedback to a compound") {
  Octets buffer(64);
  CompoundWriter writer(buffer);
  REQUIRE(writer.AddReceiverReport(Ssrc(1), {}));
  CHECK(writer.AddTransportFeedback(Ssrc(1), Ssrc(2), 0, 7, Arrivals({{7, 0}})) == 1);
  const auto walk = WalkThrough(ByteView(buffer).first(writer.Size()));
  CHECK(walk.messages == 2);
  CHECK_FALSE(walk.malformed);
}

TEST_CASE("TransportFeedbackTest: reads statuses from every kind of chunk") {
  struct Row {
    const char* what;
    const char* fci;
    const char* statuses;
    std::int64_t ticks;  // of the last packet, relative to the reference time
  };
  const Row rows[] = {
      {"no status", "0001 0000 000000 00", "", 0},
      {"a run of small deltas", "0001 0003 000000 00 2003 01 02 03 000000", "+++", 6},
      {"a run of lost ones, longer than it need be", "0001 0003 000000 00 1fff 0000", "---", 0},
      {"a run of large deltas", "0001 0002 000000 00 4002 ffff 0003 0000", "++", 2},
      {"an empty run before it", "0001 0001 000000 00 0000 2001 05 000000", "+", 5},
      {"one bit", "0001 000e 000000 00 a001 01 02", "+------------+", 3},
      {"two bits", "0001 0007 000000 00 d242 05 8000 01 0002", "+-++--+", -32760},
      {"two chunks", "0001 0009 000000 00 0007 e400 00ff 01 00", "-------++", 256},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const auto packet = Feedback(row.fci);
    PacketStatuses walk(Only<TransportFeedback>(packet));
    std::string statuses;
    std::int64_t ticks = 0;
    while (const auto status = walk.Next()) {
      CHECK(status->sequenceNumber == 1 + statuses.size());
      ticks += status->delta / Microseconds(250);
      statuses += status->received ? '+' : '-';
    }
    CHECK_FALSE(walk.Next());
    CHECK(statuses == row.statuses);
    CHECK(ticks == row.ticks);
  }
}

TEST_CASE("TransportFeedbackTest: rejects contradictory feedback") {
  struct Row {
    const char* what;
    const char* fci;
  };
  const Row rows[] = {
      {"no fixed part", "0001 0001"},
      {"no chunk", "0001 0001 000000 00"},
      {"a chunk too few", "0001 000f 000000 00 8000 0000"},
      {"a delta too few", "0001 0003 000000 00 2003 0101"},
      {"a delta too few behind a vector", "0001 0002 000000 00 e400 0000"},
      {"a run of the reserved status", "0001 0001 000000 00 6001 0000"},
      {"a vector with the reserved status", "0001 0001 000000 00 f000 0000"},
      {"nothing but empty runs", "0001 0001 000000 00 0000 0000"},
      {"more than anyone keeps", "0001 2001 000000 00 1fff 1fff"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const auto walk = WalkThrough(Feedback(row.fci));
    CHECK(walk.messages == 0);
    CHECK(walk.malformed);
  }
  CHECK_FALSE(WalkThrough(Feedback("0001 2000 000000 00 1fff 0001")).malformed);
}

}  // namespace ringcast::rtcp
