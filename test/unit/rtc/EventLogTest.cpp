#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RecordingLog.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

// Which events are logged, under which tag.
namespace ringcast::test {
namespace {

using log::Tag;
using Lines = std::vector<std::string>;

constexpr std::uint32_t kAudioSsrc = 1111;
constexpr std::uint32_t kVideoSsrc = 2222;

rtc::WebRtcTransportOptions OwnPort() {
  rtc::ListenInfo listen;
  listen.ip = "127.0.0.1";
  rtc::WebRtcTransportOptions options;
  options.listenInfos = {listen};
  return options;
}

// A WebRTC transport "t" in a room, and its peer.
struct Call {
  Call() {
    sim.AddRouter("room");
    REQUIRE(sim.worker.FindRouter("room")->CreateWebRtcTransport("t", OwnPort()).Ok());
    peer.emplace(sim, "t", *net::Address::Parse("192.0.2.7", 4000));
  }
  SimWorker sim;
  std::optional<SimPeer> peer;
};

bool Has(const Lines& lines, std::string_view start) {
  return std::any_of(lines.begin(), lines.end(),
                     [start](const auto& line) { return line.starts_with(start); });
}

}  // namespace

TEST_CASE("EventLogTest: logs the selected tuple and the states of ICE", "[rtc][log]") {
  Call call;
  const RecordingLog log(Tag::kIce);
  call.peer->Establish();
  CHECK(Has(log.messages, "Dtransport t: selected UDP 127.0.0.1 port "));
  CHECK(Has(log.messages, "Dtransport t: ICE is completed"));
  CHECK(log.messages.size() <= 4);
}

TEST_CASE("EventLogTest: logs the states of DTLS, and the suite of SRTP", "[rtc][log]") {
  {
    Call call;
    const RecordingLog log(Tag::kDtls);
    call.peer->Establish();
    CHECK(log.messages == Lines{"Dtransport t: DTLS is connecting", "Dtransport t: DTLS is connected"});
  }
  Call call;
  const RecordingLog log(Tag::kSrtp);
  call.peer->Establish();
  CHECK(log.messages.size() == 1);
  CHECK(Has(log.messages, "Dtransport t: SRTP started with AEAD_AES_"));
}

TEST_CASE("EventLogTest: logs the first drop for each reason, and counts the others", "[rtc][log]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.Produce("direct", "p", MediaKind::kAudio, kAudioSsrc);
  const RecordingLog log(Tag::kRtp);
  for (std::uint16_t i = 0; i < 5; ++i) {
    const auto packet = RtpBytes{.payloadType = 33,
                                 .sequenceNumber = i,
                                 .timestamp = 960,
                                 .ssrc = kAudioSsrc,
                                 .payload = OpusPayload(30)};
    REQUIRE(sim.Producer("p").Send(packet.Write(), sim.now).Ok());
  }
  CHECK(log.messages ==
        Lines{"Wtransport direct: dropped a packet: unknownPayloadType (further ones are only counted)"});
  CHECK(sim.worker.Report().drops[net::DropReason::kUnknownPayloadType] == 5);
}

TEST_CASE("EventLogTest: logs when a stream becomes active and inactive", "[rtc][log]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.Produce("direct", "p", MediaKind::kVideo, kVideoSsrc);
  const RecordingLog log(Tag::kRtp);
  const auto send = [&](std::uint16_t number) {
    const auto packet = RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                                 .marker = true,
                                 .sequenceNumber = number,
                                 .timestamp = 9000,
                                 .ssrc = kVideoSsrc,
                                 .payload = Vp8Payload(true, 500)};
    REQUIRE(sim.Producer("p").Send(packet.Write(), sim.now).Ok());
  };
  send(1);
  send(2);
  sim.Advance(Seconds(3));
  send(3);
  const std::string stream = "Dproducer p: stream of ssrc 2222, encoding 0, is ";
  CHECK(log.messages == Lines{stream + "active", stream + "inactive", stream + "active"});
}

TEST_CASE("EventLogTest: logs key-frame requests that are sent and suppressed, and counts them",
          "[rtc][log]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.Produce("direct", "p", MediaKind::kVideo, kVideoSsrc);
  const auto packet = RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                               .sequenceNumber = 1,
                               .ssrc = kVideoSsrc,
                               .payload = Vp8Payload(true, 500)};
  REQUIRE(sim.Producer("p").Send(packet.Write(), sim.now).Ok());
  const RecordingLog log(Tag::kRtcp);
  sim.Consume("direct", "c", "p", 7001);
  sim.Consume("direct", "d", "p", 7002);
  REQUIRE(log.messages.size() == 2);
  CHECK(log.messages[0] == "Dproducer p: requested a key frame of ssrc 2222 by PLI");
  CHECK(Has(log.messages, "Dproducer p: suppressed a key-frame request for ssrc 2222"));
  CHECK(sim.worker.Report().keyFrameRequestsSent == 1);
  CHECK(sim.worker.Report().keyFrameRequestsSuppressed == 1);
}

TEST_CASE("EventLogTest: logs nothing per packet", "[rtc][log]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.Produce("direct", "p", MediaKind::kAudio, kAudioSsrc);
  sim.Consume("direct", "c", "p", 7001);
  const RecordingLog log;
  log::SetLevel(log::Level::kDebug);
  log::SetTags(~std::uint32_t{0});
  for (std::uint16_t i = 0; i < 500; ++i) {
    const auto packet = RtpBytes{.payloadType = 111,
                                 .sequenceNumber = i,
                                 .timestamp = std::uint32_t{960} * i,
                                 .ssrc = kAudioSsrc,
                                 .payload = OpusPayload(30)};
    REQUIRE(sim.Producer("p").Send(packet.Write(), sim.now).Ok());
    static_cast<void>(sim.EndTurn());
    sim.Advance(Milliseconds(20));
  }
  CHECK(sim.notifier.consumerRtp.size() == 500);
  CHECK(log.messages.size() <= 4);
}

}  // namespace ringcast::test
