#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/egress/Egress.hpp"
#include "ringcast/rtc/producer/KeyFrameRequester.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);

// Eight publishers "in0" to "in7", and one transport "out" with ten consumers of each.
struct CrowdedTransport {
  static constexpr std::uint32_t kPublishers = 8;
  static constexpr std::uint32_t kConsumersEach = 10;
  // More packets than an egress batch holds.
  static constexpr std::uint16_t kBurst = 256;
  static_assert(kPublishers * kConsumersEach * kBurst > rtc::EgressBatch::kMaxPackets);

  explicit CrowdedTransport(MediaKind kind) : video(kind == MediaKind::kVideo) {
    sim.AddRouter("room");
    sim.AddPlain("room", "out", {.remote = kViewer});
    for (std::uint32_t i = 0; i < kPublishers; ++i) {
      const auto name = std::to_string(i);
      sim.AddPlain("room", "in" + name, {.comedia = true});
      sim.Produce("in" + name, "p" + name, kind, 5 + i);
      for (std::uint32_t k = 0; k < kConsumersEach; ++k)
        sim.Consume("out", "c" + name + "." + std::to_string(k), "p" + name, 7000 + 100 * i + k);
    }
  }
  // Sends packets from each publisher and runs until all are sent.
  void Send(std::uint16_t packets, bool keyFrame) {
    for (std::uint16_t n = 0; n < packets; ++n) {
      for (std::uint32_t i = 0; i < kPublishers; ++i) {
        sim.Receive(
            "in" + std::to_string(i), kPublisher,
            RtpBytes{.payloadType = video ? SimWorker::kVideoPayloadType : SimWorker::kAudioPayloadType,
                     .sequenceNumber = static_cast<std::uint16_t>(next + n),
                     .ssrc = 5 + i,
                     .payload = video ? Vp8Payload(keyFrame && n == 0, 20) : OpusPayload(20)}
                .Write());
      }
    }
    next = static_cast<std::uint16_t>(next + packets);
    do {
      for (const auto& datagram : Rtp(sim.EndTurn()))
        numbers[LoadU32(datagram.bytes.data() + 8)].push_back(LoadU16(datagram.bytes.data() + 2));
    } while (sim.more);
  }
  // Returns true if the sequence numbers of each stream are consecutive.
  [[nodiscard]] bool WithoutHoles() const {
    return std::all_of(numbers.begin(), numbers.end(), [](const auto& entry) {
      return std::adjacent_find(entry.second.begin(), entry.second.end(), [](auto a, auto b) {
               return static_cast<std::uint16_t>(b - a) != 1;
             }) == entry.second.end();
    });
  }
  [[nodiscard]] std::size_t Sent() const {
    std::size_t sum = 0;
    for (const auto& [ssrc, ofStream] : numbers) sum += ofStream.size();
    return sum;
  }
  [[nodiscard]] std::uint64_t Dropped() {
    return sim.Transport("out").Traffic().drops[net::DropReason::kEgressQueueFull];
  }

  bool video;
  SimWorker sim;
  std::uint16_t next = 1;
  std::map<std::uint32_t, std::vector<std::uint16_t>> numbers;  // by ssrc
};

// Payload sizes of the packets of one ssrc in one loop iteration, and the expected datagrams in each GSO
// batch.
struct Row {
  const char* what;
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> runs;
};

// Returns sizes of 64,900 bytes in total; 55 times the largest size would be 66,000.
std::vector<std::size_t> FullRunWithShortTail() {
  std::vector<std::size_t> sizes(54, 1188);
  sizes.push_back(88);
  return sizes;
}

// Returns the payload of a packet of `size` bytes without extensions, which contains `number`.
std::vector<std::uint8_t> NumberedPayload(std::size_t size, std::uint32_t number) {
  constexpr std::size_t kHeader = 12;
  std::vector<std::uint8_t> payload(size - kHeader);
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<std::uint8_t>(i < 4 ? number >> (8 * i) : number + i);
  return payload;
}

}  // namespace

