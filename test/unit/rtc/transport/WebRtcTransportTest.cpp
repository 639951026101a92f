#include <algorithm>

#include <catch2/catch.hpp>

#include "ringcast/rtc/transport/WebRtcServer.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimPeer.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint32_t kVideoSsrc = 1111;

net::Address Place(std::uint16_t port) { return *net::Address::Parse("192.0.2.7", port); }

rtc::ListenInfo Listen(net::TransportProtocol protocol = net::TransportProtocol::kUdp) {
  rtc::ListenInfo listen;
  listen.ip = "127.0.0.1";
  listen.protocol = protocol;
  return listen;
}

// A router with WebRTC transports, each with its own ports or all on one WebRTC server.
struct Room {
  explicit Room(bool onServer = false) : server(onServer) {
    sim.AddRouter("room");
    if (server)
      REQUIRE(sim.worker.CreateWebRtcServer("server", {Listen(), Listen(net::TransportProtocol::kTcp)}).Ok());
  }
  void Add(const std::string& id) {
    rtc::WebRtcTransportOptions options;
    if (server) {
      options.webRtcServerId = "server";
    } else {
      options.listenInfos = {Listen(), Listen(net::TransportProtocol::kTcp)};
    }
    REQUIRE(sim.worker.FindRouter("room")->CreateWebRtcTransport(id, options).Ok());
  }
  std::uint64_t Drops(net::DropReason reason) const { return sim.worker.Report().drops[reason]; }
  static std::vector<std::uint8_t> Video(std::uint16_t sequenceNumber, bool keyFrame = true) {
    return RtpBytes{.payloadType = SimWorker::kVideoPayloadType,
                    .marker = true,
                    .sequenceNumber = sequenceNumber,
                    .timestamp = 9000,
                    .ssrc = kVideoSsrc,
                    .payload = Vp8Payload(keyFrame, 500)}
        .Write();
  }
  bool server;
  SimWorker sim;
};

}  // namespace

TEST_CASE("WebRtcTransportTest: connects two browsers on separate ports and on a server, over UDP and TCP",
          "[rtc][webrtc]") {
  for (const bool onServer : {false, true}) {
    for (const bool tcp : {false, true}) {
      for (const auto role : {dtls::Role::kClient, dtls::Role::kServer, dtls::Role::kAuto}) {
        Room room(onServer);
        room.Add("in");
        room.Add("out");
        room.sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
        room.sim.Consume("out", "watch", "video", 7001);
        SimPeer publisher(room.sim, "in", Place(4000), tcp);
        SimPeer viewer(room.sim, "out", Place(5000), tcp);
        publisher.Establish(role);
        viewer.Establish(role);
        REQUIRE(publisher.State() == dtls::State::kConnected);
        REQUIRE(viewer.State() == dtls::State::kConnected);
        CHECK(room.sim.Transport("in").Dump().webRtc->iceState == ice::AgentState::kCompleted);

        publisher.SendRtp(Room::Video(100));
        viewer.Pump();
        REQUIRE(viewer.rtp.size() == 1);
        CHECK(LoadU32(viewer.rtp[0].data() + 8) == 7001);
        const auto sent = Room::Video(100);
        CHECK(std::equal(sent.end() - 500, sent.end(), viewer.rtp[0].end() - 500));
      }
    }
  }
}

TEST_CASE(
    "WebRtcTransportTest: notifies the controller of each ICE and DTLS state, and of the peer's certificate",
    "[rtc][webrtc]") {
  Room room;
  room.Add("t");
  SimPeer peer(room.sim, "t", Place(4000));
  auto& notifier = room.sim.notifier;
  peer.Check(false);
  REQUIRE(notifier.iceStates.size() == 1);
  CHECK(notifier.iceStates[0].second == ice::AgentState::kConnected);
  REQUIRE(notifier.iceTuples.size() == 1);
  CHECK(notifier.iceTuples[0].second.remotePort == 4000);
  CHECK(notifier.iceTuples[0].second.localAddress == "127.0.0.1");
  peer.Establish();
  room.sim.Advance(rtc::NotificationLimiter::kInterval);
  CHECK(notifier.iceStates.back().second == ice::AgentState::kCompleted);
  REQUIRE(notifier.dtlsStates.size() == 2);
  CHECK(notifier.dtlsStates[0].state == dtls::State::kConnecting);
  CHECK(notifier.dtlsStates[1].state == dtls::State::kConnected);
  CHECK(notifier.dtlsStates[1].remoteCertificate == DtlsContext().Own().Pem());
}

