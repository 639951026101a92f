#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

const net::Address kPeer = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kPeerRtcp = *net::Address::Parse("192.0.2.1", 4001);
const net::Address kStranger = *net::Address::Parse("203.0.113.9", 4000);

std::vector<std::uint8_t> Audio(std::uint16_t sequenceNumber, std::uint32_t ssrc = 5) {
  return RtpBytes{
      .payloadType = 111, .sequenceNumber = sequenceNumber, .ssrc = ssrc, .payload = OpusPayload(40)}
      .Write();
}

rtc::PlainTransportOptions Options(const std::string& ip) {
  rtc::PlainTransportOptions options;
  options.listenInfo.ip = ip;
  options.rtcpMux = true;
  return options;
}

struct Fixture {
  Fixture() { sim.AddRouter("room"); }
  rtc::Router& Room() { return *sim.worker.FindRouter("room"); }
  SimWorker sim;
};

}  // namespace

TEST_CASE(
    "PlainTransportTest: notifies the controller once of the remote learned by comedia from the first valid "
    "packet") {
  Fixture f;
  f.sim.AddPlain("room", "t", {.comedia = true});
  f.sim.Produce("t", "p", MediaKind::kAudio, 5);
  f.sim.Receive("t", kStranger, {0x80, 0x6f, 1});  // not RTP: does not set the remote
  CHECK(f.sim.notifier.tuples.empty());
  f.sim.Receive("t", kPeer, Audio(1));
  f.sim.Receive("t", kPeer, Audio(2));
  f.sim.Receive("t", kStranger, Audio(3));
  REQUIRE(f.sim.notifier.tuples.size() == 1);
  CHECK(f.sim.notifier.tuples[0].second.remoteIp == "192.0.2.1");
  CHECK(f.sim.notifier.tuples[0].second.remotePort == 4000);
  CHECK(f.sim.Transport("t").Traffic().drops[net::DropReason::kUnknownRemote] == 1);
}

TEST_CASE(
    "PlainTransportTest: connects the socket once the remote is known, unless it is bound to the wildcard "
    "address") {
  Fixture f;
  const auto remoteOf = [&f](const std::string& transport) {
    const auto port = f.sim.Transport(transport).Dump().plain->tuple.localPort;
    return f.sim.sockets.RemoteOf(*f.sim.sockets.Find(port));
  };
  f.sim.AddPlain("room", "learns", {.comedia = true});
  f.sim.Produce("learns", "p", MediaKind::kAudio, 5);
  CHECK_FALSE(remoteOf("learns"));
  f.sim.Receive("learns", kPeer, Audio(1));
  CHECK(remoteOf("learns") == kPeer);
  f.sim.AddPlain("room", "told", {.remote = kStranger});
  CHECK(remoteOf("told") == kStranger);
  f.sim.AddPlain("room", "group", {.remote = net::Address::Parse("239.1.2.3", 5000)});
  CHECK_FALSE(remoteOf("group"));
  rtc::PlainTransportOptions everywhere;
  everywhere.listenInfo.ip = "0.0.0.0";
  everywhere.listenInfo.port = 7777;
  everywhere.rtcpMux = true;
  auto open = f.Room().CreatePlainTransport("everywhere", everywhere);
  REQUIRE(open.Ok());
  rtc::PlainConnectOptions connect;
  connect.ip = kPeer.Ip();
  connect.port = kPeer.Port();
  REQUIRE((*open)->Connect(connect, f.sim.now).Ok());
  CHECK_FALSE(remoteOf("everywhere"));
}

TEST_CASE("PlainTransportTest: accepts no packets before connect without comedia") {
  Fixture f;
  f.sim.AddPlain("room", "t", {});
  f.sim.Produce("t", "p", MediaKind::kAudio, 5);
  f.sim.Receive("t", kPeer, Audio(1));
  CHECK(f.sim.Transport("t").Traffic().drops[net::DropReason::kNotConnected] == 1);
  REQUIRE(f.sim.Plain("t").Connect({.ip = "192.0.2.1", .port = 4000}, f.sim.now).Ok());
  f.sim.Receive("t", kPeer, Audio(2));
  CHECK(f.sim.Transport("t").Stats(f.sim.now).rtpBytesReceived == 52);
}

