#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "channel/FromFbs.hpp"
#include "channel/ToFbs.hpp"
#include "support/ChannelFixture.hpp"

namespace ringcast::channel {

namespace {

namespace fbs = FBS::WebRtcTransport;
using Protocol = FBS::Transport::Protocol;

template <typename T>
const T* Root(const Builder& builder) {
  return flatbuffers::GetRoot<T>(builder.GetBufferPointer());
}

// Returns the table that `make` writes, after verification.
template <typename T, typename Make>
const T* Written(Builder& builder, Make make) {
  builder.Finish(make());
  flatbuffers::Verifier verifier(builder.GetBufferPointer(), builder.GetSize());
  REQUIRE(verifier.VerifyBuffer<T>());
  return Root<T>(builder);
}

// Returns the reason of the TypeError, or an empty string if the table is accepted.
template <typename Table, typename Make>
std::string FaultIn(Make make) {
  Builder builder;
  builder.Finish(make(builder));
  const auto read = FromFbs(*Root<Table>(builder));
  if (read.Ok()) return {};
  CHECK(read.Failure().kind == ErrorKind::kTypeError);
  return read.Failure().reason;
}

Offset<FBS::Transport::ListenInfo> ListenInfo(Builder& builder, Protocol protocol = Protocol::UDP,
                                              const char* ip = "127.0.0.1") {
  return FBS::Transport::CreateListenInfoDirect(builder, protocol, ip, nullptr, false, 0,
                                                FBS::Transport::CreatePortRange(builder),
                                                FBS::Transport::CreateSocketFlags(builder));
}

using ListenInfos = std::vector<Offset<FBS::Transport::ListenInfo>>;

Offset<fbs::WebRtcTransportOptions> Individual(Builder& builder, const ListenInfos& infos) {
  const auto base = FBS::Transport::CreateOptions(builder);
  const auto listen = fbs::CreateListenIndividualDirect(builder, &infos).Union();
  return fbs::CreateWebRtcTransportOptions(builder, base, fbs::Listen::ListenIndividual, listen);
}

Offset<fbs::WebRtcTransportOptions> OnServer(Builder& builder, const char* id, fbs::Listen type) {
  const auto base = FBS::Transport::CreateOptions(builder);
  const auto listen = fbs::CreateListenServerDirect(builder, id).Union();
  return fbs::CreateWebRtcTransportOptions(builder, base, type, listen);
}

Offset<fbs::Fingerprint> Fingerprint(Builder& builder, fbs::FingerprintAlgorithm algorithm,
                                     const std::string& value) {
  return fbs::CreateFingerprintDirect(builder, algorithm, value.c_str());
}

Offset<fbs::ConnectRequest> Connect(Builder& builder, const std::vector<Offset<fbs::Fingerprint>>& list,
                                    int role = 0) {
  return fbs::CreateConnectRequest(
      builder, fbs::CreateDtlsParametersDirect(builder, &list, static_cast<fbs::DtlsRole>(role)));
}

std::string Digits(std::size_t count) {
  std::string text = "0A";
  while (--count > 0) text += ":0A";
  return text;
}

}  // namespace

TEST_CASE("WebRtcConversionTest: reads every option of a WebRTC transport") {
  Builder builder;
  const auto listen = FBS::Transport::CreateListenInfoDirect(
      builder, Protocol::TCP, "::1", "example.org", true, 1, FBS::Transport::CreatePortRange(builder, 2, 3),
      FBS::Transport::CreateSocketFlags(builder, true, true), 4, 5);
  const ListenInfos infos = {ListenInfo(builder), listen};
  const auto base = FBS::Transport::CreateOptions(builder, false, 11, true, 12, 13, 14, 15, 16, 17, true);
  builder.Finish(fbs::CreateWebRtcTransportOptions(builder, base, fbs::Listen::ListenIndividual,
                                                   fbs::CreateListenIndividualDirect(builder, &infos).Union(),
                                                   false, false, true, true, 255));
  const auto options = FromFbs(*Root<fbs::WebRtcTransportOptions>(builder));
  REQUIRE(options.Ok());
  CHECK(options->base.initialAvailableOutgoingBitrate == 11U);
  CHECK(options->base.enableSctp);
  CHECK(options->base.isDataChannel);
  CHECK_FALSE(options->webRtcServerId);
  REQUIRE(options->listenInfos.size() == 2);
  CHECK(options->listenInfos[0].protocol == net::TransportProtocol::kUdp);
  CHECK(options->listenInfos[0].ip == "127.0.0.1");
  CHECK(options->listenInfos[1].protocol == net::TransportProtocol::kTcp);
  CHECK(options->listenInfos[1].ip == "::1");
  CHECK(options->listenInfos[1].announcedAddress == "example.org");
  CHECK(options->listenInfos[1].exposeInternalIp);
  CHECK(options->listenInfos[1].port == 1);
  CHECK(options->listenInfos[1].portMin == 2);
  CHECK(options->listenInfos[1].portMax == 3);
  CHECK_FALSE(options->enableUdp);
  CHECK_FALSE(options->enableTcp);
  CHECK(options->preferUdp);
  CHECK(options->preferTcp);
  CHECK(options->iceConsentTimeoutSeconds == 255);
}

TEST_CASE("WebRtcConversionTest: reads the options of a transport on a server with defaults") {
  Builder builder;
  builder.Finish(OnServer(builder, "server", fbs::Listen::ListenServer));
  const auto options = FromFbs(*Root<fbs::WebRtcTransportOptions>(builder));
  REQUIRE(options.Ok());
  CHECK(options->webRtcServerId == "server");
  CHECK(options->listenInfos.empty());
  CHECK(options->enableUdp);
  CHECK(options->enableTcp);
  CHECK_FALSE(options->preferUdp);
  CHECK_FALSE(options->preferTcp);
  CHECK(options->iceConsentTimeoutSeconds == 30);
}

TEST_CASE("WebRtcConversionTest: rejects missing, unknown and too many listen infos") {
  const auto individual = [](std::size_t count) {
    return FaultIn<fbs::WebRtcTransportOptions>(
        [count](Builder& builder) { return Individual(builder, ListenInfos(count, ListenInfo(builder))); });
  };
  CHECK(individual(0) == "listenInfos is empty");
  CHECK(individual(rtc::kMaxListenInfos).empty());
  CHECK(individual(rtc::kMaxListenInfos + 1) ==
        "listenInfos is a list of 33, longer than the 32 it may have");
  CHECK(FaultIn<fbs::WebRtcTransportOptions>([](Builder& builder) {
          return Individual(builder, {ListenInfo(builder), ListenInfo(builder, static_cast<Protocol>(3))});
        }) == "listenInfos[1].protocol is 3, which names nothing");
  CHECK(FaultIn<fbs::WebRtcTransportOptions>([](Builder& builder) {
          return OnServer(builder, "", fbs::Listen::ListenServer);
        }) == "webRtcServerId is empty");
  CHECK(FaultIn<fbs::WebRtcTransportOptions>([](Builder& builder) {
          return OnServer(builder, "server", static_cast<fbs::Listen>(3));
        }) == "listen is of type 3, which names nothing");
}

TEST_CASE("WebRtcConversionTest: requires listen infos of a WebRTC server") {
  const auto fault = [](std::size_t count) {
    return FaultIn<FBS::Worker::CreateWebRtcServerRequest>([count](Builder& builder) {
      const ListenInfos infos(count, ListenInfo(builder));
      return FBS::Worker::CreateCreateWebRtcServerRequestDirect(builder, "server", &infos);
    });
  };
  CHECK(fault(0) == "listenInfos is empty");
  CHECK(fault(rtc::kMaxListenInfos).empty());
  CHECK(fault(rtc::kMaxListenInfos + 1) == "listenInfos is a list of 33, longer than the 32 it may have");
  CHECK(FaultIn<FBS::Worker::CreateWebRtcServerRequest>([](Builder& builder) {
          return FBS::Worker::CreateCreateWebRtcServerRequestDirect(builder, "server");
        }) == "listenInfos is empty");

  Builder builder;
  const ListenInfos infos = {ListenInfo(builder, Protocol::TCP, "::1"), ListenInfo(builder)};
  builder.Finish(FBS::Worker::CreateCreateWebRtcServerRequestDirect(builder, "server", &infos));
  const auto read = FromFbs(*Root<FBS::Worker::CreateWebRtcServerRequest>(builder));
  REQUIRE(read.Ok());
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].protocol == net::TransportProtocol::kTcp);
  CHECK((*read)[0].ip == "::1");
  CHECK((*read)[1].ip == "127.0.0.1");
}

