#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kAudioSsrc = 2222;

std::vector<std::uint8_t> Video(std::uint16_t sequenceNumber, bool keyFrame, std::size_t payload = 1000) {
  return RtpBytes{.payloadType = 96,
                  .marker = true,
                  .sequenceNumber = sequenceNumber,
                  .timestamp = 9000,
                  .ssrc = kVideoSsrc,
                  .payload = Vp8Payload(keyFrame, payload)}
      .Write();
}

std::vector<std::uint8_t> Audio(std::uint16_t sequenceNumber, std::uint32_t timestamp = 960) {
  return RtpBytes{.payloadType = 111,
                  .sequenceNumber = sequenceNumber,
                  .timestamp = timestamp,
                  .ssrc = kAudioSsrc,
                  .payload = OpusPayload(80)}
      .Write();
}

// A publisher "in" with a video and an audio producer, and a viewer "out" with one consumer of each.
struct Room {
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = viewer});
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc);
    sim.Consume("out", "watch", "video", 7001);
    sim.Consume("out", "listen", "audio", 7002);
  }
  net::Address publisher = *net::Address::Parse("192.0.2.1", 4000);
  net::Address viewer = *net::Address::Parse("192.0.2.2", 5000);
  SimWorker sim;
};

std::vector<std::uint16_t> SequenceNumbers(const std::vector<Datagram>& datagrams) {
  std::vector<std::uint16_t> out;
  for (const auto& datagram : datagrams) out.push_back(LoadU16(datagram.bytes.data() + 2));
  return out;
}

}  // namespace

TEST_CASE("ForwardingTest: forwards packets with the consumer's ssrc and payload type") {
  Room room;
  room.sim.Receive("in", room.publisher, Audio(50));
  const auto sent = Rtp(room.sim.EndTurn());
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].to == room.viewer);
  const auto& bytes = sent[0].bytes;
  CHECK((bytes[1] & 0x7f) == SimWorker::kMappedAudioPayloadType);
  CHECK(LoadU32(bytes.data() + 8) == 7002);
  CHECK(std::vector<std::uint8_t>(bytes.end() - 80, bytes.end()) == OpusPayload(80));
}

TEST_CASE("ForwardingTest: sends all packets at the end of the loop iteration, and none earlier") {
  Room room;
  room.sim.Receive("in", room.publisher, Audio(1));
  CHECK(room.sim.SentSoFar() == 0);
  room.sim.Receive("in", room.publisher, Audio(2));
  CHECK(Rtp(room.sim.EndTurn()).size() == 2);
}

TEST_CASE("ForwardingTest: starts a video consumer at a key frame, and requests one until it arrives") {
  Room room;
  room.sim.Receive("in", room.publisher, Video(10, false));
  auto sent = room.sim.EndTurn();
  CHECK(CountPictureLoss(sent) == 1);
  CHECK(Rtp(sent).empty());

  room.sim.Receive("in", room.publisher, Video(11, true));
  room.sim.Receive("in", room.publisher, Video(12, false));
  CHECK(Rtp(room.sim.EndTurn()).size() == 2);
}

TEST_CASE("ForwardingTest: sends one request when many consumers wait for a key frame") {
  Room room;
  for (std::uint32_t i = 0; i < 20; ++i)
    room.sim.Consume("out", "more" + std::to_string(i), "video", 8000 + i);
  room.sim.Receive("in", room.publisher, Video(10, false));
  CHECK(CountPictureLoss(room.sim.EndTurn()) == 1);
  // No key frame arrives, so the worker repeats the request after the delay.
  room.sim.Advance(Seconds(1));
  CHECK(CountPictureLoss(room.sim.EndTurn()) == 1);
}

TEST_CASE("ForwardingTest: forwards without a sequence number gap from any first sequence number") {
  for (const int first : {0, 1, 32767, 32768, 65534, 65535}) {
    Room room;
    std::vector<Datagram> sent;
    for (int i = 0; i < 10; ++i)
      room.sim.Receive("in", room.publisher, Audio(static_cast<std::uint16_t>(first + i)));
    const auto numbers = SequenceNumbers(Rtp(room.sim.EndTurn()));
    REQUIRE(numbers.size() == 10);
    for (std::size_t i = 1; i < numbers.size(); ++i)
      CHECK(static_cast<std::uint16_t>(numbers[i] - numbers[i - 1]) == 1);
  }
}

