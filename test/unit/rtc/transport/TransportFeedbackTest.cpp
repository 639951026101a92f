// Transport-wide feedback and REMB to publishers.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

using rtp::Extension;

const net::Address kPeer = *net::Address::Parse("192.0.2.1", 4000);
constexpr std::uint8_t kWideId = 5;
constexpr std::uint32_t kVideoSsrc = 5;

const MediaSetup kTransportWide{.extensions = {{Extension::kTransportWideCc, kWideId}},
                                .feedback = {"goog-remb", "transport-cc"}};
const MediaSetup kRemb{.extensions = {{Extension::kAbsSendTime, 4}}, .feedback = {"goog-remb"}};

struct Fixture {
  explicit Fixture(const MediaSetup& setup, const SimWorker::PlainSetup& plain = {.comedia = true}) {
    sim.AddRouter("room");
    sim.AddPlain("room", "t", plain);
    sim.Produce("t", "p", MediaKind::kVideo, kVideoSsrc, setup);
  }

  void Receive(std::uint16_t wide, std::uint32_t ssrc = kVideoSsrc, std::size_t size = 1000) {
    sim.Receive(
        "t", kPeer,
        RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                 .sequenceNumber = sequenceNumber++,
                 .ssrc = ssrc,
                 .extensions = {{kWideId,
                                 {static_cast<std::uint8_t>(wide >> 8), static_cast<std::uint8_t>(wide)}}},
                 .payload = Vp8Payload(false, size)}
            .Write());
  }

  // Returns the messages of type T among the datagrams sent since the last call.
  template <typename T>
  std::vector<T> Sent() {
    std::vector<T> found;
    for (auto& datagram : sim.EndTurn()) {
      sent.push_back(std::move(datagram));
      rtcp::CompoundReader reader(sent.back().bytes);
      while (const auto message = reader.Next()) {
        if (const auto* one = std::get_if<T>(&*message)) found.push_back(*one);
      }
      CHECK_FALSE(reader.Malformed());
    }
    return found;
  }

  SimWorker sim;
  std::uint16_t sequenceNumber = 1;
  std::deque<Datagram> sent;  // a deque never moves its elements: messages are views into it
};

// Arrival times by transport-wide sequence number, in microseconds of the worker's clock; nullopt: lost.
using Arrivals = std::map<std::uint16_t, std::optional<std::int64_t>>;

Arrivals Read(const std::vector<rtcp::TransportFeedback>& messages) {
  Arrivals reported;
  for (const auto& message : messages) {
    Duration at = message.referenceTime * rtcp::TransportFeedback::kReferenceUnit;
    rtcp::PacketStatuses statuses(message);
    while (const auto status = statuses.Next()) {
      at += status->delta;
      reported[status->sequenceNumber] = status->received ? std::optional(at.count()) : std::nullopt;
    }
  }
  return reported;
}

}  // namespace

TEST_CASE("TransportFeedbackTest: reports each packet's arrival every 100 ms") {
  Fixture f(kTransportWide);
  std::uint16_t wide = 65'500;
  std::optional<std::uint8_t> count;
  Arrivals reported, truth;
  for (int tenth = 0; tenth < 30; ++tenth) {
    const Instant begin = f.sim.now;
    for (int i = 0; i < 9; ++i) {
      f.sim.Advance(Milliseconds(10));
      // Every seventh packet is lost.
      if (wide % 7 != 0) {
        truth[wide] = f.sim.now.time_since_epoch().count();
        f.Receive(wide);
      } else {
        truth[wide] = std::nullopt;
      }
      ++wide;
    }
    CHECK(f.Sent<rtcp::TransportFeedback>().empty());
    f.sim.Advance(begin + Milliseconds(100) - f.sim.now);
    const auto messages = f.Sent<rtcp::TransportFeedback>();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].media == Ssrc(kVideoSsrc));
    CHECK(messages[0].sender == f.sim.Transport("t").Rtcp().LocalSsrc());
    if (count) CHECK(messages[0].feedbackCount == static_cast<std::uint8_t>(*count + 1));
    count = messages[0].feedbackCount;
    for (const auto& [number, arrival] : Read(messages)) reported[number] = arrival;
  }
  while (!truth.empty() && !truth[static_cast<std::uint16_t>(wide - 1)]) truth.erase(--wide);
  CHECK(reported == truth);
}

