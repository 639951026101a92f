#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

TEST_CASE(
    "DirectTransportTest: forwards RTP from the controller to consumers, and to the controller from a direct "
    "consumer") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.Produce("direct", "p", MediaKind::kAudio, 5);
  sim.Consume("direct", "c", "p", 7001);
  const auto packet =
      RtpBytes{
          .payloadType = 111, .sequenceNumber = 9, .timestamp = 960, .ssrc = 5, .payload = OpusPayload(30)}
          .Write();
  REQUIRE(sim.Producer("p").Send(packet, sim.now).Ok());
  CHECK(sim.EndTurn().empty());
  REQUIRE(sim.notifier.consumerRtp.size() == 1);
  CHECK(sim.notifier.consumerRtp[0].id == "c");
  CHECK(LoadU32(sim.notifier.consumerRtp[0].bytes.data() + 8) == 7001);
  CHECK(sim.Transport("direct").Stats(sim.now).rtpBytesSent == packet.size());
}

TEST_CASE("DirectTransportTest: refuses invalid data, and data for another kind of transport") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "direct");
  sim.AddPlain("room", "plain", {.comedia = true});
  sim.Produce("direct", "p", MediaKind::kAudio, 5);
  sim.Produce("plain", "q", MediaKind::kAudio, 6);
  const std::vector<std::uint8_t> garbage{1, 2, 3};
  CHECK_FALSE(sim.Producer("p").Send(garbage, sim.now).Ok());
  CHECK_FALSE(sim.Producer("p").Send(std::vector<std::uint8_t>(70000, 0x80), sim.now).Ok());
  CHECK_FALSE(sim.Producer("q").Send(garbage, sim.now).Ok());
  CHECK_FALSE(sim.Direct("direct").ReceiveFromController(garbage, sim.now).Ok());
  CHECK(rtc::OfKind<rtc::DirectTransport>(&sim.Transport("plain")) == nullptr);
}

TEST_CASE(
    "DirectTransportTest: passes RTCP in both directions, and a PLI from the controller to the publisher") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddDirect("room", "viewer");
  sim.AddDirect("room", "publisher");
  sim.Produce("publisher", "p", MediaKind::kVideo, 5);
  sim.Consume("viewer", "c", "p", 7001);
  const auto packet =
      RtpBytes{.payloadType = 96, .sequenceNumber = 1, .ssrc = 5, .payload = Vp8Payload(true, 30)}.Write();
  REQUIRE(sim.Producer("p").Send(packet, sim.now).Ok());
  std::array<std::uint8_t, 32> buffer;
  rtcp::CompoundWriter writer(buffer);
  writer.AddPictureLoss(Ssrc(1), Ssrc(7001));
  REQUIRE(sim.Direct("viewer").ReceiveFromController({buffer.data(), writer.Size()}, sim.now).Ok());
  REQUIRE(sim.notifier.directRtcp.size() == 1);
  CHECK(sim.notifier.directRtcp[0].id == "publisher");
  rtcp::CompoundReader reader(sim.notifier.directRtcp[0].bytes);
  bool found = false;
  while (const auto message = reader.Next()) {
    if (const auto* loss = std::get_if<rtcp::PictureLoss>(&*message)) found = loss->media == Ssrc(5);
  }
  CHECK(found);
  CHECK(sim.Consumer("c").Stats(sim.now)[0].pliCount == 1);
}

}  // namespace ringcast::test
