#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kViewedSsrc = 7001;
constexpr std::size_t kAllowance = ice::ReturnRoutability::kAllowance;

net::Address Place(std::uint16_t port) { return *net::Address::Parse("192.0.2.7", port); }
const net::Address kVictim = *net::Address::Parse("203.0.113.9", 53);

// A publisher, and a viewer that has received video for long enough to get sender reports.
struct Call {
  Call() {
    sim.AddRouter("room");
    sim.AddWebRtc("room", "in");
    sim.AddWebRtc("room", "out");
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Consume("out", "watch", "video", kViewedSsrc);
    publisher.emplace(sim, "in", Place(4000));
    viewer.emplace(sim, "out", Place(5000));
    publisher->Establish();
    viewer->Establish();
    for (int i = 0; i < 100; ++i) Frame(1);
    REQUIRE(viewer->rtp.size() == 100);
    REQUIRE_FALSE(SenderReports(viewer->rtcp).empty());
  }

  // Advances the time by 100 ms, then forwards a frame.
  std::vector<Datagram> Frame(std::size_t packets, bool keyFrame = false) {
    sim.Advance(Milliseconds(100));
    if (frame % 20 == 0) {
      viewer->Check(false);
      publisher->Check(false);
    }
    for (std::size_t i = 0; i < packets; ++i) {
      publisher->SendRtp(RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                                  .marker = i + 1 == packets,
                                  .sequenceNumber = sequenceNumber++,
                                  .timestamp = frame * 9000,
                                  .ssrc = kVideoSsrc,
                                  .payload = Vp8Payload(keyFrame || frame == 0, 1000)}
                             .Write());
    }
    ++frame;
    auto sent = sim.EndTurn();
    for (const auto& datagram : sent) {
      if (datagram.to == address) viewer->Receive(datagram.bytes);
    }
    return sent;
  }
  static std::size_t BytesTo(const net::Address& to, const std::vector<Datagram>& datagrams) {
    std::size_t bytes = 0;
    for (const auto& datagram : datagrams) bytes += datagram.to == to ? datagram.bytes.size() : 0;
    return bytes;
  }
  static std::vector<rtcp::SenderReport> SenderReports(
      const std::vector<std::vector<std::uint8_t>>& compounds) {
    std::vector<rtcp::SenderReport> reports;
    for (const auto& compound : compounds) {
      const auto found = MessagesOf<rtcp::SenderReport>(compound);
      reports.insert(reports.end(), found.begin(), found.end());
    }
    return reports;
  }
  static std::vector<std::uint8_t> Report(std::uint32_t lastSenderReport) {
    rtcp::ReportBlock block;
    block.ssrc = Ssrc(kViewedSsrc);
    block.highestSequence = 1'000'000;
    block.lastSenderReport = lastSenderReport;
    std::vector<std::uint8_t> bytes(64);
    rtcp::CompoundWriter writer(bytes);
    writer.AddReceiverReport(Ssrc(5), std::span(&block, 1));
    bytes.resize(writer.Size());
    return bytes;
  }
  // The viewer, a participant, sends this with the victim's source address.
  void Forge(const std::vector<std::uint8_t>& bytes) { SimPeer(sim, "out", kVictim).SendRaw(bytes); }
  void NominateVictim() { SimPeer(sim, "out", kVictim).Check(true); }
  std::uint64_t Unconfirmed() {
    return sim.Transport("out").Traffic().drops[net::DropReason::kUnconfirmedAddress];
  }

  SimWorker sim;
  net::Address address = Place(5000);  // the viewer's address
  std::optional<SimPeer> publisher, viewer;
  std::uint16_t sequenceNumber = 100;
  std::uint32_t frame = 0;
};

}  // namespace

TEST_CASE(
    "ReturnRoutabilityTest: sends no more than the limit to a third party, and the rest to the previous "
    "address",
    "[rtc][webrtc]") {
  Call call;
  call.NominateVictim();
  call.viewer->rtcp.clear();
  const auto before = call.viewer->rtp.size();
  std::size_t toVictim = 0;
  for (int i = 0; i < 250; ++i) {
    // The participant reports arbitrary arrivals.
    const auto now = SimWorker::kWallClock.Ntp(call.sim.now).Compact();
    if (i % 10 == 0) call.Forge(call.viewer->ProtectRtcp(Call::Report(now)));
    if (i % 50 == 0) call.NominateVictim();
    toVictim += Call::BytesTo(kVictim, call.Frame(10));
  }
  // 2.7 MB were forwarded; the packets with the victim's address are 25 reports and 6 requests of 100 bytes.
  CHECK(toVictim <= 2 * kAllowance + 3 * 31 * 100);
  CHECK(call.viewer->rtp.size() - before > 2400);
  CHECK(call.sim.Transport("out").Connected());
  // The reports that could confirm the address were sent only to that address.
  for (const auto& report : Call::SenderReports(call.viewer->rtcp))
    CHECK(static_cast<std::int32_t>(report.ntp.Compact() -
                                    SimWorker::kWallClock.Ntp(call.sim.now).Compact()) < 0);
}