TEST_CASE("TransportFeedbackTest: reports the kernel's receive time when the worker reads the socket late") {
  Fixture f(kTransportWide);
  const auto bytes = [](std::uint8_t wide) {
    return RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                    .sequenceNumber = wide,
                    .ssrc = kVideoSsrc,
                    .extensions = {{kWideId, {0, wide}}},
                    .payload = Vp8Payload(false, 100)}
        .Write();
  };
  const auto socket = *f.sim.sockets.Find(f.sim.Transport("t").Dump().plain->tuple.localPort);
  const Instant first = f.sim.now;
  f.sim.Advance(Milliseconds(50));
  for (std::uint8_t i = 0; i < 3; ++i) {
    net::ReceivedDatagram datagram{f.sim.pool.Copy(bytes(i), first + Milliseconds(7 * i)), kPeer};
    f.sim.sockets.Deliver(socket, std::span(&datagram, 1), f.sim.now);
  }
  f.sim.Advance(Milliseconds(100));
  const auto origin = first.time_since_epoch().count();
  CHECK(Read(f.Sent<rtcp::TransportFeedback>()) ==
        Arrivals{{0, origin}, {1, origin + 7000}, {2, origin + 14000}});
}

TEST_CASE("TransportFeedbackTest: reports packets with an unknown ssrc as received") {
  Fixture f(kTransportWide);
  f.Receive(1);
  f.Receive(2, 4711);
  f.Receive(3);
  f.sim.Advance(Milliseconds(100));
  const auto messages = f.Sent<rtcp::TransportFeedback>();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].media == Ssrc(kVideoSsrc));
  const auto reported = Read(messages);
  CHECK(reported.size() == 3);
  CHECK(reported.at(2));
}