TEST_CASE(
    "EgressBatchTest: sends a stream's packets in GSO batches of equal size, with a shorter last packet") {
  const Row rows[] = {
      {"one", {500}, {1}},
      {"equal", {500, 500, 500}, {3}},
      {"the last is shorter", {500, 500, 200}, {3}},
      {"a shorter one ends the run", {500, 200, 500}, {2, 1}},
      {"a longer one begins another", {500, 501, 501}, {1, 2}},
      {"at most 64 segments", std::vector<std::size_t>(100, 100), {64, 36}},
      {"at most 65507 bytes", std::vector<std::size_t>(60, 1188), {54, 6}},
      {"a full one with a short packet at its end", FullRunWithShortTail(), {55}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    SimWorker sim;
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce("in", "p", MediaKind::kAudio, 5);
    sim.Consume("out", "c", "p", 7001);
    std::uint16_t sequenceNumber = 0;
    for (const auto size : row.sizes) {
      RtpBytes packet{
          .payloadType = 111, .sequenceNumber = sequenceNumber++, .ssrc = 5, .payload = OpusPayload(size)};
      sim.Receive("in", kPublisher, packet.Write());
    }
    const auto runs = sim.EndTurnRuns();
    std::vector<std::size_t> counts;
    std::vector<std::uint16_t> numbers;
    for (const auto& run : runs) {
      counts.push_back(run.segments.Count());
      for (std::size_t offset = 0; offset < run.segments.total; offset += run.segments.size) {
        numbers.push_back(LoadU16(run.bytes.data() + offset + 2));
      }
    }
    CHECK(counts == row.runs);
    REQUIRE(numbers.size() == row.sizes.size());
    for (std::size_t i = 1; i < numbers.size(); ++i)
      CHECK(static_cast<std::uint16_t>(numbers[i] - numbers[i - 1]) == 1);
  }
}

TEST_CASE("EgressBatchTest: groups interleaved packets by stream and keeps the order of each stream") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "in", {.comedia = true});
  sim.AddPlain("room", "out", {.remote = kViewer});
  for (std::uint32_t i = 0; i < 3; ++i) {
    sim.Produce("in", "p" + std::to_string(i), MediaKind::kAudio, 5 + i);
    sim.Consume("out", "c" + std::to_string(i), "p" + std::to_string(i), 7001 + i);
  }
  for (std::uint16_t n = 0; n < 5; ++n) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      RtpBytes packet{.payloadType = 111, .sequenceNumber = n, .ssrc = 5 + i, .payload = OpusPayload(100)};
      sim.Receive("in", kPublisher, packet.Write());
    }
  }
  const auto runs = sim.EndTurnRuns();
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].segments.Count() == 15);
}

TEST_CASE("EgressBatchTest: sends packets of any size and count once and unchanged", "[rtc][egress]") {
  constexpr std::size_t kLeast = 12;
  constexpr std::size_t kMost = net::PacketBuffer::kCapacity;
  SeededRandom random(11);
  for (const bool srtp : {false, true}) {
    CAPTURE(srtp);
    SimWorker sim;
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    std::optional<SimPeer> peer;
    if (srtp) {
      sim.AddWebRtc("room", "out");
      peer.emplace(sim, "out", kViewer);
      peer->Establish();
    } else {
      sim.AddPlain("room", "out", {.remote = kViewer});
    }
    constexpr std::uint32_t kStreams = 3;
    for (std::uint32_t i = 0; i < kStreams; ++i) {
      sim.Produce("in", "p" + std::to_string(i), MediaKind::kAudio, 5 + i);
      sim.Consume("out", "c" + std::to_string(i), "p" + std::to_string(i), 7001 + i);
    }
    std::array<std::uint16_t, kStreams> numbers{};
    for (std::uint32_t round = 0; round < 150; ++round) {
      const std::size_t count = 1 + random.U32() % 256;
      // Stays within a publisher's rate limit and keeps the peer's consent.
      sim.Advance(Milliseconds(300));
      if (peer) peer->Check(false);
      // A few sizes in each round create long GSO batches; one size far below the others ends them.
      std::array<std::size_t, 3> sizes{};
      for (auto& size : sizes) size = kLeast + random.U32() % (kMost - kLeast + 1);
      std::vector<std::vector<std::uint8_t>> sent;
      for (std::size_t i = 0; i < count; ++i) {
        const auto size = random.U32() % 8 == 0 ? sizes[random.U32() % 3] : sizes[0];
        const std::uint32_t stream = random.U32() % 16 == 0 ? random.U32() % kStreams : 0;
        sent.push_back(NumberedPayload(size, round * 1000 + static_cast<std::uint32_t>(i)));
        const RtpBytes packet{.payloadType = SimWorker::kAudioPayloadType,
                              .sequenceNumber = numbers[stream]++,
                              .ssrc = 5 + stream,
                              .payload = sent.back()};
        sim.Receive("in", kPublisher, packet.Write());
      }
      std::vector<std::vector<std::uint8_t>> received;
      if (peer) {
        peer->Pump();
        received.swap(peer->rtp);
      } else {
        for (auto& datagram : Rtp(sim.EndTurn())) received.push_back(std::move(datagram.bytes));
      }
      for (auto& packet : received) packet.erase(packet.begin(), packet.begin() + 12);
      std::sort(sent.begin(), sent.end());
      std::sort(received.begin(), received.end());
      const bool unchanged = received == sent;  // not expanded: a failure would print megabytes
      REQUIRE(unchanged);
    }
  }
}