TEST_CASE("ForwardingTest: drops duplicates, and drops padding packets without a sequence number gap") {
  Room room;
  auto padding =
      RtpBytes{.payloadType = 111, .sequenceNumber = 21, .timestamp = 960, .ssrc = kAudioSsrc, .padding = 200}
          .Write();
  room.sim.Receive("in", room.publisher, Audio(20));
  room.sim.Receive("in", room.publisher, Audio(20));
  room.sim.Receive("in", room.publisher, padding);
  room.sim.Receive("in", room.publisher, Audio(22));
  const auto numbers = SequenceNumbers(Rtp(room.sim.EndTurn()));
  REQUIRE(numbers.size() == 2);
  CHECK(static_cast<std::uint16_t>(numbers[1] - numbers[0]) == 1);
  CHECK(room.sim.Transport("in").Traffic().drops[net::DropReason::kDuplicate] == 1);
}

TEST_CASE("ForwardingTest: drops DTX packets without a sequence number gap when the consumer set ignoreDtx") {
  constexpr std::uint16_t kFirst[] = {0, 1, 32767, 32768, 65534, 65535};
  constexpr std::size_t kSizes[] = {1, 80, 80, 2, 1, 2, 80, 1, 3};
  for (const auto first : kFirst) {
    CAPTURE(first);
    Room room;
    room.sim.Consume("out", "ignores", "audio", 7003, {.ignoreDtx = true});
    RtpBytes packet{.payloadType = 111, .sequenceNumber = first, .ssrc = kAudioSsrc};
    std::map<std::uint32_t, std::vector<std::uint32_t>> timestamps;
    std::map<std::uint32_t, std::vector<std::uint16_t>> numbers;
    // DTX packets at the start and in the middle; the last packet is not DTX.
    for (const auto size : kSizes) {
      packet.payload = OpusPayload(size);
      room.sim.Receive("in", room.publisher, packet.Write());
      for (const auto& sent : Rtp(room.sim.EndTurn())) {
        const auto ssrc = LoadU32(sent.bytes.data() + 8);
        timestamps[ssrc].push_back(LoadU32(sent.bytes.data() + 4));
        numbers[ssrc].push_back(LoadU16(sent.bytes.data() + 2));
      }
      ++packet.sequenceNumber;
      packet.timestamp += 960;
    }
    CHECK(numbers[7002].size() == 9);
    CHECK(timestamps[7003] == std::vector<std::uint32_t>{960, 1920, 5760, 7680});
    for (std::size_t i = 0; i < numbers[7003].size(); ++i)
      CHECK(numbers[7003][i] == static_cast<std::uint16_t>(numbers[7003][0] + i));
  }
}

TEST_CASE(
    "ForwardingTest: forwards a reordered DTX packet without payload when its sequence number is already "
    "reserved") {
  Room room;
  room.sim.Consume("out", "ignores", "audio", 7003, {.ignoreDtx = true});
  const auto receive = [&](std::uint16_t number, std::size_t size) {
    room.sim.Receive("in", room.publisher,
                     RtpBytes{.payloadType = 111,
                              .sequenceNumber = number,
                              .timestamp = 960U * number,
                              .ssrc = kAudioSsrc,
                              .payload = OpusPayload(size)}
                         .Write());
    auto sent = Rtp(room.sim.EndTurn());
    std::erase_if(sent, [](const Datagram& one) { return LoadU32(one.bytes.data() + 8) != 7003; });
    return sent;
  };
  const auto first = receive(10, 80);
  const auto third = receive(12, 80);
  REQUIRE((first.size() == 1 && third.size() == 1));
  const auto filled = receive(11, 1);
  REQUIRE(filled.size() == 1);
  const auto packet = rtp::Packet::Parse(room.sim.pool.Copy(filled[0].bytes, room.sim.now));
  REQUIRE(packet);
  CHECK(packet->PayloadSize() == 0);
  CHECK(packet->PaddingSize() == 0);
  CHECK(packet->SequenceNumber() == static_cast<std::uint16_t>(SequenceNumbers(first)[0] + 1));
  CHECK(packet->SequenceNumber() == static_cast<std::uint16_t>(SequenceNumbers(third)[0] - 1));
  CHECK(packet->Timestamp() == 960U * 11);
  CHECK_FALSE(packet->Marker());
  // The statistics count the packet, but no payload bytes.
  const auto stats = room.sim.Consumer("ignores").Stats(room.sim.now);
  CHECK(stats[0].packetCount == 3);
  // A DTX packet that arrives in order is dropped without a gap.
  CHECK(receive(13, 1).empty());
  CHECK(SequenceNumbers(receive(14, 80))[0] == static_cast<std::uint16_t>(SequenceNumbers(third)[0] + 1));
}

