#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "bench/FanoutOptions.hpp"
#include "bench/FanoutReport.hpp"
#include "bench/TestStream.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/Packet.hpp"

using namespace ringcast;
using namespace ringcast::bench;

namespace {

using Arguments = std::vector<std::string_view>;

TestStream VideoStream(std::uint32_t packetsPerFrame = 3, std::uint32_t keyFrameInterval = 2) {
  return TestStream({.index = 5,
                     .kind = MediaKind::kVideo,
                     .ssrc = Ssrc(0x1234),
                     .packetSize = 200,
                     .packetsPerFrame = packetsPerFrame,
                     .timestampStep = 3000,
                     .keyFrameInterval = keyFrameInterval});
}

rtp::Packet Next(TestStream& stream, net::PacketPool& pool) {
  std::vector<std::uint8_t> bytes(stream.Kind().packetSize);
  stream.WriteNext(bytes);
  auto packet = rtp::Packet::Parse(pool.Copy(bytes, Instant{}));
  REQUIRE(packet);
  return std::move(*packet);
}

}  // namespace

TEST_CASE("FanoutOptionsTest: sets the option of each argument", "[bench]") {
  const Arguments arguments = {"--producers=2",
                               "--consumers",
                               "3",
                               "--pps=400",
                               "--audioPps=0",
                               "--burst",
                               "4",
                               "--size=900",
                               "--suite=none",
                               "--backend",
                               "uring-copy",
                               "--seconds=7",
                               "--ipv6",
                               "--json",
                               "--inspectEvery=19",
                               "--inspectAudioEvery=2",
                               "--receiveEvery=500"};
  const auto options = ParseFanoutOptions(arguments);
  REQUIRE(options);
  CHECK(options->producers == 2);
  CHECK(options->consumers == 3);
  CHECK(options->videoRate == 400);
  CHECK(options->audioRate == 0);
  CHECK(options->burst == 4);
  CHECK(options->size == 900);
  CHECK_FALSE(options->suite);
  CHECK(options->backend == Backend::kUringWithCopy);
  CHECK(options->seconds == 7);
  CHECK(options->ipv6);
  CHECK(options->json);
  CHECK(options->inspectEvery == 19);
  CHECK(options->inspectAudioEvery == 2);
  CHECK(options->receiveEvery == 500);
  CHECK(options->Streams() == 2);
}

TEST_CASE("FanoutOptionsTest: describes audio rooms, video alone and meetings", "[bench]") {
  const Arguments audioRoom = {"--producers=100", "--consumers=100", "--pps=0", "--talkers=3",
                               "--leaveOutOwn"};
  auto options = ParseFanoutOptions(audioRoom);
  REQUIRE(options);
  CHECK(options->Streams() == 100);
  CHECK(options->talkers == 3);
  CHECK(options->Consumes(4, 5));
  CHECK_FALSE(options->Consumes(5, 5));
  CHECK(options->ConsumersOf(99) == 99);

  const Arguments video = {"--producers=4", "--consumers=2", "--audioPps=0", "--leaveOutOwn", "--lastLarger"};
  options = ParseFanoutOptions(video);
  REQUIRE(options);
  CHECK(options->Streams() == 4);
  CHECK(options->lastLarger);
  CHECK(options->ConsumersOf(1) == 1);
  // The second producer has no consumer of its own to leave out.
  CHECK(options->ConsumersOf(2) == 2);
  options->leaveOutOwn = false;
  CHECK(options->Consumes(1, 1));
  CHECK(options->ConsumersOf(1) == 2);
}

TEST_CASE("FanoutOptionsTest: spreads the encodings of a producer over its consumers", "[bench]") {
  const Arguments arguments = {"--encodings=3", "--consumers=40", "--producers=41", "--leaveOutOwn"};
  const auto options = ParseFanoutOptions(arguments);
  REQUIRE(options);
  CHECK(options->Streams() == 41 * 4);
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(options->KindOfStream(i) == (i % 4 == 3 ? MediaKind::kAudio : MediaKind::kVideo));
  for (std::size_t producer = 0; producer < 41; ++producer) {
    for (std::size_t encoding = 0; encoding < 3; ++encoding) {
      std::size_t reached = 0;
      for (std::size_t i = 0; i < 40; ++i)
        reached += options->Consumes(i, producer) && options->EncodingOf(i) == encoding ? 1U : 0U;
      CHECK(options->ConsumersOf(producer, encoding) == reached);
    }
  }
}

TEST_CASE("FanoutOptionsTest: numbers a producer's video streams before its audio", "[bench]") {
  FanoutOptions options;
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(options.KindOfStream(i) == (i % 2 == 0 ? MediaKind::kVideo : MediaKind::kAudio));
  options.audioRate = 0;
  CHECK(options.KindOfStream(3) == MediaKind::kVideo);
  options = {.videoRate = 0};
  CHECK(options.KindOfStream(2) == MediaKind::kAudio);
}