TEST_CASE("PlainTransportTest: refuses connect with contradicting parameters and keeps its state") {
  struct Row {
    const char* what;
    bool rtcpMux, srtp;
    rtc::PlainConnectOptions options;
    const char* reason;
  };
  const rtc::SrtpParameters shortKey{srtp::CryptoSuite::kAeadAes128Gcm, "c2hvcnQ="};
  const Row rows[] = {
      {"no ip", true, false, {}, "missing ip"},
      {"no port", true, false, {.ip = "192.0.2.1"}, "missing port"},
      {"a name", true, false, {.ip = "example.org", .port = 1}, "not an IP address"},
      {"the other family", true, false, {.ip = "2001:db8::1", .port = 1}, "family"},
      {"rtcpPort with mux", true, false, {.ip = "192.0.2.1", .port = 1, .rtcpPort = 2}, "multiplexes"},
      {"no rtcpPort without mux", false, false, {.ip = "192.0.2.1", .port = 1}, "missing rtcpPort"},
      {"SRTP where there is none",
       true,
       false,
       {.ip = "192.0.2.1", .port = 1, .srtpParameters = shortKey},
       "without enableSrtp"},
      {"no SRTP where it must be", true, true, {.ip = "192.0.2.1", .port = 1}, "missing srtpParameters"},
      {"a short key", true, true, {.ip = "192.0.2.1", .port = 1, .srtpParameters = shortKey}, "28"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Fixture f;
    auto options = Options("127.0.0.1");
    options.rtcpMux = row.rtcpMux;
    options.enableSrtp = row.srtp;
    auto created = f.Room().CreatePlainTransport("t", options);
    REQUIRE(created.Ok());
    const auto connected = (*created)->Connect(row.options, f.sim.now);
    REQUIRE_FALSE(connected.Ok());
    CHECK(connected.Failure().kind == ErrorKind::kTypeError);
    CHECK_THAT(connected.Failure().reason, Catch::Contains(row.reason));
    CHECK_FALSE((*created)->Dump().plain->tuple.remoteIp);
  }
}

TEST_CASE("PlainTransportTest: refuses a second connect") {
  Fixture f;
  f.sim.AddPlain("room", "t", {.remote = kPeer});
  const auto again = f.sim.Plain("t").Connect({.ip = "192.0.2.1", .port = 4000}, f.sim.now);
  REQUIRE_FALSE(again.Ok());
  CHECK(again.Failure().kind == ErrorKind::kError);
}

TEST_CASE("PlainTransportTest: leaves no transport and no open socket when creation fails") {
  struct Row {
    const char* what;
    rtc::PlainTransportOptions options;
    ErrorKind kind;
  };
  auto tcp = Options("127.0.0.1");
  tcp.listenInfo.protocol = net::TransportProtocol::kTcp;
  auto range = Options("127.0.0.1");
  range.listenInfo.portMin = 4000;
  range.listenInfo.portMax = 3000;
  auto rtcp = Options("127.0.0.1");
  rtcp.rtcpMux = false;
  rtcp.rtcpListenInfo = rtc::ListenInfo{.ip = "not an address"};
  const Row rows[] = {
      {"an invalid ip", Options("123"), ErrorKind::kTypeError},
      {"TCP", tcp, ErrorKind::kTypeError},
      {"a range upside down", range, ErrorKind::kTypeError},
      {"an invalid RTCP ip", rtcp, ErrorKind::kTypeError},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Fixture f;
    const auto created = f.Room().CreatePlainTransport("t", row.options);
    REQUIRE_FALSE(created.Ok());
    CHECK(created.Failure().kind == row.kind);
    CHECK(f.sim.worker.FindTransport("t") == nullptr);
    CHECK(f.sim.OpenSockets() == 0);
    CHECK(f.Room().CreatePlainTransport("t", Options("127.0.0.1")).Ok());
  }
}

TEST_CASE("PlainTransportTest: refuses an id that any object already has") {
  Fixture f;
  CHECK_FALSE(f.Room().CreatePlainTransport("room", Options("127.0.0.1")).Ok());
  CHECK_FALSE(f.Room().CreateDirectTransport("room", {}).Ok());
  CHECK_FALSE(f.sim.worker.CreateRouter("room").Ok());
}

TEST_CASE("PlainTransportTest: learns, sends and receives RTCP on a separate port") {
  Fixture f;
  f.sim.AddPlain("room", "t", {.comedia = true, .rtcpMux = false});
  f.sim.Produce("t", "p", MediaKind::kAudio, 5);
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  writer.AddSenderReport(Ssrc(5), {.ntp = {1, 2}, .rtpTimestamp = 3, .packetCount = 4, .octetCount = 5}, {});
  const std::vector<std::uint8_t> report(buffer.begin(),
                                         buffer.begin() + static_cast<std::ptrdiff_t>(writer.Size()));

  f.sim.Receive("t", kPeer, Audio(1));
  f.sim.ReceiveRtcp("t", kPeerRtcp, report);
  REQUIRE(f.sim.notifier.rtcpTuples.size() == 1);
  CHECK(f.sim.notifier.rtcpTuples[0].second.remotePort == 4001);
  f.sim.Receive("t", kPeer, report);
  CHECK(f.sim.Transport("t").Traffic().drops[net::DropReason::kUnexpectedProtocol] == 1);

  f.sim.Advance(Seconds(8));
  const auto sent = f.sim.EndTurn();
  REQUIRE_FALSE(sent.empty());
  CHECK(sent[0].to == kPeerRtcp);
  rtcp::CompoundReader reader(sent[0].bytes);
  const auto first = reader.Next();
  REQUIRE(first);
  const auto* received = std::get_if<rtcp::ReceiverReport>(&*first);
  REQUIRE(received != nullptr);
  REQUIRE(received->blocks.Size() == 1);
  CHECK(received->blocks.At(0).ssrc == Ssrc(5));
  CHECK(received->blocks.At(0).lastSenderReport == ((1U << 16) | 0));
}

TEST_CASE("PlainTransportTest: accepts RTCP only from the host of RTP when comedia learns the remotes") {
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  writer.AddReceiverReport(Ssrc(5), {});
  const std::vector<std::uint8_t> report(buffer.begin(),
                                         buffer.begin() + static_cast<std::ptrdiff_t>(writer.Size()));
  Fixture f;
  f.sim.AddPlain("room", "t", {.comedia = true, .rtcpMux = false});
  f.sim.Produce("t", "p", MediaKind::kAudio, 5);
  const auto rtcpRemote = [&f] { return f.sim.Transport("t").Dump().plain->rtcpTuple->remoteIp; };
  SECTION("RTP arrives first") {
    f.sim.Receive("t", kPeer, Audio(1));
    f.sim.ReceiveRtcp("t", kStranger, report);
    CHECK_FALSE(rtcpRemote());
    CHECK(f.sim.Transport("t").Traffic().drops[net::DropReason::kUnknownRemote] == 1);
  }
  SECTION("a stranger's RTCP arrives before RTP") {
    f.sim.ReceiveRtcp("t", kStranger, report);
    f.sim.Receive("t", kPeer, Audio(1));
    CHECK_FALSE(rtcpRemote());
    f.sim.ReceiveRtcp("t", kStranger, report);
    CHECK(f.sim.Transport("t").Traffic().drops[net::DropReason::kUnknownRemote] == 1);
  }
  SECTION("the endpoint's own RTCP arrives before RTP") {
    f.sim.ReceiveRtcp("t", kPeerRtcp, report);
    f.sim.Receive("t", kPeer, Audio(1));
    CHECK(rtcpRemote() == kPeer.Ip());
    CHECK(f.sim.notifier.rtcpTuples.size() == 1);
  }
  f.sim.ReceiveRtcp("t", kPeerRtcp, report);
  CHECK(rtcpRemote() == kPeer.Ip());
  f.sim.Advance(Seconds(8));
  for (const auto& datagram : f.sim.EndTurn()) CHECK(datagram.to == kPeerRtcp);
}

TEST_CASE("PlainTransportTest: sends sender reports with a consumer's counters and CNAME") {
  Fixture f;
  f.sim.AddPlain("room", "in", {.comedia = true});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  f.sim.Consume("out", "c", "p", 7001);
  for (std::uint16_t i = 0; i < 3; ++i) f.sim.Receive("in", kPeer, Audio(i));
  f.sim.EndTurn();
  // The worker waits some time for a sender report of the source before it sends its own.
  f.sim.Advance(Seconds(16));
  bool found = false;
  for (const auto& datagram : f.sim.EndTurn()) {
    rtcp::CompoundReader reader(datagram.bytes);
    const auto first = reader.Next();
    const auto second = reader.Next();
    if (!first || !std::holds_alternative<rtcp::SenderReport>(*first)) continue;
    const auto& report = std::get<rtcp::SenderReport>(*first);
    CHECK(datagram.to == kStranger);
    CHECK(report.sender == Ssrc(7001));
    CHECK(report.packetCount == 3);
    CHECK(report.octetCount == 120);
    REQUIRE(second);
    CHECK(std::get<rtcp::SourceDescription>(*second).Cname(Ssrc(7001)) == SimWorker::kCname);
    found = true;
  }
  CHECK(found);
}

TEST_CASE("PlainTransportTest: shares compounds between streams and aligns report timers to a grid") {
  constexpr std::uint32_t kStreams = 50;
  Fixture f;
  f.sim.AddPlain("room", "in", {.comedia = true});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  for (std::uint32_t i = 0; i < kStreams; ++i) f.sim.Consume("out", "c" + std::to_string(i), "p", 7001 + i);
  f.sim.Receive("in", kPeer, Audio(1));
  f.sim.EndTurn();
  f.sim.Advance(Seconds(16));

  std::map<Ssrc, int> reports;
  auto sent = f.sim.EndTurn();
  std::erase_if(sent, [](const Datagram& datagram) { return datagram.to != kStranger; });
  for (const auto& datagram : sent) {
    CHECK(datagram.bytes.size() <= 1200);
    rtcp::CompoundReader reader(datagram.bytes);
    while (const auto message = reader.Next()) {
      if (const auto* report = std::get_if<rtcp::SenderReport>(&*message)) ++reports[report->sender];
    }
    CHECK_FALSE(reader.Malformed());
  }
  REQUIRE(reports.size() == kStreams);
  // 28 bytes of SR and 20 bytes of SDES for each stream: 25 streams in a compound.
  CHECK(sent.size() == static_cast<std::size_t>(reports.begin()->second) * (kStreams / 25));
  REQUIRE(f.sim.timers.NextTimeout());
  CHECK(f.sim.timers.NextTimeout()->time_since_epoch() % Milliseconds(100) == Duration::zero());
}

TEST_CASE("PlainTransportTest: updates the consumer's statistics from receiver reports") {
  Fixture f;
  f.sim.AddPlain("room", "in", {.comedia = true});
  f.sim.AddPlain("room", "out", {.remote = kStranger});
  f.sim.Produce("in", "p", MediaKind::kAudio, 5);
  f.sim.Consume("out", "c", "p", 7001);
  f.sim.Receive("in", kPeer, Audio(1));
  f.sim.EndTurn();
  std::array<std::uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  const rtp::ReportBlock block{.ssrc = Ssrc(7001), .fractionLost = 64, .cumulativeLost = 12, .jitter = 33};
  writer.AddReceiverReport(Ssrc(1), std::span(&block, 1));
  f.sim.Receive("out", kStranger,
                {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.Size())});
  const auto stats = f.sim.Consumer("c").Stats(f.sim.now);
  REQUIRE(stats.size() == 2);
  CHECK_FALSE(stats[0].receive);
  CHECK(stats[0].fractionLost == 64);
  CHECK(stats[0].packetsLost == 12);
  CHECK(stats[0].jitter == 33);
  CHECK(stats[0].packetCount == 1);
  CHECK(stats[1].receive);
  CHECK(stats[1].packetCount == 1);
}