TEST_CASE("WebRtcTransportTest: accepts only STUN from an address that ICE has not validated",
          "[rtc][webrtc]") {
  for (const bool onServer : {false, true}) {
    Room room(onServer);
    room.Add("t");
    room.sim.Produce("t", "video", MediaKind::kVideo, kVideoSsrc);
    SimPeer peer(room.sim, "t", Place(4000));
    peer.Establish();
    REQUIRE(peer.State() == dtls::State::kConnected);

    SimPeer stranger(room.sim, "t", Place(6666));
    dtls::Connection hello(DtlsContext());
    REQUIRE(hello.Start(dtls::Role::kClient, room.sim.now).Ok());
    std::size_t sent = 0;
    while (const auto datagram = hello.NextDatagram()) {
      stranger.SendRaw({datagram->begin(), datagram->end()});
      ++sent;
    }
    stranger.SendRaw(Room::Video(1));
    CHECK(room.Drops(net::DropReason::kUnknownRemote) == sent + 1);
    CHECK(room.sim.EndTurn().empty());

    peer.SendRtp(Room::Video(100));
    CHECK(room.sim.Producer("video").Streams().Stats(room.sim.now).size() == 1);
  }
}

TEST_CASE(
    "WebRtcTransportTest: answers few requests with a wrong password, with responses no larger than the "
    "request",
    "[rtc][webrtc]") {
  Room room;
  room.Add("t");
  SimPeer peer(room.sim, "t", Place(4000));
  StunRequest request;
  request.username = room.sim.Transport("t").Dump().webRtc->iceParameters.usernameFragment + ":peer";
  request.password = "wrong";
  const auto size = request.Build().size();
  for (int i = 0; i < 1000; ++i) peer.Check(false, request);
  peer.Pump();
  CHECK(peer.StunAnswers() == static_cast<std::size_t>(ice::kUnauthenticatedAnswersBurst));
  for (const auto& answer : peer.lastStun) CHECK(answer.size() <= size);
  CHECK(room.Drops(net::DropReason::kRefusedStun) == 1000);
  CHECK(room.sim.notifier.iceStates.empty());
}

TEST_CASE(
    "WebRtcTransportTest: forwards media over the old ICE session until the peer uses the restarted one",
    "[rtc][webrtc]") {
  for (const bool onServer : {false, true}) {
    Room room(onServer);
    room.Add("in");
    room.Add("out");
    room.sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    room.sim.Consume("out", "watch", "video", 7001);
    SimPeer publisher(room.sim, "in", Place(4000));
    SimPeer viewer(room.sim, "out", Place(5000));
    publisher.Establish();
    viewer.Establish();
    const auto before = room.sim.Transport("out").Dump().webRtc->iceParameters;
    const auto after = room.sim.WebRtc("out").RestartIce(room.sim.now);
    REQUIRE(after.Ok());
    CHECK(after->usernameFragment != before.usernameFragment);
    CHECK(after->password != before.password);

    publisher.SendRtp(Room::Video(100));
    viewer.Pump();
    CHECK(viewer.rtp.size() == 1);
    // The old credentials stay valid until the peer uses the new ones.
    StunRequest old;
    old.username = before.usernameFragment + ":peer";
    old.password = before.password;
    const auto answers = viewer.StunAnswers();
    viewer.Check(false, old);
    viewer.Pump();
    CHECK(viewer.StunAnswers() == answers + 1);

    viewer.Check(true);
    publisher.SendRtp(Room::Video(101));
    viewer.Pump();
    CHECK(viewer.rtp.size() == 2);
    if (onServer) CHECK(room.sim.worker.FindWebRtcServer("server")->Dump().localUfrags.size() == 2);
  }
}

