#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/net/Demux.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimCamera.hpp"
#include "support/SimLink.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.9", 9000);
constexpr std::uint32_t kFirstSsrc = 1111;
constexpr std::uint32_t kPipeSsrc = 7000;
constexpr std::uint32_t kViewerSsrc = 9000;

// A cascade of routers "0", "1" and so on: a camera in the first one, and a viewer, by simulcast, in the
// last. Pipes "near-N" and "far-N" connect routers N and N+1.
class Cascade {
 public:
  Cascade(std::size_t hops, bool srtp, const LinkConditions& conditions) {
    sim.AddRouter("0");
    sim.AddPlain("0", "in", {.comedia = true});
    sim.Produce("in", "video-0", MediaKind::kVideo, kFirstSsrc,
                {.encodings = SimCamera::kEncodings, .layers = "L1T1"});
    for (std::size_t hop = 0; hop < hops; ++hop) AddHop(hop, srtp, conditions);
    const auto last = std::to_string(hops);
    sim.AddPlain(last, "out", {.remote = kViewer});
    sim.Consume("out", "viewer", "video-" + last, kViewerSsrc, {.layers = "L1T1"});
  }

  void Run(Duration duration) {
    for (const auto end = sim.now + duration; sim.now < end; sim.Advance(Milliseconds(1))) {
      camera.Play();
      for (const auto& datagram : sim.EndTurn()) Take(datagram);
      Deliver();
    }
  }

  // The viewer's packets by unwrapped sequence number.
  std::map<std::int64_t, SimCamera::Mark> viewed;
  SimWorker sim;
  SimCamera camera{sim, kPublisher, kFirstSsrc};

 private:
  struct InFlight {
    std::string transport;
    net::Address from;
    std::vector<std::uint8_t> bytes;
  };
  struct Direction {
    std::string from, to;
    net::Address address;      // of `from`
    net::Address destination;  // of `to`
    std::unique_ptr<SimLink> link;
  };

  net::Address AddressOf(const std::string& pipe) {
    const auto tuple = sim.Transport(pipe).Dump().pipe->tuple;
    return *net::Address::Parse(tuple.localAddress, tuple.localPort);
  }
  void AddHop(std::size_t hop, bool srtp, const LinkConditions& conditions) {
    const auto here = std::to_string(hop), there = std::to_string(hop + 1);
    const auto near = "near-" + here, far = "far-" + here;
    const auto ssrc = kPipeSsrc + 10 * static_cast<std::uint32_t>(hop);
    sim.AddRouter(there);
    sim.AddPipes(here, near, there, far, srtp);
    sim.Consume(near, "pipe-" + here, "video-" + here, ssrc, {.rtx = true, .layers = "L1T1", .pipe = true});
    sim.Produce(far, "video-" + there, MediaKind::kVideo, ssrc,
                {.rtx = true, .encodings = SimCamera::kEncodings, .layers = "L1T1", .pipe = true});
    for (const auto& [from, to] : {std::pair(near, far), std::pair(far, near)})
      directions_.push_back(
          {from, to, AddressOf(from), AddressOf(to), std::make_unique<SimLink>(conditions, ++seed_)});
  }

  void Take(const Datagram& datagram) {
    if (datagram.to == kPublisher) return camera.OnRtcp(datagram.bytes);
    for (auto& direction : directions_) {
      if (direction.destination != datagram.to) continue;
      const auto passage = direction.link->Pass(datagram.bytes.size(), sim.now);
      for (std::size_t i = 0; i < passage.count; ++i)
        inFlight_.emplace(passage.arrivals[i], InFlight{direction.to, direction.address, datagram.bytes});
      return;
    }
    REQUIRE(datagram.to == kViewer);
    if (net::Classify(datagram.bytes) != net::PacketProtocol::kRtp) return;
    const auto packet = rtp::Packet::Parse(sim.pool.Copy(datagram.bytes, sim.now));
    REQUIRE(packet);
    viewed.emplace(unwrapper_.Unwrap(packet->SequenceNumber()), SimCamera::MarkOf(packet->Payload()));
  }
  void Deliver() {
    while (!inFlight_.empty() && inFlight_.begin()->first <= sim.now) {
      const auto arrived = std::move(inFlight_.begin()->second);
      inFlight_.erase(inFlight_.begin());
      sim.Receive(arrived.transport, arrived.from, arrived.bytes);
    }
  }

  std::vector<Direction> directions_;
  std::multimap<Instant, InFlight> inFlight_;
  SequenceUnwrapper<std::uint16_t> unwrapper_;
  std::uint64_t seed_ = 0;
};

}  // namespace