TEST_CASE("WebRtcConversionTest: reads DTLS parameters with every algorithm and role") {
  using enum fbs::FingerprintAlgorithm;
  for (const int role : {0, 1, 2}) {
    Builder builder;
    builder.Finish(
        Connect(builder,
                {Fingerprint(builder, SHA1, Digits(20)), Fingerprint(builder, SHA224, Digits(28)),
                 Fingerprint(builder, SHA256, test::kSampleFingerprint),
                 Fingerprint(builder, SHA384, Digits(48)), Fingerprint(builder, SHA512, Digits(64))},
                role));
    const auto parameters = FromFbs(*Root<fbs::ConnectRequest>(builder));
    REQUIRE(parameters.Ok());
    CHECK(parameters->role == static_cast<dtls::Role>(role));
    REQUIRE(parameters->fingerprints.size() == dtls::kHashAlgorithms.size());
    for (std::size_t i = 0; i < dtls::kHashAlgorithms.size(); ++i)
      CHECK(parameters->fingerprints[i].Algorithm() == dtls::kHashAlgorithms[i]);
    CHECK(parameters->fingerprints[2].Text() == test::kSampleFingerprint);
    CHECK(parameters->fingerprints[4].Text() == Digits(64));
  }
}

TEST_CASE("WebRtcConversionTest: rejects wrong DTLS parameters with the reason") {
  using enum fbs::FingerprintAlgorithm;
  const auto fault = [](fbs::FingerprintAlgorithm algorithm, const std::string& text) {
    return FaultIn<fbs::ConnectRequest>([&](Builder& builder) {
      return Connect(builder, {Fingerprint(builder, SHA256, test::kSampleFingerprint),
                               Fingerprint(builder, algorithm, text)});
    });
  };
  const std::string where = "dtlsParameters.fingerprints[1].";
  CHECK(fault(SHA256, "AA:BB") ==
        where +
            "value is wrong: fingerprint \"AA:BB\" is not 32 pairs of hexadecimal digits with colons "
            "between them, as sha-256 has");
  CHECK(fault(SHA1, test::kSampleFingerprint).starts_with(where + "value is wrong"));
  CHECK(fault(SHA256, Digits(31) + ":XY").starts_with(where + "value is wrong"));
  CHECK(fault(SHA256, "").starts_with(where + "value is wrong"));
  const auto endless = fault(SHA512, Digits(1'000'000));
  CHECK(endless.starts_with(where + "value is wrong"));
  CHECK(endless.size() < 500);
  CHECK(fault(static_cast<fbs::FingerprintAlgorithm>(5), Digits(64)) ==
        where + "algorithm is 5, which names nothing");

  const auto many = [](std::size_t count, int role) {
    return FaultIn<fbs::ConnectRequest>([count, role](Builder& builder) {
      const std::vector list(count, Fingerprint(builder, SHA256, test::kSampleFingerprint));
      return Connect(builder, list, role);
    });
  };
  CHECK(many(0, 1) == "dtlsParameters.fingerprints is empty");
  CHECK(many(kMaxFingerprints, 1).empty());
  CHECK(many(kMaxFingerprints + 1, 1) ==
        "dtlsParameters.fingerprints is a list of 16, longer than the 15 it may have");
  CHECK(many(1, 3) == "dtlsParameters.role is 3, which names nothing");
}