TEST_CASE(
    "WebRtcTransportTest: disconnects a silent peer when consent expires, and reconnects with its next "
    "request",
    "[rtc][webrtc]") {
  Room room;
  room.Add("t");
  SimPeer peer(room.sim, "t", Place(4000));
  peer.Establish();
  REQUIRE(room.sim.Transport("t").Connected());
  room.sim.Advance(Seconds(31));
  CHECK(room.sim.notifier.iceStates.back().second == ice::AgentState::kDisconnected);
  CHECK_FALSE(room.sim.Transport("t").Connected());
  peer.Check(true);
  CHECK(room.sim.Transport("t").Connected());
  room.sim.Advance(rtc::NotificationLimiter::kInterval);
  CHECK(room.sim.notifier.iceStates.back().second == ice::AgentState::kCompleted);
}

TEST_CASE("WebRtcTransportTest: keeps consent while SRTP, SRTCP or DTLS data arrives", "[rtc][webrtc]") {
  const auto report = [] {
    std::vector<std::uint8_t> buffer(64);
    rtcp::CompoundWriter writer(buffer);
    writer.AddReceiverReport(Ssrc(5), {});
    buffer.resize(writer.Size());
    return buffer;
  };
  enum class Traffic { kSrtp, kSrtcp, kDtls, kForged, kIndications };
  for (const auto traffic :
       {Traffic::kSrtp, Traffic::kSrtcp, Traffic::kDtls, Traffic::kForged, Traffic::kIndications}) {
    INFO(static_cast<int>(traffic));
    Room room;
    room.Add("t");
    SimPeer peer(room.sim, "t", Place(4000));
    peer.Establish();
    for (std::uint16_t i = 0; i < 10; ++i) {
      room.sim.Advance(Seconds(10));
      if (traffic == Traffic::kSrtp) peer.SendRtp(Room::Video(i));
      if (traffic == Traffic::kSrtcp) peer.SendRtcp(report());
      if (traffic == Traffic::kDtls) {
        REQUIRE(peer.Dtls().Send(std::vector<std::uint8_t>{1, 2, 3}));
        peer.Pump();
      }
      if (traffic == Traffic::kForged) peer.SendRaw(Room::Video(i));
      // libnice sends these indications after nomination (RFC 8445 section 11).
      if (traffic == Traffic::kIndications)
        peer.SendRaw(StunRequest{.messageClass = stun::MessageClass::kIndication}.Build());
    }
    const bool authenticated = traffic != Traffic::kForged && traffic != Traffic::kIndications;
    CHECK(room.sim.Transport("t").Connected() == authenticated);
  }
}

TEST_CASE("WebRtcTransportTest: keeps consent after a process pause longer than the consent timeout",
          "[rtc][webrtc]") {
  Room room(true);
  room.Add("heard");
  room.Add("silent");
  SimPeer heard(room.sim, "heard", Place(4000));
  SimPeer silent(room.sim, "silent", Place(5000));
  heard.Establish();
  silent.Establish();
  room.sim.Advance(Seconds(5));
  // SIGSTOP stops the process for 40 s: then the loop reports the pause, reads sockets and fires timers.
  room.sim.now += Seconds(40);
  room.sim.worker.OnStopped(Seconds(40), room.sim.now);
  heard.Check(false);
  room.sim.timers.OnTimeout(room.sim.now);
  CHECK(room.sim.Transport("heard").Connected());
  CHECK(room.sim.Transport("silent").Connected());

  room.sim.Advance(Seconds(26));
  CHECK(room.sim.Transport("heard").Connected());
  CHECK_FALSE(room.sim.Transport("silent").Connected());
  room.sim.Advance(Seconds(5));
  CHECK_FALSE(room.sim.Transport("heard").Connected());
}