TEST_CASE("PipeTransportTest: a cascade forwards all encodings and repairs the loss of each hop",
          "[rtc][pipe]") {
  for (const bool srtp : {false, true}) {
    for (const std::size_t hops : {1U, 3U}) {
      INFO("hops " << hops << (srtp ? ", SRTP" : ""));
      Cascade cascade(hops, srtp, {.delay = Milliseconds(10), .jitter = Milliseconds(3), .loss = 0.05});
      cascade.Run(Seconds(10));
      // Every layer passes the pipes; the last router selects the highest one.
      for (std::size_t hop = 1; hop <= hops; ++hop) {
        const auto stats =
            cascade.sim.Producer("video-" + std::to_string(hop)).Streams().Stats(cascade.sim.now);
        REQUIRE(stats.size() == SimCamera::kEncodings);
        for (const auto& stream : stats) {
          CHECK(stream.packetCount > 600);
          CHECK(stream.packetsRepaired > 10);
        }
      }
      const auto layers = cascade.sim.Consumer("viewer").Dump().rtpStreams;
      REQUIRE(layers.size() == 1);
      CHECK(cascade.viewed.rbegin()->second.encoding == 2);
      // Nothing is missing in between, and each frame is complete.
      REQUIRE(cascade.viewed.size() > 600);
      const auto first = cascade.viewed.begin()->first;
      std::int64_t next = first;
      std::map<std::pair<std::uint8_t, std::uint32_t>, std::size_t> frames;
      const auto settled =
          cascade.viewed.rbegin()->first - 60;  // repairs of the last 0.8 s may be on their way
      for (const auto& [number, mark] : cascade.viewed) {
        if (number > settled) break;
        CHECK(number == next++);
        ++frames[{mark.encoding, mark.number}];
      }
      std::size_t incomplete = 0;
      for (const auto& [frame, packets] : frames) incomplete += packets != SimCamera::kPackets ? 1 : 0;
      CHECK(incomplete <= 1);  // the last one
    }
  }
}

TEST_CASE("PipeTransportTest: a viewer behind the pipe gets key frames from the publisher", "[rtc][pipe]") {
  Cascade cascade(3, false, {.delay = Milliseconds(10)});
  cascade.Run(Seconds(2));
  auto& viewer = cascade.sim.Consumer("viewer");
  for (const auto layer : std::to_array<std::uint8_t>({0, 2, 1, 2, 0, 1})) {
    REQUIRE(viewer.SetPreferredLayers(rtc::ConsumerLayers{layer, 0}, cascade.sim.now).Ok());
    cascade.Run(Milliseconds(500));
    CHECK(cascade.viewed.rbegin()->second.encoding == layer);
  }
}

TEST_CASE("PipeTransportTest: only the connected address is heard, with its key", "[rtc][pipe]") {
  SimWorker sim;
  sim.AddRouter("a");
  sim.AddRouter("b");
  rtc::PipeTransportOptions options;
  options.listenInfo.ip = "127.0.0.1";
  auto& a = **sim.worker.FindRouter("a")->CreatePipeTransport("early", options);
  const auto rtp = RtpBytes{.payloadType = 101, .ssrc = 5, .payload = Bytes("media")}.Write();
  const auto drops = [&](const std::string& id, net::DropReason reason) {
    return sim.Transport(id).Traffic().drops[reason];
  };
  sim.Receive("early", kPublisher, rtp);
  CHECK(drops("early", net::DropReason::kNotConnected) == 1);
  CHECK_FALSE(a.Connect({.ip = "nonsense", .port = 1}, sim.now).Ok());
  CHECK_FALSE(a.Connect({.ip = "127.0.0.2"}, sim.now).Ok());
  CHECK_FALSE(
      a.Connect({.ip = "127.0.0.2", .port = 9, .srtpParameters = rtc::SrtpParameters{}}, sim.now).Ok());
  REQUIRE(a.Connect({.ip = "127.0.0.2", .port = 9}, sim.now).Ok());
  CHECK_FALSE(a.Connect({.ip = "127.0.0.2", .port = 9}, sim.now).Ok());
  sim.Receive("early", kPublisher, rtp);
  CHECK(drops("early", net::DropReason::kUnknownRemote) == 1);
  sim.Receive("early", *net::Address::Parse("127.0.0.2", 9), {0x00, 0x01, 0, 0});
  CHECK(drops("early", net::DropReason::kUnexpectedProtocol) == 1);
  sim.Receive("early", *net::Address::Parse("127.0.0.2", 9), {0xFF});
  CHECK(drops("early", net::DropReason::kUnknownProtocol) == 1);

  sim.AddPipes("a", "near", "b", "far", true);
  const auto near = sim.Transport("near").Dump().pipe->tuple;
  CHECK(sim.Transport("far").Stats(sim.now).pipeTuple->remotePort == near.localPort);
  sim.Receive("far", *net::Address::Parse("127.0.0.1", near.localPort), rtp);
  CHECK(drops("far", net::DropReason::kSrtpMalformed) + drops("far", net::DropReason::kSrtpAuthentication) ==
        1);

  options.enableSrtp = true;
  auto& secure = **sim.worker.FindRouter("a")->CreatePipeTransport("secure", options);
  CHECK_FALSE(secure.Connect({.ip = "127.0.0.2", .port = 9}, sim.now).Ok());
  CHECK_FALSE(
      secure
          .Connect({.ip = "127.0.0.2",
                    .port = 9,
                    .srtpParameters = rtc::SrtpParameters{srtp::CryptoSuite::kAesCm128HmacSha1_80, ""}},
                   sim.now)
          .Ok());
  options.listenInfo.protocol = net::TransportProtocol::kTcp;
  CHECK_FALSE(sim.worker.FindRouter("a")->CreatePipeTransport("tcp", options).Ok());
}

}  // namespace ringcast::test