TEST_CASE("TransportFeedbackTest: sends no feedback without packets, negotiation or the header extension") {
  struct Row {
    const char* what;
    MediaSetup setup;
  };
  const Row rows[] = {
      {"nothing negotiated", {}},
      {"the extension alone", {.extensions = {{Extension::kTransportWideCc, kWideId}}}},
      {"the feedback alone", {.feedback = {"transport-cc"}}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Fixture f(row.setup);
    REQUIRE(f.sim.Transport("t").Rtcp().SetMaxIncomingBitrate(DataRate(100'000), f.sim.now).Ok());
    for (std::uint16_t i = 0; i < 100; ++i) {
      f.Receive(i);
      f.sim.Advance(Milliseconds(33));
      CHECK(f.Sent<rtcp::TransportFeedback>().empty());
      CHECK(f.Sent<rtcp::Remb>().empty());
    }
  }
  Fixture silent(kTransportWide);
  silent.sim.Advance(Seconds(10));
  CHECK(silent.Sent<rtcp::TransportFeedback>().empty());
}

TEST_CASE("TransportFeedbackTest: stops the feedback when the last producer that negotiated it closes") {
  Fixture f(kTransportWide);
  f.sim.Produce("t", "plain", MediaKind::kVideo, 6);
  f.Receive(1);
  REQUIRE(f.sim.Transport("t").CloseProducer("p").Ok());
  f.Receive(2, 6);
  f.sim.Advance(Seconds(3));
  CHECK(f.Sent<rtcp::TransportFeedback>().empty());
  // Feedback restarts with a new producer.
  f.sim.Produce("t", "again", MediaKind::kVideo, kVideoSsrc, kTransportWide);
  f.Receive(7);
  f.sim.Advance(Milliseconds(100));
  CHECK(Read(f.Sent<rtcp::TransportFeedback>()).size() == 1);
}

TEST_CASE("TransportFeedbackTest: sends feedback early when a burst of packets is unreported") {
  Fixture f(kTransportWide);
  for (unsigned i = 0; i < rtcp::TransportFeedbackGenerator::kEarlyPackets; ++i)
    f.Receive(static_cast<std::uint16_t>(i), kVideoSsrc, 10);
  f.sim.Advance(Duration::zero());
  const auto messages = f.Sent<rtcp::TransportFeedback>();
  CHECK(Read(messages).size() == rtcp::TransportFeedbackGenerator::kEarlyPackets);
}

TEST_CASE(
    "TransportFeedbackTest: sends REMB each second from the first packet on when only REMB is negotiated") {
  Fixture f(kRemb);
  f.Receive(0);
  f.sim.Advance(Duration::zero());
  auto messages = f.Sent<rtcp::Remb>();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].bitrate <= rtc::RembSender::kFloor);
  CHECK(messages[0].bitrate > DataRate(299'000));
  REQUIRE(messages[0].Size() == 1);
  CHECK(messages[0].At(0) == Ssrc(kVideoSsrc));

  // 1 Mbit/s for five seconds.
  std::vector<std::uint64_t> rates;
  for (int i = 0; i < 625; ++i) {
    f.Receive(0);
    f.sim.Advance(Milliseconds(8));
    for (const auto& remb : f.Sent<rtcp::Remb>()) rates.push_back(remb.bitrate.Value());
  }
  REQUIRE(rates.size() == 5);
  CHECK(std::is_sorted(rates.begin(), rates.end()));
  CHECK(rates.back() > 2'000'000);
  CHECK(rates.back() < 2'200'000);
  CHECK(f.sim.Transport("t").Stats(f.sim.now).availableIncomingBitrate > DataRate(2'000'000));
}

TEST_CASE("TransportFeedbackTest: sends the controller's maximum bitrate at once and again each second") {
  for (const auto& setup : {kRemb, kTransportWide}) {
    INFO(setup.feedback.size());
    Fixture f(setup);
    const auto rates = [&f](Duration duration) {
      std::vector<std::uint64_t> found;
      const Instant end = f.sim.now + duration;
      while (f.sim.now < end) {
        f.Receive(f.sequenceNumber);
        f.sim.Advance(Milliseconds(20));
        for (const auto& remb : f.Sent<rtcp::Remb>()) found.push_back(remb.bitrate.Value());
      }
      return found;
    };
    const bool transportWide = setup.feedback.size() == 2;
    CHECK(rates(Seconds(3)).empty() == transportWide);
    CHECK_FALSE(f.sim.Transport("t").Stats(f.sim.now).maxIncomingBitrate);

    REQUIRE(f.sim.Transport("t").Rtcp().SetMaxIncomingBitrate(DataRate(128'000), f.sim.now).Ok());
    auto messages = f.Sent<rtcp::Remb>();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].bitrate == DataRate(128'000));
    CHECK(rates(Seconds(3)) == std::vector<std::uint64_t>(3, 128'000));
    CHECK(f.sim.Transport("t").Stats(f.sim.now).maxIncomingBitrate == DataRate(128'000));
    CHECK(f.sim.Transport("t").Stats(f.sim.now).availableIncomingBitrate == DataRate(128'000));

    REQUIRE(f.sim.Transport("t").Rtcp().SetMaxIncomingBitrate(std::nullopt, f.sim.now).Ok());
    messages = f.Sent<rtcp::Remb>();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].bitrate > DataRate(700'000));
    CHECK(rates(Seconds(5)).size() == (transportWide ? 2 : 5));
    CHECK_FALSE(f.sim.Transport("t").Stats(f.sim.now).maxIncomingBitrate);
  }
}

TEST_CASE("TransportFeedbackTest: sends a maximum bitrate with the first packet when it is set earlier") {
  Fixture f(kTransportWide);
  REQUIRE(f.sim.Transport("t").Rtcp().SetMaxIncomingBitrate(DataRate(64'000), f.sim.now).Ok());
  f.sim.Advance(Seconds(5));
  CHECK(f.Sent<rtcp::Remb>().empty());
  f.Receive(1);
  f.sim.Advance(Duration::zero());
  const auto messages = f.Sent<rtcp::Remb>();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].bitrate == DataRate(64'000));
}

TEST_CASE("TransportFeedbackTest: refuses a maximum bitrate for a direct transport") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "d");
  const auto status = sim.Transport("d").Rtcp().SetMaxIncomingBitrate(DataRate(1), sim.now);
  REQUIRE_FALSE(status.Ok());
  CHECK(status.Failure().kind == ErrorKind::kError);
}

}  // namespace ringcast::test