TEST_CASE(
    "ForwardingTest: forwards nothing while paused, and continues without a gap at the next key frame") {
  Room room;
  room.sim.Receive("in", room.publisher, Video(1, true));
  const auto before = SequenceNumbers(Rtp(room.sim.EndTurn()));
  room.sim.Consumer("watch").Pause();
  room.sim.Receive("in", room.publisher, Video(2, true));
  CHECK(Rtp(room.sim.EndTurn()).empty());

  room.sim.Consumer("watch").Resume(room.sim.now);
  CHECK(CountPictureLoss(room.sim.EndTurn()) == 1);
  room.sim.Receive("in", room.publisher, Video(3, false));
  CHECK(Rtp(room.sim.EndTurn()).empty());
  room.sim.Receive("in", room.publisher, Video(4, true));
  const auto after = SequenceNumbers(Rtp(room.sim.EndTurn()));
  REQUIRE((before.size() == 1 && after.size() == 1));
  CHECK(static_cast<std::uint16_t>(after[0] - before[0]) == 1);
}

TEST_CASE("ForwardingTest: continues timestamps by the source's clock, not by arrival time, after a pause") {
  Room room;
  std::vector<std::uint32_t> timestamps;
  const auto send = [&](std::uint16_t sequenceNumber, std::uint32_t timestamp) {
    room.sim.Receive("in", room.publisher, Audio(sequenceNumber, timestamp));
    for (const auto& datagram : Rtp(room.sim.EndTurn()))
      timestamps.push_back(LoadU32(datagram.bytes.data() + 4));
  };
  send(1, 960);
  room.sim.Consumer("listen").Pause();
  room.sim.Advance(Milliseconds(90));  // of which 50 ms are network delay
  room.sim.Consumer("listen").Resume(room.sim.now);
  send(2, 960 + 40 * 48);
  REQUIRE(timestamps.size() == 2);
  CHECK(timestamps[1] - timestamps[0] == 40 * 48);
}

TEST_CASE("ForwardingTest: notifies consumers when their producer pauses, resumes or closes") {
  Room room;
  auto& producer = room.sim.Producer("audio");
  producer.Pause();
  producer.Pause();
  room.sim.Receive("in", room.publisher, Audio(1));
  CHECK(Rtp(room.sim.EndTurn()).empty());
  CHECK(room.sim.Consumer("listen").Summary().producerPaused);
  producer.Resume(room.sim.now);
  room.sim.Receive("in", room.publisher, Audio(2));
  CHECK(Rtp(room.sim.EndTurn()).size() == 1);
  REQUIRE(room.sim.Transport("in").CloseProducer("audio").Ok());
  CHECK(room.sim.notifier.consumerEvents ==
        std::vector<std::string>{"pause listen", "resume listen", "close listen"});
  CHECK(room.sim.worker.FindConsumer("listen") == nullptr);
  CHECK(room.sim.worker.FindProducer("audio") == nullptr);
}

TEST_CASE("ForwardingTest: drops the queued packets of a consumer that closes before the iteration ends") {
  Room room;
  room.sim.Consume("out", "second", "audio", 7003);
  room.sim.Receive("in", room.publisher, Audio(1));
  REQUIRE(room.sim.Transport("out").CloseConsumer("listen").Ok());
  const auto sent = Rtp(room.sim.EndTurn());
  REQUIRE(sent.size() == 1);
  CHECK(LoadU32(sent[0].bytes.data() + 8) == 7003);
}

TEST_CASE("ForwardingTest: drops the queued packets of a producer that closes before the iteration ends") {
  Room room;
  room.sim.Receive("in", room.publisher, Audio(1));
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("in", room.sim.now).Ok());
  CHECK(Rtp(room.sim.EndTurn()).empty());
}

TEST_CASE("ForwardingTest: sends packets of equal size as one GSO batch, audio before video") {
  Room room;
  room.sim.Receive("in", room.publisher, Video(1, true));
  for (std::uint16_t i = 2; i < 10; ++i) room.sim.Receive("in", room.publisher, Video(i, false));
  room.sim.Receive("in", room.publisher, Video(10, false, 400));
  room.sim.Receive("in", room.publisher, Audio(1));
  const auto runs = room.sim.EndTurnRuns();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].segments.Count() == 1);
  CHECK(LoadU32(runs[0].bytes.data() + 8) == 7002);
  CHECK(runs[1].segments.Count() == 10);
}

TEST_CASE(
    "ForwardingTest: continues the consumer's sequence numbers when the source changes its ssrc or jumps") {
  Room room;
  room.sim.Receive("in", room.publisher, Audio(100));
  const auto before = SequenceNumbers(Rtp(room.sim.EndTurn()));
  room.sim.Advance(Milliseconds(20));
  // A second packet confirms the jump (RFC 3550 appendix A.1).
  room.sim.Receive("in", room.publisher, Audio(40000));
  room.sim.Receive("in", room.publisher, Audio(40001));
  const auto after = SequenceNumbers(Rtp(room.sim.EndTurn()));
  REQUIRE((before.size() == 1 && after.size() == 1));
  CHECK(static_cast<std::uint16_t>(after[0] - before[0]) == 1);
}