TEST_CASE(
    "EgressBatchTest: drops and counts packets without a free send slot, and sends in the next iteration") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "in", {.comedia = true});
  sim.AddPlain("room", "out", {.remote = kViewer});
  sim.Produce("in", "p", MediaKind::kAudio, 5);
  sim.Consume("out", "c", "p", 7001);
  std::vector<net::SendSlot> held;
  while (auto slot = sim.sink.Acquire(1)) held.push_back(std::move(*slot));
  RtpBytes packet{.payloadType = 111, .ssrc = 5, .payload = OpusPayload(100)};
  sim.Receive("in", kPublisher, packet.Write());
  CHECK(sim.EndTurnRuns().empty());
  CHECK(sim.Transport("out").Traffic().drops[net::DropReason::kNotSent] == 1);
  held.clear();
  CHECK(sim.sink.SlotsInUse() == 0);
  packet.sequenceNumber = 1;
  sim.Receive("in", kPublisher, packet.Write());
  CHECK(sim.EndTurnRuns().size() == 1);
}

TEST_CASE(
    "EgressBatchTest: sends one key frame request at once and one deferred, and none after the key frame") {
  rtc::KeyFrameRequester requester(Milliseconds(1000));
  const Instant start{Seconds(5)};
  CHECK(requester.OnRequest(start));
  CHECK_FALSE(requester.NextTimeout());
  for (int i = 1; i < 500; ++i) CHECK_FALSE(requester.OnRequest(start + Milliseconds(i)));
  REQUIRE(requester.NextTimeout());
  CHECK(*requester.NextTimeout() == start + Milliseconds(1000));
  CHECK_FALSE(requester.OnTimeout(start + Milliseconds(999)));
  CHECK(requester.OnTimeout(start + Milliseconds(1000)));
  CHECK_FALSE(requester.OnRequest(start + Milliseconds(1500)));
  requester.OnKeyFrame();
  CHECK_FALSE(requester.NextTimeout());
  CHECK_FALSE(requester.OnTimeout(start + Milliseconds(2500)));
  CHECK(requester.OnRequest(start + Milliseconds(2500)));
}

