#include <cstdint>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/SimNetwork.hpp"
#include "support/SimOutputMonitor.hpp"
#include "support/SimReceiver.hpp"
#include "support/SimVideoSource.hpp"

namespace ringcast::test {

namespace {

constexpr Instant kStart = Instant(Seconds(1000));
constexpr Duration kTick = Milliseconds(5);

// A source, a receiver of one of its encodings and a path between them, without a worker: these tests check
// the simulation itself.
struct Line {
  Line(const SimVideoSettings& settings, const LinkConditions& conditions, std::uint64_t seed = 3)
      : source(settings, WallClock(), kStart, seed),
        receiver(
            {.codec = settings.structure == SimStructure::kVp8Simulcast ? SimCodec::kVp8 : SimCodec::kVp9,
             .ssrc = settings.firstSsrc,
             .rtxSsrc = settings.firstSsrc + SimVideoSettings::kRtxOffset}),
        network(seed),
        down(network.AddLink(conditions)),
        up(network.AddLink(conditions)) {}

  void Run(Duration duration) {
    std::vector<std::vector<std::uint8_t>> out;
    const auto send = [&](SimNetwork::LinkId link) {
      for (const auto& datagram : out) network.Send(link, datagram, now);
      out.clear();
    };
    const auto end = now + duration;
    while (now < end) {
      if (source.NextTimeout() <= now) {
        source.OnTimeout(now, out);
        if (drop) std::erase_if(out, drop);
        send(down);
      }
      while (const auto arrival = network.Receive(now)) {
        if (arrival->link == up) {
          source.OnRtcp(arrival->datagram, now, out);
          send(down);
        } else if (net::Classify(arrival->datagram) == net::PacketProtocol::kRtp) {
          receiver.OnRtp(*RtpView::Parse(arrival->datagram), now);
        }
      }
      receiver.OnTimeout(now, out);
      send(up);
      now += kTick;
    }
  }