TEST_CASE(
    "PlainTransportTest: encrypts and decrypts with every SRTP suite, with a new key for the remote's "
    "suite") {
  using srtp::CryptoSuite;
  for (const auto suite : {CryptoSuite::kAeadAes256Gcm, CryptoSuite::kAeadAes128Gcm,
                           CryptoSuite::kAesCm128HmacSha1_80, CryptoSuite::kAesCm128HmacSha1_32}) {
    Fixture f;
    auto options = Options("127.0.0.1");
    options.enableSrtp = true;
    options.comedia = true;
    auto created = f.Room().CreatePlainTransport("t", options);
    REQUIRE(created.Ok());
    CHECK((*created)->Dump().plain->srtpParameters->cryptoSuite == CryptoSuite::kAesCm128HmacSha1_80);

    const auto key = srtp::MasterKey::Generate(suite, f.sim.random);
    const auto connected =
        (*created)->Connect({.srtpParameters = rtc::SrtpParameters{suite, key.Base64()}}, f.sim.now);
    REQUIRE(connected.Ok());
    CHECK_FALSE(connected->tuple);
    CHECK(connected->srtpParameters->cryptoSuite == suite);

    f.sim.Produce("t", "p", MediaKind::kAudio, 5);
    f.sim.Consume("t", "c", "p", 7001);
    auto outbound = srtp::Outbound::Create(key);
    REQUIRE(outbound.Ok());
    auto packet = Audio(1);
    const auto plainSize = packet.size();
    packet.resize(plainSize + srtp::kMaxOverhead);
    const auto size = outbound->ProtectRtp(packet, plainSize);
    REQUIRE(size);
    packet.resize(*size);

    // Neither unencrypted nor forged packets set the remote.
    f.sim.Receive("t", kStranger, Audio(1));
    auto forged = packet;
    forged[20] ^= 1;
    f.sim.Receive("t", kStranger, forged);
    CHECK(f.sim.notifier.tuples.empty());
    f.sim.Receive("t", kPeer, packet);
    REQUIRE(f.sim.notifier.tuples.size() == 1);

    auto sent = Rtp(f.sim.EndTurn());
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].to == kPeer);
    const auto ours = srtp::MasterKey::FromBase64(suite, connected->srtpParameters->keyBase64);
    REQUIRE(ours.Ok());
    auto inbound = srtp::Inbound::Create(*ours);
    REQUIRE(inbound.Ok());
    const auto plain = inbound->UnprotectRtp(sent[0].bytes);
    REQUIRE_FALSE(plain.failure);
    CHECK(plain.size == plainSize);
    CHECK(LoadU32(sent[0].bytes.data() + 8) == 7001);
    f.sim.Receive("t", kPeer, packet);
    CHECK((*created)->Traffic().drops[net::DropReason::kSrtpReplay] == 1);
    CHECK((*created)->Traffic().drops[net::DropReason::kSrtpAuthentication] == 2);
  }
}

TEST_CASE("PlainTransportTest: shows the announced address in the tuple") {
  Fixture f;
  auto options = Options("127.0.0.1");
  options.listenInfo.announcedAddress = "media.example.org";
  auto created = f.Room().CreatePlainTransport("t", options);
  REQUIRE(created.Ok());
  CHECK((*created)->Dump().plain->tuple.localAddress == "media.example.org");
  CHECK((*created)->Dump().plain->tuple.localPort != 0);
}

}  // namespace ringcast::test