TEST_CASE("ForwardingTest: counts drops by reason for unknown remotes, streams and payload types") {
  using net::DropReason;
  Room room;
  auto unknownSsrc = RtpBytes{.payloadType = 111, .ssrc = 9, .payload = OpusPayload(10)}.Write();
  auto unknownType = RtpBytes{.payloadType = 77, .ssrc = kAudioSsrc, .payload = OpusPayload(10)}.Write();
  room.sim.Receive("in", room.publisher, Audio(1));
  room.sim.Receive("in", room.viewer, Audio(2));
  room.sim.Receive("in", room.publisher, unknownSsrc);
  room.sim.Receive("in", room.publisher, unknownType);
  room.sim.Receive("in", room.publisher, {0x80, 111, 0});
  room.sim.Receive("in", room.publisher, {200, 1, 2, 3});
  room.sim.Receive("in", room.publisher, std::vector<std::uint8_t>(20, 0x01));
  const auto& drops = room.sim.Transport("in").Traffic().drops;
  CHECK(drops[DropReason::kUnknownRemote] == 1);
  CHECK(drops[DropReason::kUnknownStream] == 1);
  CHECK(drops[DropReason::kUnknownPayloadType] == 1);
  CHECK(drops[DropReason::kMalformedRtp] == 1);
  CHECK(drops[DropReason::kUnknownProtocol] == 1);
  CHECK(drops[DropReason::kUnexpectedProtocol] == 1);
  CHECK(Rtp(room.sim.EndTurn()).size() == 1);
  // The worker's sum keeps the counts after the transport closes.
  const auto total = drops.Total();
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("in", room.sim.now).Ok());
  CHECK(room.sim.worker.Report().drops.Total() == total);
}

TEST_CASE("ForwardingTest: keeps the values of header extensions and maps their ids to the consumer's") {
  Room room;
  room.sim.Produce("in", "rich", MediaKind::kAudio, 3333,
                   {.extensions = {{rtp::Extension::kAudioLevel, 1},
                                   {rtp::Extension::kAbsSendTime, 2},
                                   {rtp::Extension::kMid, 3}},
                    .mid = "a"});
  room.sim.Consume(
      "out", "rich-out", "rich", 7010,
      {.extensions = {{rtp::Extension::kAudioLevel, 10}, {rtp::Extension::kMid, 4}}, .mid = "7"});
  const auto packet = RtpBytes{.payloadType = 111,
                               .sequenceNumber = 1,
                               .ssrc = 3333,
                               .extensions = {{1, {0x85}}, {2, {1, 2, 3}}, {3, Bytes("a")}},
                               .payload = OpusPayload(20)};
  room.sim.Receive("in", room.publisher, packet.Write());
  const auto sent = Rtp(room.sim.EndTurn());
  REQUIRE(sent.size() == 1);
  auto parsed = rtp::Packet::Parse(room.sim.pool.Copy(sent[0].bytes, room.sim.now));
  REQUIRE(parsed);
  rtp::ExtensionIds ids;
  ids.Set(rtp::Extension::kAudioLevel, 10);
  ids.Set(rtp::Extension::kMid, 4);
  ids.Set(rtp::Extension::kAbsSendTime, 2);
  parsed->LocateExtensions(ids);
  REQUIRE(parsed->ExtensionValue(rtp::Extension::kAudioLevel));
  CHECK((*parsed->ExtensionValue(rtp::Extension::kAudioLevel))[0] == 0x85);
  REQUIRE(parsed->ExtensionValue(rtp::Extension::kMid));
  CHECK((*parsed->ExtensionValue(rtp::Extension::kMid))[0] == '7');
  CHECK_FALSE(parsed->ExtensionValue(rtp::Extension::kAbsSendTime));
}

TEST_CASE("ForwardingTest: finds a stream by its mid and then by its learned ssrc") {
  Room room;
  room.sim.Produce("in", "bymid", MediaKind::kAudio, std::nullopt,
                   {.extensions = {{rtp::Extension::kMid, 5}}, .mid = "m9"});
  room.sim.Consume("out", "bymid-out", "bymid", 7020);
  auto first = RtpBytes{.payloadType = 111,
                        .sequenceNumber = 1,
                        .ssrc = 424242,
                        .extensions = {{5, Bytes("m9")}},
                        .payload = OpusPayload(9)};
  auto second = RtpBytes{.payloadType = 111, .sequenceNumber = 2, .ssrc = 424242, .payload = OpusPayload(9)};
  room.sim.Receive("in", room.publisher, first.Write());
  room.sim.Receive("in", room.publisher, second.Write());
  CHECK(Rtp(room.sim.EndTurn()).size() == 2);
}

}  // namespace ringcast::test
