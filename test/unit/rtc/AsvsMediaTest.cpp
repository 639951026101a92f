// The requirements of OWASP ASVS 5.0, chapter V17.2, for media servers, one test for each requirement number.
#include <catch2/catch.hpp>

#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;
constexpr std::uint32_t kAudioSsrc = 2222;

net::Address Place(std::uint16_t port) { return *net::Address::Parse("192.0.2.7", port); }

// A call over WebRTC: a publisher of video and audio, and a viewer of both.
struct Call {
  Call() {
    sim.AddRouter("room");
    sim.AddWebRtc("room", "in");
    sim.AddWebRtc("room", "out");
    sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    sim.Produce("in", "audio", MediaKind::kAudio, kAudioSsrc);
    sim.Consume("out", "watch", "video", 7001);
    sim.Consume("out", "listen", "audio", 7002);
    publisher.emplace(sim, "in", Place(4000));
    viewer.emplace(sim, "out", Place(5000));
  }
  void Establish() {
    publisher->Establish();
    viewer->Establish();
    REQUIRE(publisher->State() == dtls::State::kConnected);
    REQUIRE(viewer->State() == dtls::State::kConnected);
  }
  void SendAudio() { publisher->SendRtp(Audio(sequenceNumber++)); }
  static std::vector<std::uint8_t> Audio(std::uint16_t number) {
    return RtpBytes{.payloadType = SimWorker::kAudioPayloadType,
                    .sequenceNumber = number,
                    .timestamp = number * 960U,
                    .ssrc = kAudioSsrc,
                    .payload = OpusPayload(80)}
        .Write();
  }
  std::vector<std::uint8_t> Video(std::uint16_t number) const {
    return RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                    .sequenceNumber = number,
                    .timestamp = 9000,
                    .ssrc = kVideoSsrc,
                    .payload = Vp8Payload(true, 500)}
        .Write();
  }
  // Returns the number of audio packets that the viewer received since the last call.
  std::size_t Heard() {
    do {
      viewer->Pump();
    } while (sim.more);
    std::size_t count = 0;
    for (const auto& packet : viewer->rtp) count += LoadU32(packet.data() + 8) == 7002 ? 1 : 0;
    viewer->rtp.clear();
    return count;
  }
  std::uint64_t Drops(net::DropReason reason) const { return sim.worker.Report().drops[reason]; }

  SimWorker sim;
  std::optional<SimPeer> publisher, viewer;
  std::uint16_t sequenceNumber = 1;
};

}  // namespace

