#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/ChannelFixture.hpp"
#include "support/DtlsContext.hpp"

namespace ringcast::test {

namespace {

using FBS::Notification::Event;
using FBS::Request::Method;
using RequestType = FBS::Request::Body;
using TransportDump = FBS::WebRtcTransport::DumpResponse;
using ServerDump = FBS::WebRtcServer::DumpResponse;

MakeRequestBody Sample(RequestType type) {
  return [type](Builder& builder) { return SampleBody(builder, type); };
}

// Creates a transport on the fixture's server.
void AddOnServer(ChannelFixture& fixture, const std::string& id) {
  const auto made =
      fixture.Ask(Method::ROUTER_CREATE_WEBRTCTRANSPORT_WITH_SERVER, "router",
                  [&id](Builder& builder) { return WebRtcTransportBody(builder, id, "server"); });
  REQUIRE(made.Body<TransportDump>() != nullptr);
}

template <typename Texts>
bool Has(const Texts& texts, const std::string& text) {
  return std::any_of(texts.begin(), texts.end(), [&text](const auto* one) { return one->str() == text; });
}

template <typename Body>
const Body* NotificationBody(const Received& received, Event event) {
  const auto* notification = received.Notification();
  if (notification == nullptr || notification->event() != event) return nullptr;
  if (notification->body_type() != FBS::Notification::BodyTraits<Body>::enum_value) return nullptr;
  return static_cast<const Body*>(notification->body());
}

}  // namespace

TEST_CASE("WebRtcTest: creates a WebRTC transport with candidates and fingerprints") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  const auto answer = fixture.Ask(Method::TRANSPORT_DUMP, "webrtc");
  const auto* dump = answer.Body<TransportDump>();
  REQUIRE(dump != nullptr);
  CHECK(dump->base()->id()->str() == "webrtc");
  CHECK(dump->ice_role() == FBS::WebRtcTransport::IceRole::CONTROLLED);
  CHECK(dump->ice_state() == FBS::WebRtcTransport::IceState::NEW);
  CHECK(dump->ice_selected_tuple() == nullptr);
  CHECK(dump->dtls_state() == FBS::WebRtcTransport::DtlsState::NEW);
  CHECK(dump->dtls_parameters()->role() == FBS::WebRtcTransport::DtlsRole::AUTO);
  REQUIRE(dump->ice_candidates()->size() == 2);
  CHECK(dump->ice_candidates()->Get(0)->protocol() == FBS::Transport::Protocol::UDP);
  CHECK(dump->ice_candidates()->Get(1)->protocol() == FBS::Transport::Protocol::TCP);
  std::vector<std::string> fingerprints;
  for (const auto* fingerprint : *dump->dtls_parameters()->fingerprints())
    fingerprints.push_back(fingerprint->value()->str());
  const auto own = DtlsContext().Own().FingerprintBy(dtls::HashAlgorithm::kSha256).Text();
  CHECK(std::count(fingerprints.begin(), fingerprints.end(), own) == 1);

  const auto stats = fixture.Ask(Method::TRANSPORT_GET_STATS, "webrtc");
  REQUIRE(stats.Body<FBS::WebRtcTransport::GetStatsResponse>() != nullptr);
}

TEST_CASE("WebRtcTest: connects a WebRTC transport once") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  const auto connect = [&fixture](FBS::WebRtcTransport::DtlsRole role) {
    return fixture.Ask(Method::WEBRTCTRANSPORT_CONNECT, "webrtc", [role](Builder& builder) {
      namespace fbs = FBS::WebRtcTransport;
      const std::vector fingerprints = {
          fbs::CreateFingerprintDirect(builder, fbs::FingerprintAlgorithm::SHA256, kSampleFingerprint)};
      return BodyOf(
          fbs::CreateConnectRequest(builder, fbs::CreateDtlsParametersDirect(builder, &fingerprints, role)));
    });
  };
  CHECK(connect(static_cast<FBS::WebRtcTransport::DtlsRole>(3)).Outcome() == "TypeError");
  const auto connected = connect(FBS::WebRtcTransport::DtlsRole::CLIENT);
  const auto* body = connected.Body<FBS::WebRtcTransport::ConnectResponse>();
  REQUIRE(body != nullptr);
  CHECK(body->dtls_local_role() == FBS::WebRtcTransport::DtlsRole::SERVER);
  CHECK(connect(FBS::WebRtcTransport::DtlsRole::CLIENT).Outcome() == "Error");
}

