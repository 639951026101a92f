#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::uint32_t kSource = 1111;

std::vector<std::uint8_t> Audio(std::uint16_t sequenceNumber) {
  return RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                  .sequenceNumber = sequenceNumber,
                  .timestamp = 960U * sequenceNumber,
                  .ssrc = kSource,
                  .payload = OpusPayload(80)}
      .Write();
}

// A publisher "in" of "audio", and a transport "out" with the given number of consumers of it. The consumers
// are named "0", "1" and so on, and their ssrcs start at 7000.
struct Room {
  explicit Room(std::uint32_t consumers) {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce("in", "audio", MediaKind::kAudio, kSource);
    for (std::uint32_t i = 0; i < consumers; ++i) sim.Consume("out", std::to_string(i), "audio", 7000 + i);
  }
  void Play() {
    sim.Receive("in", kPublisher, Audio(sequenceNumber++));
    static_cast<void>(sim.EndTurn());
  }
  SimWorker sim;
  std::uint16_t sequenceNumber = 0;
};

struct Goodbye {
  std::vector<Ssrc> sources;
  bool lastOfCompound = false;  // of a compound that starts with a report and contains a CNAME
};

std::vector<Goodbye> Goodbyes(const std::vector<Datagram>& datagrams) {
  std::vector<Goodbye> out;
  for (const auto& datagram : datagrams) {
    rtcp::CompoundReader reader(datagram.bytes);
    std::vector<std::size_t> kinds;
    while (const auto message = reader.Next()) {
      if (const auto* bye = std::get_if<rtcp::Bye>(&*message)) {
        Goodbye goodbye;
        for (std::size_t i = 0; i < bye->Size(); ++i) goodbye.sources.push_back(bye->At(i));
        const bool compound = kinds.size() == 2 &&
                              kinds[0] == rtcp::Message(rtcp::ReceiverReport()).index() &&
                              kinds[1] == rtcp::Message(rtcp::SourceDescription()).index();
        goodbye.lastOfCompound = compound && !reader.Next();
        out.push_back(goodbye);
        break;
      }
      kinds.push_back(message->index());
    }
  }
  return out;
}

}  // namespace

TEST_CASE("GoodbyeTest: sends one BYE at once when a consumer closes", "[bye]") {
  Room room(2);
  room.Play();
  REQUIRE(room.sim.Transport("out").CloseConsumer("1").Ok());
  room.sim.Advance(Duration::zero());
  const auto sent = room.sim.EndTurn();
  const auto goodbyes = Goodbyes(sent);
  REQUIRE(goodbyes.size() == 1);
  CHECK(goodbyes[0].sources == std::vector{Ssrc(7001)});
  CHECK(goodbyes[0].lastOfCompound);
  CHECK(sent[0].to == kViewer);
  room.sim.Advance(Seconds(10));
  CHECK(Goodbyes(room.sim.EndTurn()).empty());
}

TEST_CASE("GoodbyeTest: sends no BYE for a stream that sent no packet", "[bye]") {
  Room room(1);
  REQUIRE(room.sim.Transport("out").CloseConsumer("0").Ok());
  room.sim.Advance(Seconds(10));
  CHECK(Goodbyes(room.sim.EndTurn()).empty());
}

TEST_CASE("GoodbyeTest: puts as many streams into a BYE as a compound holds when they end together",
          "[bye]") {
  constexpr std::uint32_t kConsumers = 70;
  Room room(kConsumers);
  room.Play();
  REQUIRE(room.sim.Transport("in").CloseProducer("audio").Ok());
  room.sim.Advance(Duration::zero());
  const auto goodbyes = Goodbyes(room.sim.EndTurn());
  REQUIRE(goodbyes.size() == 3);
  std::vector<Ssrc> all;
  for (const auto& goodbye : goodbyes) {
    CHECK(goodbye.lastOfCompound);
    all.insert(all.end(), goodbye.sources.begin(), goodbye.sources.end());
  }
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() == kConsumers);
  CHECK(all.front() == Ssrc(7000));
  CHECK(all.back() == Ssrc(7000 + kConsumers - 1));
}

TEST_CASE("GoodbyeTest: sends a BYE for all streams of a transport that closes", "[bye]") {
  Room room(3);
  room.Play();
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("out", room.sim.now).Ok());
  const auto goodbyes = Goodbyes(room.sim.EndTurn());
  REQUIRE(goodbyes.size() == 1);
  CHECK(goodbyes[0].sources.size() == 3);
}

TEST_CASE("GoodbyeTest: sends BYE from each transport when the worker closes", "[bye]") {
  Room room(3);
  room.sim.AddPlain("room", "other", {.remote = *net::Address::Parse("192.0.2.3", 5000)});
  room.sim.Consume("other", "listen", "audio", 8000);
  room.Play();
  room.sim.worker.Close(room.sim.now);
  const auto goodbyes = Goodbyes(room.sim.EndTurn());
  REQUIRE(goodbyes.size() == 2);
  CHECK(goodbyes[0].sources.size() + goodbyes[1].sources.size() == 4);
  CHECK(room.sim.worker.Dump().requestHandlerIds == std::vector<std::string>{"room"});
}

}  // namespace ringcast::test