TEST_CASE("EgressBatchTest: drops a packet whose SRTP index was used for another packet", "[srtp]") {
  SimWorker sim;
  SeededRandom random(1);
  auto encryptor =
      srtp::RtpEncryptor::Create(srtp::MasterKey::Generate(srtp::CryptoSuite::kAeadAes128Gcm, random));
  REQUIRE(encryptor.Ok());
  const auto overhead = srtp::RtpOverhead(encryptor->Suite());
  struct Packet {
    std::int64_t number = 0;
    std::size_t size = 0;
    bool repeat = false;
  };
  FakeSink sink;
  rtp::PacketCache cache;
  rtc::EgressBatch batch;
  rtc::DatagramEgress egress(batch, sink);
  egress.SetDestination(net::SocketId(1), kViewer);
  egress.StartSrtp(std::move(*encryptor));
  // Sends the packets. Returns the sizes of the sent packets, by GSO batch.
  const auto send = [&](const std::vector<Packet>& packets, std::size_t indexUsed) {
    batch.Clear();
    CHECK_FALSE(egress.NextTimeout());
    batch.BeginStream(rtc::StreamId(3), false);
    for (const auto& packet : packets) {
      const auto shared =
          rtp::Packet::Parse(sim.pool.Copy(RtpBytes{.payload = OpusPayload(packet.size)}.Write(), sim.now));
      rtp::RtpRewrite rewrite{.ssrc = Ssrc(7001), .sequenceNumber = packet.number};
      if (packet.repeat) rewrite.sendTime = rtp::SendTimeValues();
      REQUIRE(batch.Push(cache.Add(*shared, sim.now), rewrite));
    }
    CHECK(egress.NextTimeout() == Instant());
    const auto sent = egress.Send(sim.now);
    CHECK(sent.indexUsed == indexUsed);
    CHECK(sent.encryptionFailed == 0);
    REQUIRE(sent.packets.size() == packets.size());
    CHECK(static_cast<std::size_t>(
              std::count_if(sent.packets.begin(), sent.packets.end(), [](const rtc::SentPacket& packet) {
                return packet.outcome == rtc::SendOutcome::kIndexUsed;
              })) == indexUsed);
    CHECK(batch.Streams()[0].sent == packets.size() - indexUsed);
    CHECK(sink.SlotsInUse() == 0);
    std::vector<std::vector<std::size_t>> runs;
    std::size_t bytes = 0;
    for (const auto& run : sink.sent) {
      CHECK(run.segments.size <= run.segments.total);
      auto& sizes = runs.emplace_back();
      for (std::size_t at = 0; at < run.segments.total; at += run.segments.size)
        sizes.push_back(std::min(run.segments.size, run.segments.total - at) - overhead - 12);
      bytes += run.segments.total;
    }
    CHECK(sent.bytes == bytes);
    sink.sent.clear();
    return runs;
  };
  using Runs = std::vector<std::vector<std::size_t>>;
  CHECK(send({{1, 100}, {2, 100}, {2, 100}, {4, 100}}, 1) == Runs{{100, 100, 100}});
  CHECK(send({{4, 100}, {3, 50}}, 1) == Runs{{50}});
  CHECK(send({{4, 100}, {2, 50}}, 2) == Runs{});
  CHECK(send({{5, 100}, {3, 50}}, 1) == Runs{{100}});
  // A retransmission has the same bytes as the original packet, and is dropped if the original was not sent.
  CHECK(send({{2, 100, true}, {5, 100, true}, {6, 100, true}}, 1) == Runs{{100, 100}});
}

TEST_CASE("EgressBatchTest: leaves no sequence number gap in audio when a batch is full") {
  CrowdedTransport crowd(MediaKind::kAudio);
  crowd.Send(1, false);
  const auto before = crowd.Sent();
  crowd.Send(CrowdedTransport::kBurst, false);
  const auto wanted = std::size_t{CrowdedTransport::kPublishers} * CrowdedTransport::kConsumersEach *
                      CrowdedTransport::kBurst;
  CHECK(crowd.Dropped() > 0);
  CHECK(crowd.Sent() - before + crowd.Dropped() == wanted);
  crowd.Send(2, false);
  CHECK(crowd.WithoutHoles());
}

TEST_CASE("EgressBatchTest: continues video without a gap at the next key frame when a batch was full") {
  CrowdedTransport crowd(MediaKind::kVideo);
  crowd.Send(1, true);
  crowd.Send(CrowdedTransport::kBurst, false);
  REQUIRE(crowd.Dropped() > 0);
  const auto before = crowd.Sent();
  crowd.Send(1, false);
  const auto intact = crowd.Sent() - before;
  CHECK(intact < std::size_t{CrowdedTransport::kPublishers} * CrowdedTransport::kConsumersEach);
  crowd.Send(1, true);
  CHECK(crowd.Sent() - before - intact ==
        std::size_t{CrowdedTransport::kPublishers} * CrowdedTransport::kConsumersEach);
  CHECK(crowd.WithoutHoles());
}

}  // namespace ringcast::test