TEST_CASE("FanoutOptionsTest: rejects a wrong argument and names its value", "[bench]") {
  struct Row {
    Arguments arguments;
    std::string_view says;
  };
  const Row rows[] = {
      {{"--consumers=0"}, "\"0\""},
      {{"--consumers=2001"}, "2001"},
      {{"--producers=101"}, "101"},
      {{"--pps=0", "--audioPps=0"}, "nothing to send"},
      {{"--talkers=0"}, "\"0\""},
      {{"--inspectEvery=0"}, "\"0\""},
      {{"--pps=100001"}, "100001"},
      {{"--lastLarger=1"}, "--lastLarger"},
      {{"--burst=0"}, "\"0\""},
      {{"--size=63"}, "63"},
      {{"--size=1401"}, "1401"},
      {{"--suite=AES"}, "AES"},
      {{"--backend=tcp"}, "tcp"},
      {{"--srtp=rot13"}, "rot13"},
      {{"--seconds=forever"}, "forever"},
      {{"--sink=far"}, "far"},
      {{"--sink=192.0.2.1"}, "--sinkVia"},
      {{"--json=1"}, "--json"},
      {{"--chicken"}, "--chicken"},
      {{"--inspectAudioEvery=0"}, "\"0\""},
      {{"--receiveEvery=10001"}, "10001"},
  };
  for (const auto& [arguments, says] : rows) {
    const auto options = ParseFanoutOptions(arguments);
    REQUIRE_FALSE(options);
    CHECK_THAT(options.Failure().reason, Catch::Contains(std::string(says)));
  }
}

TEST_CASE("FanoutOptionsTest: accepts the SRTP engines of this build and names them otherwise", "[bench]") {
  for (const auto engine : srtp::kEngines) {
    INFO(srtp::Name(engine));
    const std::string argument = "--srtp=" + std::string(srtp::Name(engine));
    const auto options = ParseFanoutOptions(std::array{std::string_view(argument)});
    REQUIRE(options.Ok() == srtp::IsBuiltIn(engine));
    if (options) CHECK(options->srtpEngine == engine);
    if (!options) CHECK_THAT(options.Failure().reason, Catch::EndsWith(EngineNames()));
  }
}

TEST_CASE("TestStreamTest: writes frames of packets, with a key frame per interval", "[bench]") {
  net::PacketPool pool;
  auto stream = VideoStream(3, 2);
  for (std::uint32_t i = 0; i < 24; ++i) {
    const auto packet = Next(stream, pool);
    CHECK(packet.SenderSsrc() == Ssrc(0x1234));
    CHECK(packet.SequenceNumber() == i);
    CHECK(packet.Timestamp() == i / 3 * 3000);
    CHECK(packet.Marker() == (i % 3 == 2));
    CHECK(packet.PayloadType() == TestStream::kVideoPayloadType);
    CHECK(rtp::IsKeyFrame(rtp::Codec::kVp8, packet.Payload()) == (i % 6 == 0));
  }
  CHECK(stream.NextSequence() == 24);
}

TEST_CASE("TestStreamTest: makes the last packet of a frame a byte larger unless it is the only one",
          "[bench]") {
  const auto sizesOf = [](std::uint32_t packetsPerFrame) {
    TestStream stream({.packetSize = 964, .packetsPerFrame = packetsPerFrame, .lastLarger = true});
    std::vector<std::size_t> sizes;
    std::vector<std::uint8_t> bytes(965);
    for (int i = 0; i < 6; ++i) {
      sizes.push_back(stream.NextSize());
      stream.WriteNext(bytes);
      CHECK(ReadMark(ByteView(bytes).first(sizes.back())));
    }
    return sizes;
  };
  CHECK(sizesOf(5) == std::vector<std::size_t>{964, 964, 964, 964, 965, 964});
  CHECK(sizesOf(1) == std::vector<std::size_t>(6, 964));
}