  Instant now = kStart;
  SimVideoSource source;
  SimReceiver receiver;
  SimNetwork network;
  SimNetwork::LinkId down, up;
  std::function<bool(const std::vector<std::uint8_t>&)> drop;
};

SimVideoSettings Settings(SimStructure structure) {
  SimVideoSettings settings;
  settings.structure = structure;
  if (structure == SimStructure::kVp8Simulcast) settings.layers = 1;
  return settings;
}

constexpr SimStructure kStructures[] = {SimStructure::kVp8Simulcast, SimStructure::kVp9Full,
                                        SimStructure::kVp9Key};

}  // namespace

TEST_CASE("SimSourceTest: decodes every frame of the source over a path without loss") {
  for (const auto structure : kStructures) {
    for (const bool flexible : {false, true}) {
      for (const int temporalLayers : {1, 2, 3}) {
        INFO("structure " << static_cast<int>(structure) << (flexible ? " flexible" : "") << " with "
                          << temporalLayers << " temporal layers");
        auto settings = Settings(structure);
        settings.flexible = flexible;
        settings.temporalLayers = static_cast<std::uint8_t>(temporalLayers);
        settings.layerRefresh = 16;
        Line line(settings, {.delay = Milliseconds(20)});
        line.Run(Seconds(10));
        CHECK(line.receiver.Faults().Texts() == std::vector<std::string>{});
        CHECK(line.receiver.Decoder().Faults().Texts() == std::vector<std::string>{});
        CHECK(line.receiver.Decoder().Counted().pictures >= 199);
        CHECK(line.receiver.Decoder().Counted().keyPictures == 1);
        CHECK(line.receiver.Decoder().Counted().freezes == 0);
        CHECK(line.source.Counted().keyFrameRequests == 0);
      }
    }
  }
}

TEST_CASE("SimSourceTest: repairs all lost packets by retransmission") {
  for (const auto structure : kStructures) {
    Line line(Settings(structure), {.delay = Milliseconds(30),
                                    .jitter = Milliseconds(10),
                                    .loss = 0.05,
                                    .reorder = 0.02,
                                    .duplicate = 0.02});
    line.Run(Seconds(60));
    const auto& receiver = line.receiver;
    CHECK(receiver.Faults().Texts() == std::vector<std::string>{});
    CHECK(receiver.Decoder().Faults().Texts() == std::vector<std::string>{});
    CHECK(receiver.Counted().repaired > 50);
    CHECK(receiver.Counted().givenUp == 0);
    CHECK(receiver.Decoder().Counted().keyPictures <= 2);
    CHECK(receiver.Decoder().Counted().pictures >= 1190);
  }
}

TEST_CASE(
    "SimSourceTest: continues after a lost frame, and requests a key frame if other frames depend on it") {
  struct Row {
    std::uint64_t position;  // in the pattern of eight frames
    bool referred;
  };
  for (const auto& row : {Row{0, true}, Row{1, false}}) {
    INFO("position " << row.position);
    Line line(Settings(SimStructure::kVp8Simulcast), {.delay = Milliseconds(20)});
    line.Run(Seconds(2));
    const auto victim = (line.source.Counted().pictures / 8 + 1) * 8 + row.position;
    line.drop = [victim](const std::vector<std::uint8_t>& packet) {
      const auto rtp = RtpView::Parse(packet);
      const auto tag = rtp ? SimTag::Read(rtp->payload) : std::nullopt;
      return tag && tag->picture == victim;
    };
    line.network.Link(line.up).Change({.loss = 1});
    line.Run(Seconds(2));
    CHECK(line.receiver.Decoder().WaitsForKeyFrame() == row.referred);
    line.network.Link(line.up).Change({});
    line.Run(Seconds(1));
    CHECK_FALSE(line.receiver.Decoder().WaitsForKeyFrame());
    CHECK(line.receiver.Counted().givenUp >= 1);
    CHECK(line.receiver.Decoder().Counted().gaps == 2);  // one of them is the start
    CHECK(line.receiver.Decoder().Counted().keyPictures == (row.referred ? 2U : 1U));
    CHECK(line.receiver.Decoder().Counted().freezes == 1);
    CHECK(line.receiver.Decoder().Faults().Count() == 0);
  }
}

// Simulates wrong layer selection: packets are dropped, and the remaining ones renumbered without a gap.
TEST_CASE("SimSourceTest: reports the decoder faults of wrong layer selection") {
  struct Row {
    const char* what;
    SimStructure structure;
    const char* fault;  // nullptr: no fault
    std::function<bool(const SimTag&)> drop;
  };
  const Row rows[] = {
      {"a packet is missing", SimStructure::kVp8Simulcast, "has no end",
       [](const SimTag& tag) {
         return tag.packets > 1 && tag.packet + 1 == tag.packets && tag.picture > 10;
       }},
      {"the first packet is missing", SimStructure::kVp8Simulcast, "picture begins within a frame",
       [](const SimTag& tag) { return tag.packets > 1 && tag.packet == 0 && tag.picture > 10; }},
      {"a picture of the base layer is missing", SimStructure::kVp9Key, "TL0PICIDX",
       [](const SimTag& tag) { return tag.picture == 12; }},
      {"its picture id was not closed up", SimStructure::kVp8Simulcast, "step of 2",
       [](const SimTag& tag) { return tag.picture == 12; }},
      {"the upper spatial layers are missing: no marker", SimStructure::kVp9Key, "has no end",
       [](const SimTag& tag) { return tag.picture >= 12 && tag.spatial > 0; }},
      {"a spatial layer comes back where it cannot be joined", SimStructure::kVp9Key, "was not decoded",
       [](const SimTag& tag) { return tag.picture == 12 && tag.spatial == 1; }},
      {"a layer between is missing", SimStructure::kVp9Full, "was not decoded",
       [](const SimTag& tag) { return tag.picture >= 12 && tag.spatial == 1; }},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    auto settings = Settings(row.structure);
    settings.frameBytes = {1500, 1500, 1500};
    SimVideoSource source(settings, WallClock(), kStart, 5);
    const auto codec = row.structure == SimStructure::kVp8Simulcast ? SimCodec::kVp8 : SimCodec::kVp9;
    SimDecoder decoder(codec);
    std::vector<std::vector<std::uint8_t>> out;
    for (auto now = kStart; now < kStart + Seconds(2); now += settings.interval) {
      out.clear();
      source.OnTimeout(now, out);
      for (const auto& packet : out) {
        const auto rtp = RtpView::Parse(packet);
        const auto parsed = rtp ? SimPacket::Parse(codec, *rtp) : std::nullopt;
        if (parsed && !row.drop(parsed->tag)) decoder.OnPacket(*parsed, false, now);
      }
    }
    REQUIRE_FALSE(decoder.Faults().Texts().empty());
    CHECK_THAT(decoder.Faults().Texts()[0], Catch::Contains(row.fault));
  }
}

TEST_CASE("SimSourceTest: finds each fault of a stream in SimOutputMonitor") {
  struct Out {
    std::uint16_t number;
    std::uint8_t encoding;
    std::uint32_t sequence;  // of the source; its packets 0 to 7 arrived, except those in `missing`
    bool key = false;
  };
  struct Row {
    const char* what;
    const char* fault;  // nullptr: no fault
    std::vector<Out> out;
    std::set<std::uint32_t> missing = {};  // in both encodings
  };
  const Row rows[] = {
      {"all in order", nullptr, {{1, 0, 0, true}, {2, 0, 1}, {3, 0, 2}}},
      {"a switch at a key frame", nullptr, {{1, 0, 0, true}, {2, 0, 1}, {3, 1, 4, true}, {4, 1, 5}}},
      {"packets left out, closed up", nullptr, {{1, 0, 0, true}, {2, 0, 3}}},
      {"one that came late", nullptr, {{1, 0, 0, true}, {3, 0, 2}, {2, 0, 1}}},
      {"a hole", "hole that the input did not have", {{1, 0, 0, true}, {3, 0, 1}}},
      {"a hole at a switch", "hole at a switch", {{1, 0, 0, true}, {3, 1, 4, true}}},
      {"a hole at a switch beside lost packets",
       "hole at a switch",
       {{1, 0, 0, true}, {3, 1, 4, true}},
       {1, 2, 3}},
      {"a hole for a lost packet", nullptr, {{1, 0, 0, true}, {3, 0, 2}}, {1}},
      {"a number for two packets", "used twice", {{1, 0, 0, true}, {2, 0, 1}, {2, 0, 2}}},
      {"a switch within a stream", "does not begin with a key frame", {{1, 0, 0, true}, {2, 1, 4}}},
      {"the old stream behind the switch",
       "does not begin with a key frame",
       {{1, 0, 0, true}, {2, 1, 4, true}, {3, 0, 1}}},
      {"older than the switch", "out of order", {{1, 0, 0, true}, {2, 1, 4, true}, {3, 1, 3}}},
      {"out of order", "out of order", {{1, 0, 0, true}, {2, 0, 2}, {3, 0, 1}}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    SimInputLog input;
    SimOutputMonitor monitor(input, 7, std::nullopt);
    const auto tagOf = [](std::uint8_t encoding, std::uint32_t sequence, bool key) {
      SimTag tag;
      tag.encoding = encoding;
      tag.sequence = sequence;
      tag.picture = sequence;
      tag.key = key;
      return tag;
    };
    for (std::uint8_t encoding = 0; encoding < 2; ++encoding) {
      for (std::uint32_t sequence = 0; sequence < 8; ++sequence) {
        if (row.missing.count(sequence) != 0) continue;
        input.OnArrival(tagOf(encoding, sequence, false), kStart);
      }
    }
    for (const auto& out : row.out) {
      std::vector<std::uint8_t> payload(SimTag::kSize);
      tagOf(out.encoding, out.sequence, out.key).Write(payload);
      monitor.OnSent({.sequenceNumber = out.number, .ssrc = 7, .payload = payload}, kStart + kTick);
    }
    monitor.Evaluate(kStart + Seconds(10), true);
    REQUIRE(monitor.Faults().Texts().empty() == (row.fault == nullptr));
    if (row.fault != nullptr) CHECK_THAT(monitor.Faults().Texts()[0], Catch::Contains(row.fault));
  }
}

}  // namespace ringcast::test