TEST_CASE("WebRtcTransportTest: sends close_notify when its router, its server or the worker closes",
          "[rtc][webrtc]") {
  for (const auto closes : {0, 1, 2}) {
    Room room(true);
    room.Add("t");
    SimPeer peer(room.sim, "t", Place(4000));
    peer.Establish();
    auto& worker = room.sim.worker;
    if (closes == 0) REQUIRE(worker.CloseRouter("room", room.sim.now).Ok());
    if (closes == 1) REQUIRE(worker.CloseWebRtcServer("server", room.sim.now).Ok());
    if (closes == 2) worker.Close(room.sim.now);
    // RFC 5246 section 6.2.1: 21 is the content type of alerts.
    const auto sent = room.sim.EndTurn();
    CHECK(std::any_of(sent.begin(), sent.end(), [](const Datagram& one) { return one.bytes[0] == 21; }));
  }
}

TEST_CASE("WebRtcTransportTest: disconnects when the TCP connection of its peer closes", "[rtc][webrtc]") {
  for (const bool onServer : {false, true}) {
    Room room(onServer);
    room.Add("t");
    const auto port = room.sim.Transport("t").Dump().webRtc->iceCandidates.back().port;
    SimPeer peer(room.sim, "t", Place(4000), true);
    peer.Establish();
    const auto listener = room.sim.sockets.FindTcp(port);
    REQUIRE(listener);
    REQUIRE(room.sim.sockets.ConnectionCount() == 1);
    peer.Disconnect();
    CHECK_FALSE(room.sim.Transport("t").Connected());
    room.sim.Advance(rtc::NotificationLimiter::kInterval);
    CHECK(room.sim.notifier.iceStates.back().second == ice::AgentState::kDisconnected);
  }
}

TEST_CASE("WebRtcTransportTest: notifies the peer when it closes and removes its entries from the server",
          "[rtc][webrtc]") {
  Room room(true);
  room.Add("t");
  SimPeer peer(room.sim, "t", Place(4000));
  peer.Establish();
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("t", room.sim.now).Ok());
  peer.Pump();
  CHECK(peer.State() == dtls::State::kClosed);
  const auto dump = room.sim.worker.FindWebRtcServer("server")->Dump();
  CHECK(dump.webRtcTransportIds.empty());
  CHECK(dump.localUfrags.empty());
  const auto before = room.Drops(net::DropReason::kUnknownRemote);
  peer.SendRaw(Room::Video(1));
  CHECK(room.Drops(net::DropReason::kUnknownRemote) == before + 1);
}

TEST_CASE("WebRtcTransportTest: drops media and sends none once the peer has closed DTLS", "[rtc][webrtc]") {
  for (const bool onServer : {false, true}) {
    Room room(onServer);
    room.Add("in");
    room.Add("out");
    room.sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
    room.sim.Consume("out", "watch", "video", 7001);
    SimPeer publisher(room.sim, "in", Place(4000));
    SimPeer viewer(room.sim, "out", Place(5000));
    publisher.Establish();
    viewer.Establish();
    publisher.SendRtp(Room::Video(100));
    viewer.Pump();
    REQUIRE(viewer.rtp.size() == 1);

    // The packet waits for the end of the loop iteration when the viewer closes.
    publisher.SendRtp(Room::Video(101));
    viewer.Dtls().Close();
    while (const auto datagram = viewer.Dtls().NextDatagram())
      viewer.SendRaw({datagram->begin(), datagram->end()});
    CHECK(room.sim.notifier.dtlsStates.back().state == dtls::State::kClosed);
    viewer.Pump();
    CHECK(viewer.rtp.size() == 1);
    CHECK_FALSE(room.sim.Transport("out").Connected());

    // No reports are sent later either.
    const auto reports = viewer.rtcp.size();
    publisher.SendRtp(Room::Video(102));
    for (int i = 0; i < 10; ++i) {
      viewer.Check(true);
      viewer.Advance(Seconds(1));
      viewer.Pump();
    }
    CHECK(viewer.rtp.size() == 1);
    CHECK(viewer.rtcp.size() == reports);

    publisher.Dtls().Close();
    while (const auto datagram = publisher.Dtls().NextDatagram())
      publisher.SendRaw({datagram->begin(), datagram->end()});
    const auto received = room.sim.Producer("video").Streams().Stats(room.sim.now).at(0).packetCount;
    const auto before = room.Drops(net::DropReason::kSrtpNotReady);
    publisher.SendRtp(Room::Video(103));
    publisher.SendRtcp({0x80, 201, 0, 1, 0, 0, 4, 0x57});
    CHECK(room.Drops(net::DropReason::kSrtpNotReady) == before + 2);
    CHECK(room.sim.Producer("video").Streams().Stats(room.sim.now).at(0).packetCount == received);
  }
}

