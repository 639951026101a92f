#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/sctp/Association.hpp"
#include "support/MemoryMonitor.hpp"
#include "support/SimLink.hpp"

namespace ringcast::sctp {

namespace {

using test::LinkConditions;
using test::SimLink;

constexpr Instant kStart{Seconds(1000)};

// Two associations over a network with one link for each direction.
class Pair {
 public:
  explicit Pair(std::uint64_t seed = 1, const LinkConditions& conditions = {}, const Settings& settings = {})
      : random(seed),
        a(settings, random),
        b(settings, random),
        toB_(conditions, seed * 2),
        toA_(conditions, seed * 2 + 1) {}

  struct Seen {
    std::vector<State> states;
    std::vector<IncomingMessage> messages;
    std::vector<StreamsReset> resets;
    std::vector<std::uint16_t> low;
  };

  void Connect() {
    a.Connect(now);
    Exchange();
    RunUntil([&] { return a.CurrentState() == State::kConnected && b.CurrentState() == State::kConnected; },
             Seconds(200));
    REQUIRE(a.CurrentState() == State::kConnected);
    REQUIRE(b.CurrentState() == State::kConnected);
  }

  void Change(const LinkConditions& conditions) {
    toB_.Change(conditions);
    toA_.Change(conditions);
  }

  // Advances the time from event to event until the condition holds, but not longer than `limit`.
  template <typename Condition>
  bool RunUntil(Condition condition, Duration limit) {
    const auto end = now + limit;
    Exchange();
    while (!condition()) {
      auto next = Earlier(a.NextTimeout(), b.NextTimeout());
      if (!inFlight_.empty()) next = Earlier(next, inFlight_.begin()->first);
      if (!next || *next > end) {
        now = end;
        return false;
      }
      now = std::max(now, *next);
      while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
        auto packet = std::move(inFlight_.begin()->second);
        inFlight_.erase(inFlight_.begin());
        (packet.toB ? b : a).Receive(packet.bytes, now);
      }
      for (auto* side : {&a, &b}) {
        if (const auto due = side->NextTimeout(); due && *due <= now) side->OnTimeout(now);
      }
      Exchange();
    }
    return true;
  }
  void Run(Duration duration) {
    RunUntil([] { return false; }, duration);
  }

  // Sends what is due and collects the events.
  void Exchange() {
    Flush(a, toB_, true);
    Flush(b, toA_, false);
    Collect(a, seenA);
    Collect(b, seenB);
  }

  static OutgoingMessage Message(std::uint16_t stream, std::size_t size, std::uint8_t fill = 0) {
    return {.stream = stream, .ppid = 53, .payload = std::make_shared<std::vector<std::uint8_t>>(size, fill)};
  }

  Instant now = kStart;
  SeededRandom random;
  Association a, b;
  Seen seenA, seenB;
  std::size_t packets = 0;
  std::size_t largest = 0;

 private:
  struct InFlight {
    bool toB = false;
    std::vector<std::uint8_t> bytes;
  };

  void Flush(Association& from, SimLink& link, bool toB) {
    while (const auto packet = from.NextPacket(now)) {
      ++packets;
      largest = std::max(largest, packet->size());
      const auto passage = link.Pass(packet->size(), now);
      for (std::size_t i = 0; i < passage.count; ++i)
        inFlight_.emplace(passage.arrivals[i], InFlight{toB, {packet->begin(), packet->end()}});
    }
  }
  static void Collect(Association& from, Seen& seen) {
    while (auto event = from.NextEvent()) {
      if (auto* state = std::get_if<StateChanged>(&*event)) seen.states.push_back(state->state);
      if (auto* message = std::get_if<IncomingMessage>(&*event)) seen.messages.push_back(std::move(*message));
      if (auto* reset = std::get_if<StreamsReset>(&*event)) seen.resets.push_back(std::move(*reset));
      if (auto* low = std::get_if<BufferedAmountLow>(&*event)) seen.low.push_back(low->stream);
    }
  }

  SimLink toB_, toA_;
  std::multimap<Instant, InFlight> inFlight_;
};

constexpr auto kConnecting = State::kConnecting;
constexpr auto kConnected = State::kConnected;
using States = std::vector<State>;

}  // namespace