TEST_CASE("TestStreamTest: recognizes a packet after its header was rewritten", "[bench]") {
  auto stream = VideoStream();
  std::vector<std::uint8_t> bytes(stream.Kind().packetSize);
  for (std::uint32_t i = 0; i < 5; ++i) stream.WriteNext(bytes);
  StoreU16(&bytes[2], 60'000);
  StoreU32(&bytes[8], 0xffffffff);
  CHECK(ReadMark(bytes) == Mark{5, 4});
}

TEST_CASE("TestStreamTest: recognizes a packet behind an added header extension", "[bench]") {
  auto stream = VideoStream();
  std::vector<std::uint8_t> bytes(stream.Kind().packetSize);
  stream.WriteNext(bytes);
  const std::vector<std::uint8_t> extension = {0xbe, 0xde, 0, 2, 0x10, '0', 0, 0, 0x42, 1, 2, 3};
  bytes[0] |= 0x10;
  bytes.insert(bytes.begin() + 12, extension.begin(), extension.end());
  CHECK(ReadMark(bytes) == Mark{5, 0});
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(ReadMark(ByteView(bytes).first(size)));
  bytes[15] = 3;
  CHECK_FALSE(ReadMark(bytes));
}

TEST_CASE("TestStreamTest: recognizes a packet with added padding", "[bench]") {
  auto stream = VideoStream();
  std::vector<std::uint8_t> bytes(stream.Kind().packetSize);
  stream.WriteNext(bytes);
  bytes[0] |= 0x20;
  for (const std::size_t padding : {1U, 3U}) {
    auto padded = bytes;
    padded.resize(bytes.size() + padding);
    padded.back() = static_cast<std::uint8_t>(padding);
    CHECK(ReadMark(padded) == Mark{5, 0});
    padded.back() = 0;
    CHECK_FALSE(ReadMark(padded));
  }
}

TEST_CASE("TestStreamTest: rejects a packet that is cut, longer or changed behind its prologue", "[bench]") {
  constexpr std::size_t kMarkOffset = 12 + 15;
  auto stream = VideoStream();
  std::vector<std::uint8_t> bytes(stream.Kind().packetSize);
  stream.WriteNext(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(ReadMark(ByteView(bytes).first(size)));
  for (std::size_t i = kMarkOffset; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= 0x40;
    const auto mark = ReadMark(changed);
    CHECK_FALSE(mark == Mark{5, 0});
  }
  bytes.push_back(0);
  CHECK_FALSE(ReadMark(bytes));
}

namespace {

FanoutReport SampleReport() {
  FanoutReport report;
  report.options.seconds = 2;
  report.begin.userTime = Milliseconds(100);
  report.begin.systemTime = Milliseconds(50);
  report.begin.egress.datagrams = 1000;
  report.begin.egress.sends = 500;
  report.begin.egress.zeroCopySends = 10;
  report.end.userTime = Milliseconds(130);
  report.end.systemTime = Milliseconds(90);
  report.end.egress.mode = "io_uring+gso";
  report.end.egress.modeReason = "said \"no\"";
  report.end.egress.datagrams = 29'000;
  report.end.egress.sends = 4500;
  report.end.egress.zeroCopySends = 1010;
  report.load = {.sent = 700,
                 .expected = 28'000,
                 .received = 27'720,
                 .inspected = 1700,
                 .latency = {.median = 150'000, .p99 = 900'000},
                 .video = {.expected = 26'000, .received = 25'740, .latency = {.p99 = 901'000}},
                 .audio = {.expected = 2000, .received = 1980}};
  return report;
}

}  // namespace

TEST_CASE("FanoutReportTest: computes its figures from the measured time", "[bench]") {
  const auto report = SampleReport();
  CHECK(report.Forwarded() == 28'000);
  CHECK(report.PacketsPerSecond() == Approx(14'000));
  CHECK(report.CpuMicrosecondsPerPacket() == Approx(2.5));
  CHECK(report.LossPercent() == Approx(1));
  CHECK(report.DatagramsPerSend() == Approx(7));
  CHECK(report.ZeroCopyPercent() == Approx(25));
  CHECK(report.Fault().empty());
}

TEST_CASE("FanoutReportTest: names the fault when nothing was sent", "[bench]") {
  FanoutReport report;
  CHECK(report.CpuMicrosecondsPerPacket() == 0);
  CHECK(report.DatagramsPerSend() == 0);
  CHECK_FALSE(report.Fault().empty());
  report = SampleReport();
  report.load.corrupt = 1;
  CHECK_THAT(report.Fault(), Catch::Contains("1 of 1700"));
}

TEST_CASE("FanoutReportTest: writes JSON in one line without escapes", "[bench]") {
  const auto json = SampleReport().Json();
  CHECK(json.front() == '{');
  CHECK(json.back() == '}');
  CHECK(json.find('\n') == std::string::npos);
  CHECK_THAT(json, Catch::Contains("\"cpuMicrosPerPacket\": 2.500") &&
                       Catch::Contains("\"mode\": \"io_uring+gso\"") &&
                       Catch::Contains("\"modeReason\": \"said 'no'\"") &&
                       Catch::Contains("\"lossPercent\": 1.000") &&
                       Catch::Contains("\"latencyP99Micros\": 900.000") &&
                       Catch::Contains(R"("video": {"sent": 0, "expected": 26000, "received": 25740, )") &&
                       Catch::Contains("\"latencyP99Micros\": 901.000") &&
                       Catch::Contains(R"("audio": {"sent": 0, "expected": 2000, "received": 1980, )"));
}