TEST_CASE("WebRtcConversionTest: writes every field of a WebRTC transport's dump") {
  rtc::TransportDump dump;
  dump.id = "webrtc";
  rtc::TransportDump::WebRtc webRtc;
  webRtc.iceParameters = {"ufrag", "password"};
  webRtc.iceCandidates = {{"udpcandidate", 2'113'937'151, "192.0.2.1", net::TransportProtocol::kUdp, 40000},
                          {"tcpcandidate", 1, "example.org", net::TransportProtocol::kTcp, 40001}};
  webRtc.iceState = ice::AgentState::kCompleted;
  webRtc.iceSelectedTuple = rtc::Tuple{"192.0.2.1", 40000, "192.0.2.7", 5004, net::TransportProtocol::kTcp};
  webRtc.dtlsParameters.role = dtls::Role::kServer;
  webRtc.dtlsParameters.fingerprints = {
      *dtls::Fingerprint::Parse(dtls::HashAlgorithm::kSha1, Digits(20)),
      *dtls::Fingerprint::Parse(dtls::HashAlgorithm::kSha256, test::kSampleFingerprint)};
  webRtc.dtlsState = dtls::State::kConnected;
  dump.webRtc = webRtc;

  Builder builder;
  const auto* read = Written<fbs::DumpResponse>(builder, [&] { return WebRtcToFbs(builder, dump); });
  CHECK(read->base()->id()->str() == "webrtc");
  CHECK(read->base()->sctp_negotiated_capabilities() == nullptr);
  CHECK(read->ice_role() == fbs::IceRole::CONTROLLED);
  CHECK(read->ice_parameters()->username_fragment()->str() == "ufrag");
  CHECK(read->ice_parameters()->password()->str() == "password");
  CHECK(read->ice_parameters()->ice_lite());
  REQUIRE(read->ice_candidates()->size() == 2);
  const auto* udp = read->ice_candidates()->Get(0);
  CHECK(udp->foundation()->str() == "udpcandidate");
  CHECK(udp->priority() == 2'113'937'151);
  CHECK(udp->address()->str() == "192.0.2.1");
  CHECK(udp->protocol() == Protocol::UDP);
  CHECK(udp->port() == 40000);
  CHECK(udp->type() == fbs::IceCandidateType::HOST);
  CHECK_FALSE(udp->tcp_type().has_value());
  const auto* tcp = read->ice_candidates()->Get(1);
  CHECK(tcp->address()->str() == "example.org");
  CHECK(tcp->protocol() == Protocol::TCP);
  CHECK(tcp->tcp_type() == fbs::IceCandidateTcpType::PASSIVE);
  CHECK(read->ice_state() == fbs::IceState::COMPLETED);
  const auto* tuple = read->ice_selected_tuple();
  REQUIRE(tuple != nullptr);
  CHECK(tuple->local_address()->str() == "192.0.2.1");
  CHECK(tuple->local_port() == 40000);
  CHECK(tuple->remote_ip()->str() == "192.0.2.7");
  CHECK(tuple->remote_port() == 5004);
  CHECK(tuple->protocol() == Protocol::TCP);
  REQUIRE(read->dtls_parameters()->fingerprints()->size() == 2);
  CHECK(read->dtls_parameters()->fingerprints()->Get(0)->algorithm() == fbs::FingerprintAlgorithm::SHA1);
  CHECK(read->dtls_parameters()->fingerprints()->Get(1)->algorithm() == fbs::FingerprintAlgorithm::SHA256);
  CHECK(read->dtls_parameters()->fingerprints()->Get(1)->value()->str() == test::kSampleFingerprint);
  CHECK(read->dtls_parameters()->role() == fbs::DtlsRole::SERVER);
  CHECK(read->dtls_state() == fbs::DtlsState::CONNECTED);
}

TEST_CASE("WebRtcConversionTest: dumps no selected tuple before ICE") {
  rtc::TransportDump dump;
  dump.webRtc = rtc::TransportDump::WebRtc{};
  Builder builder;
  const auto* read = Written<fbs::DumpResponse>(builder, [&] { return WebRtcToFbs(builder, dump); });
  CHECK(read->ice_selected_tuple() == nullptr);
  CHECK(read->ice_state() == fbs::IceState::NEW);
  CHECK(read->dtls_state() == fbs::DtlsState::NEW);
  CHECK(read->dtls_parameters()->role() == fbs::DtlsRole::AUTO);

  rtc::TransportStats stats;
  stats.webRtc = rtc::TransportStats::WebRtc{};
  Builder second;
  const auto* counted = Written<fbs::GetStatsResponse>(second, [&] { return WebRtcToFbs(second, stats); });
  CHECK(counted->ice_selected_tuple() == nullptr);
}

TEST_CASE("WebRtcConversionTest: dumps SCTP parameters without negotiated streams") {
  rtc::TransportDump dump;
  dump.sctpParameters = rtc::SctpParameters{.port = 5000};
  Builder builder;
  const auto* read = Written<FBS::Transport::Dump>(builder, [&] { return ToFbs(builder, dump); });
  REQUIRE(read->sctp_negotiated_capabilities() != nullptr);
  CHECK(read->sctp_negotiated_capabilities()->negotiated_max_outbound_streams() == 0);
  CHECK(read->sctp_negotiated_capabilities()->negotiated_max_inbound_streams() == 0);
}

TEST_CASE("WebRtcConversionTest: writes every field of a WebRTC transport's statistics") {
  rtc::TransportStats stats;
  stats.transportId = "webrtc";
  stats.bytesReceived = 7;
  stats.webRtc =
      rtc::TransportStats::WebRtc{ice::AgentState::kDisconnected,
                                  rtc::Tuple{"192.0.2.1", 40000, "192.0.2.7", 5004}, dtls::State::kFailed};
  Builder builder;
  const auto* read = Written<fbs::GetStatsResponse>(builder, [&] { return WebRtcToFbs(builder, stats); });
  CHECK(read->base()->transport_id()->str() == "webrtc");
  CHECK(read->base()->bytes_received() == 7);
  CHECK(read->ice_role() == fbs::IceRole::CONTROLLED);
  CHECK(read->ice_state() == fbs::IceState::DISCONNECTED);
  REQUIRE(read->ice_selected_tuple() != nullptr);
  CHECK(read->ice_selected_tuple()->remote_port() == 5004);
  CHECK(read->ice_selected_tuple()->protocol() == Protocol::UDP);
  CHECK(read->dtls_state() == fbs::DtlsState::FAILED);
}

TEST_CASE("WebRtcConversionTest: writes every field of a WebRTC server's dump and of ICE credentials") {
  rtc::WebRtcServerDump dump;
  dump.id = "server";
  dump.udpSockets = {{"127.0.0.1", 40000}, {"::1", 40001}};
  dump.tcpServers = {{"127.0.0.2", 40002}};
  dump.webRtcTransportIds = {"one", "two"};
  dump.localUfrags = {{"abcd", "one"}, {"efgh", "two"}, {"ijkl", "two"}};
  Builder builder;
  const auto* read = Written<FBS::WebRtcServer::DumpResponse>(builder, [&] { return ToFbs(builder, dump); });
  CHECK(read->id()->str() == "server");
  REQUIRE(read->udp_sockets()->size() == 2);
  CHECK(read->udp_sockets()->Get(1)->ip()->str() == "::1");
  CHECK(read->udp_sockets()->Get(1)->port() == 40001);
  REQUIRE(read->tcp_servers()->size() == 1);
  CHECK(read->tcp_servers()->Get(0)->ip()->str() == "127.0.0.2");
  CHECK(read->tcp_servers()->Get(0)->port() == 40002);
  REQUIRE(read->web_rtc_transport_ids()->size() == 2);
  CHECK(read->web_rtc_transport_ids()->Get(1)->str() == "two");
  REQUIRE(read->local_ice_username_fragments()->size() == 3);
  CHECK(read->local_ice_username_fragments()->Get(1)->local_ice_username_fragment()->str() == "efgh");
  CHECK(read->local_ice_username_fragments()->Get(1)->web_rtc_transport_id()->str() == "two");

  Builder second;
  const auto* restart = Written<FBS::Transport::RestartIceResponse>(second, [&] {
    return RestartToFbs(second, {"ufrag", "password"});
  });
  CHECK(restart->username_fragment()->str() == "ufrag");
  CHECK(restart->password()->str() == "password");
  CHECK(restart->ice_lite());
}

}  // namespace ringcast::channel
