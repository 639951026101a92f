#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtc/egress/GsoPadding.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);

}  // namespace

TEST_CASE("GsoPaddingTest: pads neighbouring packets to equal size when their sizes differ by little") {
  struct Row {
    std::string what;
    std::uint32_t most;
    std::vector<std::uint32_t> sizes;
    std::vector<std::uint8_t> padding;
  };
  const Row rows[] = {
      {"nothing", 4, {}, {}},
      {"one", 4, {900}, {0}},
      {"a frame of a browser", 1, {964, 964, 964, 964, 965}, {1, 1, 1, 1, 0}},
      {"a difference at the limit", 4, {900, 904}, {4, 0}},
      {"and beyond it", 4, {900, 905}, {0, 0}},
      {"two frames", 2, {964, 965, 500, 502}, {1, 0, 2, 0}},
      {"never more than the limit, however they creep", 2, {900, 901, 902, 903, 904}, {2, 1, 0, 1, 0}},
      {"switched off", 0, {964, 965}, {0, 0}},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    std::vector<std::uint8_t> padding(row.sizes.size(), 77);
    rtc::PlanGsoPadding(row.sizes, row.most, padding);
    CHECK(padding == row.padding);
  }
}

TEST_CASE("GsoPaddingTest: sends an uneven video frame as one padded GSO batch, and audio without padding") {
  for (const bool even : {true, false}) {
    SimWorker sim(1, {.gsoPadding = static_cast<std::uint8_t>(even ? 4 : 0)});
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce("in", "v", MediaKind::kVideo, 5);
    sim.Consume("out", "cv", "v", 7001);
    sim.Produce("in", "a", MediaKind::kAudio, 6);
    sim.Consume("out", "ca", "a", 7002);
    constexpr std::size_t kSizes[] = {960, 960, 963};
    std::vector<std::vector<std::uint8_t>> payloads;
    for (std::uint16_t i = 0; i < 3; ++i) {
      payloads.push_back(Vp8Payload(i == 0, kSizes[i]));
      sim.Receive("in", kPublisher,
                  RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                           .sequenceNumber = i,
                           .ssrc = 5,
                           .payload = payloads.back()}
                      .Write());
      sim.Receive("in", kPublisher,
                  RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                           .sequenceNumber = i,
                           .ssrc = 6,
                           .payload = OpusPayload(100U + i)}
                      .Write());
    }
    const auto runs = sim.EndTurnRuns();
    std::size_t video = 0;
    std::size_t audio = 0;
    for (const auto& run : runs) {
      for (std::size_t offset = 0; offset < run.segments.total; offset += run.segments.size) {
        const auto size = std::min(run.segments.size, run.segments.total - offset);
        const auto packet = rtp::Packet::Parse(sim.pool.Copy(ByteView(run.bytes).subspan(offset, size), {}));
        REQUIRE(packet);
        if (packet->SenderSsrc() == Ssrc(7002)) {
          CHECK(packet->PaddingSize() == 0);
          ++audio;
          continue;
        }
        CHECK(packet->PaddingSize() == (even ? 963 - kSizes[video] : 0));
        const auto payload = packet->Payload();
        CHECK(std::vector<std::uint8_t>(payload.begin(), payload.end()) == payloads[video]);
        ++video;
      }
    }
    CHECK(video == 3);
    CHECK(audio == 3);
    // Three audio batches, because the sizes grow; one video batch, or two of 960 960 and 963 bytes.
    CHECK(runs.size() == (even ? 4 : 5));
    const auto dump = sim.worker.Report();
    CHECK(dump.paddedPackets == (even ? 2 : 0));
    CHECK(dump.paddingBytes == (even ? 6 : 0));
    // The payload octet count excludes padding (RFC 3550 section 6.4.1).
    const auto stats = sim.Consumer("cv").Stats(sim.now);
    CHECK(stats[0].packetCount == 3);
  }
}

}  // namespace ringcast::test