TEST_CASE(
    "AsvsMediaTest: meets 17.2.1: generates a certificate for each worker and keeps the private key out of "
    "its PEM",
    "[rtc][webrtc][asvs]") {
  SeededRandom one(1), other(2);
  const auto first = dtls::Certificate::Generate(one, Seconds(1'700'000'000));
  const auto second = dtls::Certificate::Generate(other, Seconds(1'700'000'000));
  CHECK_FALSE(first.FingerprintBy(dtls::HashAlgorithm::kSha256) ==
              second.FingerprintBy(dtls::HashAlgorithm::kSha256));
  CHECK(first.Pem().find("PRIVATE") == std::string::npos);
}

TEST_CASE("AsvsMediaTest: meets 17.2.2: selects the strongest SRTP profile first", "[rtc][webrtc][asvs]") {
  Call call;
  call.Establish();
  CHECK(call.publisher->Dtls().Negotiated()->srtp.profile == dtls::SrtpProfile::kAeadAes256Gcm);
}

TEST_CASE("AsvsMediaTest: meets 17.2.3: drops media that fails SRTP authentication", "[rtc][webrtc][asvs]") {
  Call call;
  call.Establish();
  for (std::uint16_t i = 0; i < 100; ++i)
    call.publisher->SendRaw(Call::Audio(static_cast<std::uint16_t>(500 + i)));
  CHECK(call.Heard() == 0);
  CHECK(call.Drops(net::DropReason::kSrtpAuthentication) == 100);
  call.SendAudio();
  CHECK(call.Heard() == 1);
}

TEST_CASE("AsvsMediaTest: meets 17.2.4: keeps forwarding media between malformed SRTP packets",
          "[rtc][webrtc][asvs]") {
  Call call;
  call.Establish();
  SeededRandom random(7);
  for (std::size_t length = 1; length < 60; ++length) {
    auto packet = Call::Audio(static_cast<std::uint16_t>(9000 + length));
    packet.resize(length);
    if (length > 13) packet[12 + random.U32() % (length - 12)] ^= 0xff;
    call.publisher->SendRaw(packet);
    // A header extension longer than the packet, and the maximum number of contributing sources.
    packet[0] = 0x9f;
    call.publisher->SendRaw(packet);
    call.SendAudio();
    CHECK(call.Heard() == 1);
  }
}

TEST_CASE("AsvsMediaTest: meets 17.2.5: forwards the media of other peers during an SRTP flood from one peer",
          "[rtc][webrtc][asvs]") {
  Call call;
  call.sim.AddWebRtc("room", "flooder");
  call.sim.Produce("flooder", "flood", MediaKind::kVideo, 3333);
  call.sim.Consume("out", "see-flood", "flood", 7003);
  SimPeer flooder(call.sim, "flooder", Place(6000));
  call.Establish();
  flooder.Establish();
  std::uint16_t number = 1;
  for (int turn = 0; turn < 20; ++turn) {
    for (int i = 0; i < 1000; ++i)
      flooder.SendRtp(RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                               .sequenceNumber = number++,
                               .ssrc = 3333,
                               .payload = Vp8Payload(true, 20)}
                          .Write());
    call.SendAudio();
    call.sim.Advance(Milliseconds(20));
    CHECK(call.Heard() == 1);
  }
}

TEST_CASE("AsvsMediaTest: meets 17.2.6: ignores a ClientHello from another address", "[rtc][webrtc][asvs]") {
  Call call;
  SimPeer attacker(call.sim, "in", Place(6666));
  call.publisher->Check(true);
  REQUIRE(call.publisher->Connect(dtls::Role::kClient).Ok());
  dtls::Connection hello(DtlsContext());
  REQUIRE(hello.Start(dtls::Role::kClient, call.sim.now).Ok());
  while (const auto datagram = hello.NextDatagram()) attacker.SendRaw({datagram->begin(), datagram->end()});
  CHECK(call.sim.Transport("in").Dump().webRtc->dtlsState != dtls::State::kConnected);
  CHECK(call.Drops(net::DropReason::kUnknownRemote) > 0);
  call.publisher->Advance(Milliseconds(0));
  while (call.publisher->Pump() > 0) {
  }
  CHECK(call.publisher->State() == dtls::State::kConnected);
}

TEST_CASE("AsvsMediaTest: meets 17.2.7: keeps forwarding to a recorder during an SRTP flood",
          "[rtc][webrtc][asvs]") {
  // Recorders receive media over plain transports.
  Call call;
  const auto recorder = *net::Address::Parse("192.0.2.9", 9000);
  call.sim.AddPlain("room", "recorder", {.remote = recorder});
  call.sim.Consume("recorder", "record", "audio", 8001);
  call.Establish();
  std::uint16_t number = 1;
  for (int turn = 0; turn < 10; ++turn) {
    for (int i = 0; i < 2000; ++i) call.publisher->SendRtp(call.Video(number++));
    call.SendAudio();
    std::size_t recorded = 0;
    do {
      for (const auto& datagram : Rtp(call.sim.EndTurn())) recorded += datagram.to == recorder ? 1 : 0;
    } while (call.sim.more);
    CHECK(recorded == 1);
    call.sim.Advance(Milliseconds(20));
  }
}

TEST_CASE(
    "AsvsMediaTest: meets 17.2.8: fails DTLS when the certificate does not match the announced fingerprint",
    "[rtc][webrtc][asvs]") {
  Call call;
  call.publisher->Check(true);
  const std::vector<std::uint8_t> other(32, 7);
  REQUIRE(call.sim.WebRtc("in")
              .Connect({.fingerprints = {{dtls::HashAlgorithm::kSha256, other}}, .role = dtls::Role::kClient},
                       call.sim.now)
              .Ok());
  auto& dtls = call.publisher->Dtls();
  REQUIRE(dtls.SetRemoteFingerprint(DtlsContext().Own().FingerprintBy(dtls::HashAlgorithm::kSha256)).Ok());
  REQUIRE(dtls.Start(dtls::Role::kClient, call.sim.now).Ok());
  do {
    call.publisher->Advance(Milliseconds(0));
  } while (call.publisher->Pump() > 0);
  CHECK(call.sim.Transport("in").Dump().webRtc->dtlsState == dtls::State::kConnecting);
  call.sim.Advance(dtls::kHandshakeTimeout);
  CHECK(call.sim.Transport("in").Dump().webRtc->dtlsState == dtls::State::kFailed);
  CHECK(call.sim.notifier.dtlsStates.back().state == dtls::State::kFailed);
  CHECK_FALSE(call.sim.Transport("in").Connected());
}

}  // namespace ringcast::test