TEST_CASE("ReturnRoutabilityTest: drops packets beyond the limit when there was no earlier address",
          "[rtc][webrtc]") {
  Call call;
  call.sim.Advance(Seconds(31));
  call.NominateVictim();
  std::size_t toVictim = 0;
  for (int i = 0; i < 100; ++i) {
    toVictim += Call::BytesTo(kVictim, call.Frame(10, i == 0));
    if (call.frame % 20 == 0) call.NominateVictim();
  }
  CHECK(toVictim <= 2 * kAllowance);
  CHECK(call.Unconfirmed() > 800);
}

TEST_CASE("ReturnRoutabilityTest: confirms a new address of a viewer by the viewer's next report",
          "[rtc][webrtc]") {
  Call call;
  call.viewer->rtcp.clear();
  call.address = Place(6000);
  call.viewer->MoveTo(call.address);
  call.viewer->Check(true);
  // At once, before any media packet.
  for (const auto& datagram : call.sim.EndTurn()) {
    if (datagram.to == call.address) call.viewer->Receive(datagram.bytes);
  }
  const auto reports = Call::SenderReports(call.viewer->rtcp);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].sender == Ssrc(kViewedSsrc));
  call.viewer->SendRtcp(Call::Report(reports[0].ntp.Compact()));
  const auto before = call.viewer->rtp.size();
  for (int i = 0; i < 10; ++i) CHECK(Call::BytesTo(Place(5000), call.Frame(100)) == 0);
  CHECK(call.viewer->rtp.size() == before + 1000);
  CHECK(call.Unconfirmed() == 0);
  CHECK(call.sim.worker.Report().drops[net::DropReason::kUnconfirmedAddress] == 0);
}

TEST_CASE("ReturnRoutabilityTest: sends a report at once to a viewer that returns after losing consent",
          "[rtc][webrtc]") {
  Call call;
  call.sim.Advance(Seconds(31));
  REQUIRE_FALSE(call.sim.Transport("out").Connected());
  call.sim.EndTurn();
  call.viewer->rtcp.clear();
  call.viewer->Check(true);
  REQUIRE(call.sim.Transport("out").Connected());
  for (const auto& datagram : call.sim.EndTurn()) {
    if (datagram.to == call.address) call.viewer->Receive(datagram.bytes);
  }
  const auto reports = Call::SenderReports(call.viewer->rtcp);
  REQUIRE(reports.size() == 1);
  call.viewer->SendRtcp(Call::Report(reports[0].ntp.Compact()));
  const auto before = call.viewer->rtp.size();
  call.publisher->Check(true);
  for (int i = 0; i < 10; ++i) call.Frame(100, i == 0);
  CHECK(call.viewer->rtp.size() == before + 1000);
  CHECK(call.Unconfirmed() == 0);
}

TEST_CASE(
    "ReturnRoutabilityTest: keeps forwarding without a pause when a viewer that sends media changes its "
    "address",
    "[rtc][webrtc]") {
  Call call;
  call.sim.Produce("out", "own", MediaKind::kVideo, 2222);
  call.address = Place(6000);
  call.viewer->MoveTo(call.address);
  call.viewer->Check(true);
  const auto before = call.viewer->rtp.size();
  std::uint16_t own = 1;
  for (int i = 0; i < 30; ++i) {
    for (int k = 0; k < 4; ++k) {
      call.viewer->SendRtp(RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                                    .sequenceNumber = own++,
                                    .timestamp = 1,
                                    .ssrc = 2222,
                                    .payload = Vp8Payload(false, 1000)}
                               .Write());
    }
    call.Frame(10);
  }
  CHECK(call.viewer->rtp.size() == before + 300);
}

TEST_CASE("ReturnRoutabilityTest: forwards everything when no address changes", "[rtc][webrtc]") {
  Call call;
  const auto before = call.viewer->rtp.size();
  const auto parameters = call.sim.WebRtc("out").RestartIce(call.sim.now);
  REQUIRE(parameters.Ok());
  call.viewer->Check(true);
  for (int i = 0; i < 10; ++i) call.Frame(200);
  CHECK(call.viewer->rtp.size() == before + 2000);
  CHECK(call.Unconfirmed() == 0);
}

}  // namespace ringcast::test