TEST_CASE("AssociationTest: connects when one side begins, or both", "[sctp]") {
  for (const bool both : {false, true}) {
    INFO(both);
    Pair pair(1, {.delay = Milliseconds(20)});
    if (both) pair.b.Connect(pair.now);
    pair.Connect();
    pair.Run(Seconds(1));
    CHECK(pair.seenA.states == States{kConnecting, kConnected});
    CHECK(pair.seenB.states == (both ? States{kConnecting, kConnected} : States{kConnected}));
    REQUIRE(pair.a.Negotiated() != nullptr);
    CHECK(pair.a.Negotiated()->outboundStreams == 65'535);
    CHECK(pair.b.Negotiated()->inboundStreams == 65'535);
    CHECK(pair.a.Negotiated()->forwardTsn);
    CHECK(pair.b.Negotiated()->reConfig);
    CHECK(pair.a.Drops().Total() + pair.b.Drops().Total() <= 2);
  }
}

TEST_CASE("AssociationTest: delivers messages of all sizes in order", "[sctp]") {
  Pair pair(1, {.delay = Milliseconds(10)});
  pair.Connect();
  const std::vector<std::size_t> sizes = {1, 3, 1000, 1159, 1160, 1163, 1164, 2000, 65'536, 262'144};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    REQUIRE(pair.a.Send(Pair::Message(7, sizes[i], static_cast<std::uint8_t>(i))) ==
            Association::SendOutcome::kQueued);
  }
  CHECK(pair.RunUntil([&] { return pair.seenB.messages.size() == sizes.size(); }, Seconds(10)));
  for (std::size_t i = 0; i < pair.seenB.messages.size(); ++i) {
    const auto& message = pair.seenB.messages[i];
    CHECK(message.stream == 7);
    CHECK(message.ppid == 53);
    CHECK(message.payload == std::vector<std::uint8_t>(sizes[i], static_cast<std::uint8_t>(i)));
  }
  CHECK(pair.largest <= 1191);
  CHECK(pair.a.Buffered(7) == 0);
}

TEST_CASE("AssociationTest: a full send buffer is reported and nothing is lost", "[sctp]") {
  Settings settings;
  settings.sendLimits = {.total = 10'000, .perStream = 6'000};
  Pair pair(1, {.delay = Milliseconds(10)}, settings);
  CHECK(pair.a.Send(Pair::Message(1, 1)) == Association::SendOutcome::kNotConnected);
  pair.Connect();
  pair.a.SetLowThreshold(1, 2'000);
  for (int i = 0; i < 6; ++i)
    REQUIRE(pair.a.Send(Pair::Message(1, 1'000)) == Association::SendOutcome::kQueued);
  CHECK(pair.a.Send(Pair::Message(1, 1)) == Association::SendOutcome::kFull);
  for (int i = 0; i < 4; ++i)
    REQUIRE(pair.a.Send(Pair::Message(2, 1'000)) == Association::SendOutcome::kQueued);
  CHECK(pair.a.Send(Pair::Message(3, 1)) == Association::SendOutcome::kFull);
  CHECK(pair.a.Buffered(1) == 6'000);
  pair.Run(Seconds(1));
  CHECK(pair.seenB.messages.size() == 10);
  CHECK(pair.a.Buffered(1) == 0);
  CHECK(pair.seenA.low == std::vector<std::uint16_t>{1, 2});  // once for each
}

TEST_CASE("AssociationTest: partial reliability loses what it may, and nothing hangs", "[sctp]") {
  for (const bool ordered : {true, false}) {
    INFO(ordered);
    Pair pair(3, {.delay = Milliseconds(25), .loss = 0.2});
    pair.Connect();
    constexpr std::size_t kMessages = 500;
    for (std::size_t i = 0; i < kMessages; ++i) {
      auto message = Pair::Message(1, 2'000, static_cast<std::uint8_t>(i));
      message.ordered = ordered;
      message.maxRetransmits = 0;
      REQUIRE(pair.a.Send(message) == Association::SendOutcome::kQueued);
    }
    // A reliable message behind them on the same stream arrives.
    auto last = Pair::Message(1, 5'000, 77);
    REQUIRE(pair.a.Send(last) == Association::SendOutcome::kQueued);
    CHECK(pair.RunUntil(
        [&] { return !pair.seenB.messages.empty() && pair.seenB.messages.back().payload == *last.payload; },
        Seconds(120)));
    const auto received = pair.seenB.messages.size();
    CHECK(received > kMessages / 4);
    CHECK(received < kMessages);
    pair.Run(Seconds(5));
    CHECK(pair.a.CurrentState() == kConnected);
  }
}

TEST_CASE("AssociationTest: messages expire", "[sctp]") {
  Pair pair(3, {.delay = Milliseconds(25), .rate = DataRate(200'000)});
  pair.Connect();
  for (int i = 0; i < 100; ++i) {
    auto message = Pair::Message(1, 5'000);
    message.expiry = pair.now + Milliseconds(500);
    REQUIRE(pair.a.Send(message) == Association::SendOutcome::kQueued);
  }
  pair.Run(Seconds(10));
  CHECK(pair.seenB.messages.size() >= 2);
  CHECK(pair.seenB.messages.size() < 30);
  CHECK(pair.a.Buffered(1) == 0);
  REQUIRE(pair.a.Send(Pair::Message(1, 10, 9)) == Association::SendOutcome::kQueued);
  pair.Run(Seconds(2));
  CHECK(pair.seenB.messages.back().payload.size() == 10);
}

TEST_CASE("AssociationTest: streams are reset and their numbers used again", "[sctp]") {
  for (const double loss : {0.0, 0.2}) {
    Pair pair(5, {.delay = Milliseconds(10), .loss = loss});
    pair.Connect();
    for (int round = 0; round < 5; ++round) {
      const auto before = pair.seenB.messages.size();
      for (int i = 0; i < 3; ++i)
        REQUIRE(pair.a.Send(Pair::Message(4, 3'000)) == Association::SendOutcome::kQueued);
      CHECK(pair.RunUntil([&] { return pair.seenB.messages.size() == before + 3; }, Seconds(60)));
      const auto resets = pair.seenB.resets.size();
      pair.a.ResetStream(4);
      CHECK(pair.a.Send(Pair::Message(4, 1)) == Association::SendOutcome::kFull);
      CHECK(pair.RunUntil([&] { return pair.seenB.resets.size() == resets + 1; }, Seconds(60)));
      CHECK(pair.seenB.resets.back().streams == std::vector<std::uint16_t>{4});
      pair.Run(Seconds(10));
    }
  }
}

TEST_CASE("AssociationTest: closes by ABORT and by the peer's silence", "[sctp]") {
  Pair pair(1, {.delay = Milliseconds(10)});
  pair.Connect();
  SECTION("ABORT") {
    pair.a.Abort();
    pair.Run(Seconds(1));
    CHECK(pair.seenA.states.back() == State::kClosed);
    CHECK(pair.seenB.states.back() == State::kClosed);
    CHECK(pair.a.Send(Pair::Message(1, 1)) == Association::SendOutcome::kNotConnected);
    // And may be connected again.
    pair.Connect();
    REQUIRE(pair.a.Send(Pair::Message(1, 1)) == Association::SendOutcome::kQueued);
    pair.Run(Seconds(1));
    CHECK(pair.seenB.messages.size() == 1);
  }
  SECTION("silence while idle") {
    auto now = pair.now;
    while (pair.a.CurrentState() == kConnected && now < pair.now + Seconds(1000)) {
      now = *pair.a.NextTimeout();
      pair.a.OnTimeout(now);
      while (pair.a.NextPacket(now)) {
      }
    }
    CHECK(pair.a.CurrentState() == State::kFailed);
    CHECK_FALSE(pair.a.NextTimeout());
  }
}

TEST_CASE("AssociationTest: gives up when INIT is not answered", "[sctp]") {
  Pair pair(1, {.loss = 1});
  pair.a.Connect(pair.now);
  pair.Run(Seconds(600));
  CHECK(pair.seenA.states == States{kConnecting, State::kFailed});
  CHECK(pair.packets == 9);
}

TEST_CASE("AssociationTest: hostile packets change nothing", "[sctp]") {
  Pair pair(1, {.delay = Milliseconds(10)});
  pair.Connect();
  const auto packet = [&](std::uint32_t tag, auto write) {
    std::vector<std::uint8_t> bytes;
    PacketWriter writer(bytes, 1191, {.sourcePort = 5000, .destinationPort = 5000, .verificationTag = tag});
    write(writer);
    writer.Finish(false);
    return bytes;
  };
  const auto drops = [&](DropReason reason) { return pair.b.Drops()[reason]; };
  const auto sack = [](PacketWriter& writer) {
    writer.Begin(ChunkType::kSack);
    for (int i = 0; i < 3; ++i) writer.U32(0);
    writer.End();
  };
  const std::uint32_t tag = pair.a.Negotiated()->tag;  // what b expects
  pair.b.Receive({}, pair.now);
  auto bad = packet(tag, sack);
  bad[8] ^= 1;
  pair.b.Receive(bad, pair.now);
  CHECK(drops(DropReason::kMalformed) == 2);
  pair.b.Receive(packet(tag + 1, sack), pair.now);
  CHECK(drops(DropReason::kWrongTag) == 1);
  pair.b.Receive(packet(tag, sack), pair.now);
  CHECK(drops(DropReason::kLyingSack) == 1);
  pair.b.Receive(packet(tag,
                        [](PacketWriter& writer) {
                          writer.Begin(ChunkType::kCookieEcho);
                          for (int i = 0; i < 12; ++i) writer.U32(7);
                          writer.End();
                        }),
                 pair.now);
  CHECK(drops(DropReason::kForgedCookie) == 1);
  pair.b.Receive(packet(tag + 1,
                        [](PacketWriter& writer) {
                          writer.Begin(ChunkType::kAbort);
                          writer.End();
                        }),
                 pair.now);
  CHECK(drops(DropReason::kWrongTag) == 2);
  // Chunks behind an INIT, or behind a COOKIE ECHO with a wrong cookie, have no valid tag.
  const auto abort = [](PacketWriter& writer) {
    writer.Begin(ChunkType::kAbort);
    writer.End();
  };
  pair.b.Receive(packet(0,
                        [&](PacketWriter& writer) {
                          writer.Begin(ChunkType::kInit);
                          writer.U32(7);
                          writer.U32(1500);
                          writer.U16(1);
                          writer.U16(1);
                          writer.U32(7);
                          writer.End();
                          abort(writer);
                        }),
                 pair.now);
  CHECK(pair.b.CurrentState() == kConnected);
  pair.b.Receive(packet(0,
                        [&](PacketWriter& writer) {
                          writer.Begin(ChunkType::kCookieEcho);
                          writer.U32(7);
                          writer.End();
                          abort(writer);
                        }),
                 pair.now);
  CHECK(pair.b.CurrentState() == kConnected);
  // A peer that has all streams reset, again and again.
  std::uint32_t request = pair.a.Negotiated() != nullptr ? pair.b.Negotiated()->initialTsn : 0;
  for (int i = 0; i < 1000; ++i, ++request) {
    pair.b.Receive(packet(tag,
                          [&](PacketWriter& writer) {
                            writer.Begin(ChunkType::kReConfig);
                            writer.BeginParameter(ParameterType::kIncomingReset);
                            writer.U32(request);
                            for (int stream = 0; stream < 500; ++stream)
                              writer.U16(static_cast<std::uint16_t>(i * 500 + stream));
                            writer.EndParameter();
                            writer.End();
                          }),
                   pair.now);
  }
  std::size_t resets = 0;
  while (pair.b.NextPacket(pair.now)) ++resets;
  CHECK(resets <= 20);
  // 1,000 INITs leave no state and at most kMaxPackets answers.
  for (std::uint32_t i = 1; i <= 1000; ++i) {
    pair.b.Receive(packet(0,
                          [i](PacketWriter& writer) {
                            writer.Begin(ChunkType::kInit);
                            writer.U32(i);
                            writer.U32(1500);
                            writer.U16(1);
                            writer.U16(1);
                            writer.U32(i);
                            writer.End();
                          }),
                   pair.now);
  }
  std::size_t answers = 0;
  while (pair.b.NextPacket(pair.now)) ++answers;
  CHECK(answers <= ControlPackets::kMaxPackets + 1);
  CHECK(pair.b.CurrentState() == kConnected);
  REQUIRE(pair.a.Send(Pair::Message(1, 100)) == Association::SendOutcome::kQueued);
  pair.Run(Seconds(1));
  CHECK(pair.seenB.messages.size() == 1);
}

namespace {

struct Network {
  const char* name;
  LinkConditions conditions;
};
const Network kNetworks[] = {
    {"clean", {.delay = Milliseconds(5)}},
    {"1 % loss", {.delay = Milliseconds(25), .loss = 0.01}},
    {"20 % loss", {.delay = Milliseconds(25), .loss = 0.2}},
    {"30 % loss", {.delay = Milliseconds(10), .loss = 0.3}},
    {"bursts", {.delay = Milliseconds(25), .goodToBad = 0.02, .badToGood = 0.5, .badLoss = 1}},
    {"reordering and duplication",
     {.delay = Milliseconds(25), .jitter = Milliseconds(10), .reorder = 0.1, .duplicate = 0.1}},
    {"a narrow link", {.delay = Milliseconds(25), .rate = DataRate(1'000'000), .queueBytes = 20'000}},
};

using Payloads = std::vector<std::vector<std::uint8_t>>;

// Sends random messages on a reliable, an unordered, a partially reliable stream, and on one that is reset in
// between. Returns false if the association gave the peer up: RFC 9260 allows that after ten timeouts, which
// a loss of 30 % each way causes once in some hundred transfers.
[[nodiscard]] bool TransferRandomly(const Network& network, std::uint64_t seed) {
  INFO(network.name << ", seed " << seed);
  constexpr std::uint16_t kReliable = 0, kUnordered = 1, kPartial = 2, kReset = 3;
  Pair pair(seed, {});
  pair.Connect();
  pair.Change(network.conditions);
  SeededRandom choice(seed);
  std::map<std::uint16_t, Payloads> sent, received;
  std::size_t reliable = 0;
  for (int i = 0; i < 80; ++i) {
    const auto stream = static_cast<std::uint16_t>(choice.U32() % 4);
    auto payload = std::make_shared<std::vector<std::uint8_t>>(1 + choice.U32() % 5'000);
    choice.Fill(*payload);
    OutgoingMessage message{.stream = stream, .ppid = 51, .payload = payload};
    message.ordered = stream != kUnordered;
    if (stream == kPartial) message.maxRetransmits = static_cast<std::uint16_t>(choice.U32() % 2);
    const auto outcome = pair.a.Send(message);
    if (outcome == Association::SendOutcome::kFull && stream == kReset) continue;  // it is being reset
    REQUIRE(outcome == Association::SendOutcome::kQueued);
    sent[stream].push_back(*payload);
    if (stream == kReliable || stream == kUnordered) ++reliable;
    if (i % 20 == 10) pair.a.ResetStream(kReset);
    if (i % 10 == 0) pair.Run(Milliseconds(20));
  }
  const auto arrived = [&] {
    return static_cast<std::size_t>(std::count_if(
        pair.seenB.messages.begin(), pair.seenB.messages.end(),
        [&](const auto& message) { return message.stream == kReliable || message.stream == kUnordered; }));
  };
  const auto gaveUp = [&] {
    return pair.a.CurrentState() == State::kFailed || pair.b.CurrentState() == State::kFailed;
  };
  CHECK(pair.RunUntil([&] { return arrived() == reliable || gaveUp(); }, Seconds(300)));
  if (gaveUp()) return false;
  pair.Run(Seconds(20));
  CHECK(arrived() == reliable);
  CHECK(pair.a.Buffered(kReliable) + pair.a.Buffered(kPartial) == 0);
  for (auto& message : pair.seenB.messages) received[message.stream].push_back(message.payload);
  CHECK((received[kReliable] == sent[kReliable]));
  auto& unordered = received[kUnordered];
  std::sort(unordered.begin(), unordered.end());
  std::sort(sent[kUnordered].begin(), sent[kUnordered].end());
  CHECK((unordered == sent[kUnordered]));
  // In order, each at most once.
  for (const auto stream : {kPartial, kReset}) {
    auto next = sent[stream].begin();
    for (const auto& payload : received[stream]) {
      next = std::find(next, sent[stream].end(), payload);
      REQUIRE((next != sent[stream].end()));
      ++next;
    }
  }
  return true;
}

// Returns how many of these transfers gave up.
std::size_t TransferOver(const Network& network, std::uint64_t firstSeed, std::uint64_t seeds) {
  std::size_t gaveUp = 0;
  for (std::uint64_t seed = firstSeed; seed < firstSeed + seeds; ++seed)
    gaveUp += TransferRandomly(network, seed) ? 0 : 1;
  return gaveUp;
}

}  // namespace

TEST_CASE("AssociationTest: delivers once and in order over bad networks", "[sctp]") {
  for (const auto& network : kNetworks) CHECK(TransferOver(network, 1, 20) == 0);
}

TEST_CASE("AssociationTest: delivers once and in order, thousands of seeds", "[.][sctp-long]") {
  for (const auto& network : kNetworks) {
    constexpr std::uint64_t kSeeds = 1000;
    const bool lossy = network.conditions.loss > 0.1 || network.conditions.goodToBad > 0;
    CHECK(TransferOver(network, 1000, kSeeds) <= (lossy ? kSeeds / 100 : 0));
  }
}

TEST_CASE("AssociationTest: an idle association takes at most 8 KiB", "[sctp]") {
  if (!test::MemoryMonitor::Available()) {
    SUCCEED("only the sanitized build counts");
    return;
  }
  SeededRandom random(1);
  const Settings settings;
  const test::MemoryMonitor memory;
  {
    std::vector<std::unique_ptr<Association>> associations;
    constexpr std::size_t kPairs = 50;
    for (std::size_t i = 0; i < kPairs; ++i) {
      auto a = std::make_unique<Association>(settings, random);
      auto b = std::make_unique<Association>(settings, random);
      a->Connect(kStart);
      for (int round = 0; round < 4; ++round) {
        while (const auto packet = a->NextPacket(kStart)) b->Receive(*packet, kStart);
        while (const auto packet = b->NextPacket(kStart)) a->Receive(*packet, kStart);
      }
      // A message in each direction, so that a stream is in use.
      for (auto* side : {a.get(), b.get()})
        REQUIRE(side->Send(Pair::Message(0, 100)) == Association::SendOutcome::kQueued);
      for (int round = 0; round < 4; ++round) {
        while (const auto packet = a->NextPacket(kStart)) b->Receive(*packet, kStart);
        while (const auto packet = b->NextPacket(kStart)) a->Receive(*packet, kStart);
      }
      for (auto* side : {a.get(), b.get()}) {
        std::size_t messages = 0;
        while (const auto event = side->NextEvent())
          messages += std::holds_alternative<IncomingMessage>(*event) ? 1 : 0;
        REQUIRE(messages == 1);
      }
      associations.push_back(std::move(a));
      associations.push_back(std::move(b));
    }
    const auto each = memory.LiveBytes() / static_cast<std::int64_t>(associations.size());
    CAPTURE(each);
    CHECK(each <= 8 * 1024);
  }
  CHECK(memory.LiveBytes() == 0);
}

TEST_CASE("AssociationTest: works wherever the first TSN lies", "[sctp]") {
  // The initial TSN is the second number that an association draws in Connect(): the seeds cover the range.
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Pair pair(seed, {.delay = Milliseconds(1)});
    pair.Connect();
    for (int i = 0; i < 70'000 && seed == 1; ++i) {
      // More messages than stream sequence numbers.
      REQUIRE(pair.a.Send(Pair::Message(1, 1, static_cast<std::uint8_t>(i))) ==
              Association::SendOutcome::kQueued);
      if (i % 1000 == 0) pair.Run(Milliseconds(100));
    }
    pair.Run(Seconds(1));
    for (std::size_t i = 0; i < pair.seenB.messages.size(); ++i)
      REQUIRE(pair.seenB.messages[i].payload[0] == static_cast<std::uint8_t>(i));
    if (seed == 1) CHECK(pair.seenB.messages.size() == 70'000);
  }
}

}  // namespace ringcast::sctp