TEST_CASE("WebRtcTest: returns and dumps new credentials on an ICE restart") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  const auto before = fixture.Ask(Method::TRANSPORT_DUMP, "webrtc");
  const auto restarted = fixture.Ask(Method::TRANSPORT_RESTART_ICE, "webrtc");
  const auto after = fixture.Ask(Method::TRANSPORT_DUMP, "webrtc");
  const auto* fresh = restarted.Body<FBS::Transport::RestartIceResponse>();
  REQUIRE(fresh != nullptr);
  const auto* old = before.Body<TransportDump>()->ice_parameters();
  const auto* now = after.Body<TransportDump>()->ice_parameters();
  CHECK(fresh->ice_lite());
  CHECK(fresh->username_fragment()->str() != old->username_fragment()->str());
  CHECK(fresh->password()->str() != old->password()->str());
  CHECK(fresh->username_fragment()->str() == now->username_fragment()->str());
  CHECK(fresh->password()->str() == now->password()->str());
}

TEST_CASE("WebRtcTest: rejects DTLS parameters and ICE restarts on other transports") {
  ChannelFixture fixture;
  fixture.AddRoom();
  for (const char* other : {"plain", "direct"}) {
    CHECK(fixture.Ask(Method::TRANSPORT_RESTART_ICE, other).Outcome() == "Error");
    CHECK(
        fixture
            .Ask(Method::WEBRTCTRANSPORT_CONNECT, other, Sample(RequestType::WebRtcTransport_ConnectRequest))
            .Outcome() == "Error");
  }
}

TEST_CASE("WebRtcTest: dumps a WebRTC server and closes its transports with it") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  AddOnServer(fixture, "one");
  AddOnServer(fixture, "two");

  const auto workerAnswer = fixture.Ask(Method::WORKER_DUMP, "");
  const auto* worker = workerAnswer.Body<FBS::Worker::DumpResponse>();
  REQUIRE(worker != nullptr);
  CHECK(Has(*worker->web_rtc_server_ids(), "server"));
  CHECK(Has(*worker->channel_message_handlers()->channel_request_handlers(), "server"));
  CHECK_FALSE(Has(*worker->channel_message_handlers()->channel_notification_handlers(), "server"));

  const auto answer = fixture.Ask(Method::WEBRTCSERVER_DUMP, "server");
  const auto* dump = answer.Body<ServerDump>();
  REQUIRE(dump != nullptr);
  CHECK(dump->id()->str() == "server");
  REQUIRE(dump->udp_sockets()->size() == 1);
  CHECK(dump->udp_sockets()->Get(0)->ip()->str() == "127.0.0.1");
  REQUIRE(dump->tcp_servers()->size() == 1);
  CHECK(dump->web_rtc_transport_ids()->size() == 2);
  CHECK(Has(*dump->web_rtc_transport_ids(), "one"));
  REQUIRE(dump->local_ice_username_fragments()->size() == 2);

  CHECK(fixture
            .Ask(Method::ROUTER_CLOSE_TRANSPORT, "router",
                 [](Builder& builder) {
                   return BodyOf(FBS::Router::CreateCloseTransportRequestDirect(builder, "one"));
                 })
            .Outcome() == "accepted");
  const auto smaller = fixture.Ask(Method::WEBRTCSERVER_DUMP, "server");
  CHECK(smaller.Body<ServerDump>()->web_rtc_transport_ids()->size() == 1);
  CHECK(smaller.Body<ServerDump>()->local_ice_username_fragments()->size() == 1);

  CHECK(
      fixture.Ask(Method::WORKER_WEBRTCSERVER_CLOSE, "", Sample(RequestType::Worker_CloseWebRtcServerRequest))
          .Outcome() == "accepted");
  CHECK(fixture.Ask(Method::WEBRTCSERVER_DUMP, "server").Outcome() == "NotFoundError");
  CHECK(fixture.Ask(Method::TRANSPORT_DUMP, "two").Outcome() == "NotFoundError");
  CHECK(fixture.Ask(Method::TRANSPORT_DUMP, "webrtc").Outcome() == "accepted");
}