TEST_CASE(
    "WebRtcTransportTest: removes unused ICE credentials from the server when it closes after several "
    "restarts",
    "[rtc][webrtc]") {
  Room room(true);
  room.Add("t");
  SimPeer peer(room.sim, "t", Place(4000));
  peer.Establish();
  for (int i = 0; i < 3; ++i) REQUIRE(room.sim.WebRtc("t").RestartIce(room.sim.now).Ok());
  const auto& server = *room.sim.worker.FindWebRtcServer("server");
  CHECK(server.Dump().localUfrags.size() == 2);
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("t", room.sim.now).Ok());
  CHECK(server.Dump().localUfrags.empty());
}

TEST_CASE("WebRtcTransportTest: refuses a request from an address that another transport is using",
          "[rtc][webrtc]") {
  Room room(true);
  room.Add("in");
  room.Add("out");
  room.Add("thief");
  room.sim.Produce("in", "video", MediaKind::kVideo, kVideoSsrc);
  room.sim.Consume("out", "watch", "video", 7001);
  SimPeer publisher(room.sim, "in", Place(4000));
  SimPeer viewer(room.sim, "out", Place(5000));
  publisher.Establish();
  viewer.Establish();
  // Another participant forges the publisher's address.
  SimPeer thief(room.sim, "thief", Place(4000));
  const auto isRefused = [&] {
    const auto before = room.Drops(net::DropReason::kTupleInUse);
    thief.Check(true);
    return room.Drops(net::DropReason::kTupleInUse) == before + 1;
  };
  CHECK(isRefused());
  CHECK(room.sim.EndTurn().empty());
  std::size_t received = 0;
  for (std::uint16_t i = 0; i < 10; ++i) {
    // Media extends the hold on the address beyond the publisher's last request.
    room.sim.Advance(Seconds(1));
    publisher.SendRtp(Room::Video(static_cast<std::uint16_t>(100 + i)));
    viewer.Pump();
    CHECK(viewer.rtp.size() == ++received);
    CHECK(isRefused());
  }
  CHECK(room.sim.Transport("thief").Dump().webRtc->iceState == ice::AgentState::kNew);

  room.sim.Advance(rtc::WebRtcTransport::kTupleHold);
  CHECK(isRefused());
  room.sim.Advance(Microseconds(1));
  CHECK_FALSE(isRefused());
  CHECK(room.sim.Transport("thief").Dump().webRtc->iceState == ice::AgentState::kCompleted);
}

TEST_CASE(
    "WebRtcTransportTest: accepts a request over TCP from the address that another transport uses over UDP",
    "[rtc][webrtc]") {
  Room room(true);
  room.Add("udp");
  room.Add("tcp");
  SimPeer first(room.sim, "udp", Place(4000));
  SimPeer second(room.sim, "tcp", Place(4000), true);
  first.Establish();
  second.Establish();
  CHECK(first.State() == dtls::State::kConnected);
  CHECK(second.State() == dtls::State::kConnected);
}