TEST_CASE("WebRtcTest: rejects an unknown server and a repeated id") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  const auto absent =
      fixture.Ask(Method::ROUTER_CREATE_WEBRTCTRANSPORT_WITH_SERVER, "router",
                  [](Builder& builder) { return WebRtcTransportBody(builder, "new", "nobody"); });
  CHECK(absent.Outcome() != "accepted");
  CHECK(fixture.Ask(Method::TRANSPORT_DUMP, "new").Outcome() == "NotFoundError");
  const auto twice = fixture.Ask(Method::WORKER_CREATE_WEBRTCSERVER, "",
                                 [](Builder& builder) { return WebRtcServerBody(builder, "server"); });
  CHECK(twice.Outcome() == "Error");
}

TEST_CASE("WebRtcTest: notifies ICE and DTLS states, tuple and certificate") {
  namespace fbs = FBS::WebRtcTransport;
  ChannelFixture fixture;
  fixture.channel.Notifier().IceState("webrtc", ice::AgentState::kDisconnected);
  fixture.channel.Notifier().IceSelectedTuple(
      "webrtc", {"example.org", 40000, "192.0.2.7", 5004, net::TransportProtocol::kTcp});
  fixture.channel.Notifier().DtlsState("webrtc", dtls::State::kConnecting, {});
  fixture.channel.Notifier().DtlsState("webrtc", dtls::State::kConnected, "-----BEGIN CERTIFICATE-----");
  const auto received = fixture.Read();
  REQUIRE(received.size() == 4);
  for (const auto& one : received) CHECK(one.Notification()->handler_id()->str() == "webrtc");

  const auto* ice =
      NotificationBody<fbs::IceStateChangeNotification>(received[0], Event::WEBRTCTRANSPORT_ICE_STATE_CHANGE);
  REQUIRE(ice != nullptr);
  CHECK(ice->ice_state() == fbs::IceState::DISCONNECTED);

  const auto* tuple = NotificationBody<fbs::IceSelectedTupleChangeNotification>(
      received[1], Event::WEBRTCTRANSPORT_ICE_SELECTED_TUPLE_CHANGE);
  REQUIRE(tuple != nullptr);
  CHECK(tuple->tuple()->local_address()->str() == "example.org");
  CHECK(tuple->tuple()->local_port() == 40000);
  CHECK(tuple->tuple()->remote_ip()->str() == "192.0.2.7");
  CHECK(tuple->tuple()->remote_port() == 5004);
  CHECK(tuple->tuple()->protocol() == FBS::Transport::Protocol::TCP);

  const auto* connecting = NotificationBody<fbs::DtlsStateChangeNotification>(
      received[2], Event::WEBRTCTRANSPORT_DTLS_STATE_CHANGE);
  REQUIRE(connecting != nullptr);
  CHECK(connecting->dtls_state() == fbs::DtlsState::CONNECTING);
  CHECK(connecting->remote_cert() == nullptr);

  const auto* connected = NotificationBody<fbs::DtlsStateChangeNotification>(
      received[3], Event::WEBRTCTRANSPORT_DTLS_STATE_CHANGE);
  REQUIRE(connected != nullptr);
  CHECK(connected->dtls_state() == fbs::DtlsState::CONNECTED);
  CHECK(connected->remote_cert()->str() == "-----BEGIN CERTIFICATE-----");
}

}  // namespace ringcast::test