TEST_CASE("WebRtcTransportTest: frees the address of a closed transport for the next one at once",
          "[rtc][webrtc]") {
  Room room(true);
  room.Add("first");
  room.Add("second");
  SimPeer first(room.sim, "first", Place(4000));
  first.Establish();
  REQUIRE(room.sim.worker.FindRouter("room")->CloseTransport("first", room.sim.now).Ok());
  SimPeer second(room.sim, "second", Place(4000));
  second.Establish();
  CHECK(second.State() == dtls::State::kConnected);
}

TEST_CASE("WebRtcTransportTest: closes all transports of a server that closes", "[rtc][webrtc]") {
  Room room(true);
  room.Add("a");
  room.Add("b");
  REQUIRE(room.sim.worker.CloseWebRtcServer("server", room.sim.now).Ok());
  CHECK(room.sim.worker.FindTransport("a") == nullptr);
  CHECK(room.sim.worker.FindRouter("room")->Dump().transportIds.empty());
  CHECK(room.sim.OpenSockets() == 0);
  CHECK_FALSE(room.sim.worker.CloseWebRtcServer("server", room.sim.now).Ok());
}

TEST_CASE(
    "WebRtcTransportTest: refuses invalid requests of the controller and leaves no socket or transport "
    "behind",
    "[rtc][webrtc]") {
  Room room(true);
  auto& router = *room.sim.worker.FindRouter("room");
  const auto open = room.sim.OpenSockets();
  rtc::WebRtcTransportOptions options;
  CHECK(router.CreateWebRtcTransport("t", options).Failure().kind == ErrorKind::kTypeError);
  options.webRtcServerId = "nobody";
  CHECK(router.CreateWebRtcTransport("t", options).Failure().kind == ErrorKind::kNotFound);
  options.webRtcServerId = "server";
  options.enableUdp = options.enableTcp = false;
  CHECK(router.CreateWebRtcTransport("t", options).Failure().kind == ErrorKind::kTypeError);
  options = {};
  options.listenInfos = {Listen(), Listen()};
  options.listenInfos[1].ip = "not an address";
  CHECK(router.CreateWebRtcTransport("t", options).Failure().kind == ErrorKind::kTypeError);
  CHECK(room.sim.OpenSockets() == open);
  CHECK(room.sim.worker.FindTransport("t") == nullptr);

  room.Add("t");
  auto& transport = room.sim.WebRtc("t");
  CHECK(transport.Connect({}, room.sim.now).Failure().kind == ErrorKind::kTypeError);
  const auto own = DtlsContext().Own().FingerprintBy(dtls::HashAlgorithm::kSha256);
  CHECK(transport.Connect({.fingerprints = {own}}, room.sim.now).Ok());
  CHECK_FALSE(transport.Connect({.fingerprints = {own}}, room.sim.now).Ok());
  CHECK_FALSE(room.sim.worker.CreateWebRtcServer("server", {Listen()}).Ok());
}

TEST_CASE("WebRtcTransportTest: refuses a minimum outgoing bitrate above the maximum", "[rtc][webrtc]") {
  Room room;
  room.Add("t");
  auto& transport = room.sim.Transport("t");
  CHECK(transport.Settings().SetMinOutgoingBitrate(DataRate(3000)).Ok());
  CHECK_FALSE(transport.Settings().SetMaxOutgoingBitrate(DataRate(2000)).Ok());
  CHECK(transport.Settings().SetMaxOutgoingBitrate(DataRate(4000)).Ok());
  CHECK_FALSE(transport.Settings().SetMinOutgoingBitrate(DataRate(5000)).Ok());
  CHECK(transport.Stats(room.sim.now).minOutgoingBitrate == DataRate(3000));
  CHECK(transport.Stats(room.sim.now).maxOutgoingBitrate == DataRate(4000));
  CHECK(transport.Settings().SetMinOutgoingBitrate(std::nullopt).Ok());
  CHECK(transport.Settings().SetMaxOutgoingBitrate(std::nullopt).Ok());
  CHECK_FALSE(transport.Stats(room.sim.now).minOutgoingBitrate);
}

}  // namespace ringcast::test
