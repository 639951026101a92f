#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "support/ChannelFixture.hpp"

namespace ringcast::test {

namespace {

using FBS::Request::Method;
using RequestType = FBS::Request::Body;
using ResponseType = FBS::Response::Body;

// kRefused: the object has the wrong type for the method.
enum class Kind { kSupported, kNotSupported, kRefused };

// The object, the body and the response of each method, as in the controller.
struct Row {
  Method method;
  const char* handlerId;  // an object in the room of ChannelFixture
  RequestType body;
  Kind kind;
  ResponseType response;
};

const Row kRows[] = {
    {Method::WORKER_DUMP, "", RequestType::NONE, Kind::kSupported, ResponseType::Worker_DumpResponse},
    {Method::WORKER_GET_RESOURCE_USAGE, "", RequestType::NONE, Kind::kSupported,
     ResponseType::Worker_ResourceUsageResponse},
    {Method::WORKER_UPDATE_SETTINGS, "", RequestType::Worker_UpdateSettingsRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::WORKER_CREATE_WEBRTCSERVER, "", RequestType::Worker_CreateWebRtcServerRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::WORKER_CREATE_ROUTER, "", RequestType::Worker_CreateRouterRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::WORKER_WEBRTCSERVER_CLOSE, "", RequestType::Worker_CloseWebRtcServerRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::WORKER_CLOSE_ROUTER, "", RequestType::Worker_CloseRouterRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::WEBRTCSERVER_DUMP, "server", RequestType::NONE, Kind::kSupported,
     ResponseType::WebRtcServer_DumpResponse},
    {Method::ROUTER_DUMP, "router", RequestType::NONE, Kind::kSupported, ResponseType::Router_DumpResponse},
    {Method::ROUTER_CREATE_WEBRTCTRANSPORT, "router", RequestType::Router_CreateWebRtcTransportRequest,
     Kind::kSupported, ResponseType::WebRtcTransport_DumpResponse},
    {Method::ROUTER_CREATE_WEBRTCTRANSPORT_WITH_SERVER, "router",
     RequestType::Router_CreateWebRtcTransportRequest, Kind::kSupported,
     ResponseType::WebRtcTransport_DumpResponse},
    {Method::ROUTER_CREATE_PLAINTRANSPORT, "router", RequestType::Router_CreatePlainTransportRequest,
     Kind::kSupported, ResponseType::PlainTransport_DumpResponse},
    {Method::ROUTER_CREATE_PIPETRANSPORT, "router", RequestType::Router_CreatePipeTransportRequest,
     Kind::kSupported, ResponseType::PipeTransport_DumpResponse},
    {Method::ROUTER_CREATE_DIRECTTRANSPORT, "router", RequestType::Router_CreateDirectTransportRequest,
     Kind::kSupported, ResponseType::DirectTransport_DumpResponse},
    {Method::ROUTER_CLOSE_TRANSPORT, "router", RequestType::Router_CloseTransportRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::ROUTER_CREATE_ACTIVESPEAKEROBSERVER, "router",
     RequestType::Router_CreateActiveSpeakerObserverRequest, Kind::kSupported, ResponseType::NONE},
    {Method::ROUTER_CREATE_AUDIOLEVELOBSERVER, "router", RequestType::Router_CreateAudioLevelObserverRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::ROUTER_CLOSE_RTPOBSERVER, "router", RequestType::Router_CloseRtpObserverRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::TRANSPORT_DUMP, "plain", RequestType::NONE, Kind::kSupported,
     ResponseType::PlainTransport_DumpResponse},
    {Method::TRANSPORT_DUMP, "direct", RequestType::NONE, Kind::kSupported,
     ResponseType::DirectTransport_DumpResponse},
    {Method::TRANSPORT_DUMP, "webrtc", RequestType::NONE, Kind::kSupported,
     ResponseType::WebRtcTransport_DumpResponse},
    {Method::TRANSPORT_GET_STATS, "webrtc", RequestType::NONE, Kind::kSupported,
     ResponseType::WebRtcTransport_GetStatsResponse},
    {Method::TRANSPORT_GET_STATS, "plain", RequestType::NONE, Kind::kSupported,
     ResponseType::PlainTransport_GetStatsResponse},
    {Method::TRANSPORT_GET_STATS, "direct", RequestType::NONE, Kind::kSupported,
     ResponseType::DirectTransport_GetStatsResponse},
    {Method::TRANSPORT_CONNECT, "plain", RequestType::NONE, Kind::kNotSupported, {}},
    {Method::TRANSPORT_SET_MAX_INCOMING_BITRATE, "plain", RequestType::Transport_SetMaxIncomingBitrateRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::TRANSPORT_SET_MAX_OUTGOING_BITRATE,
     "plain",
     RequestType::Transport_SetMaxOutgoingBitrateRequest,
     Kind::kSupported,
     {}},
    {Method::TRANSPORT_SET_MIN_OUTGOING_BITRATE,
     "plain",
     RequestType::Transport_SetMinOutgoingBitrateRequest,
     Kind::kSupported,
     {}},
    {Method::TRANSPORT_RESTART_ICE, "webrtc", RequestType::NONE, Kind::kSupported,
     ResponseType::Transport_RestartIceResponse},
    {Method::TRANSPORT_PRODUCE, "plain", RequestType::Transport_ProduceRequest, Kind::kSupported,
     ResponseType::Transport_ProduceResponse},
    {Method::TRANSPORT_PRODUCE_DATA, "direct", RequestType::Transport_ProduceDataRequest, Kind::kSupported,
     ResponseType::DataProducer_DumpResponse},
    {Method::TRANSPORT_CONSUME, "direct", RequestType::Transport_ConsumeRequest, Kind::kSupported,
     ResponseType::Transport_ConsumeResponse},
    {Method::TRANSPORT_CONSUME_DATA, "direct", RequestType::Transport_ConsumeDataRequest, Kind::kSupported,
     ResponseType::DataConsumer_DumpResponse},
    {Method::TRANSPORT_ENABLE_TRACE_EVENT, "plain", RequestType::Transport_EnableTraceEventRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::TRANSPORT_CLOSE_PRODUCER, "plain", RequestType::Transport_CloseProducerRequest, Kind::kSupported,
     ResponseType::NONE},
    {Method::TRANSPORT_CLOSE_CONSUMER, "direct", RequestType::Transport_CloseConsumerRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::TRANSPORT_CLOSE_DATAPRODUCER, "direct", RequestType::Transport_CloseDataProducerRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::TRANSPORT_CLOSE_DATACONSUMER, "direct", RequestType::Transport_CloseDataConsumerRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::PLAINTRANSPORT_CONNECT, "plain", RequestType::PlainTransport_ConnectRequest, Kind::kSupported,
     ResponseType::PlainTransport_ConnectResponse},
    {Method::PIPETRANSPORT_CONNECT, "pipe", RequestType::PipeTransport_ConnectRequest, Kind::kSupported,
     ResponseType::PipeTransport_ConnectResponse},
    {Method::WEBRTCTRANSPORT_CONNECT, "webrtc", RequestType::WebRtcTransport_ConnectRequest, Kind::kSupported,
     ResponseType::WebRtcTransport_ConnectResponse},
    {Method::PRODUCER_DUMP, "producer", RequestType::NONE, Kind::kSupported,
     ResponseType::Producer_DumpResponse},
    {Method::PRODUCER_GET_STATS, "producer", RequestType::NONE, Kind::kSupported,
     ResponseType::Producer_GetStatsResponse},
    {Method::PRODUCER_PAUSE, "producer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::PRODUCER_RESUME, "producer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::PRODUCER_ENABLE_TRACE_EVENT, "producer", RequestType::Producer_EnableTraceEventRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::CONSUMER_DUMP, "consumer", RequestType::NONE, Kind::kSupported,
     ResponseType::Consumer_DumpResponse},
    {Method::CONSUMER_GET_STATS, "consumer", RequestType::NONE, Kind::kSupported,
     ResponseType::Consumer_GetStatsResponse},
    {Method::CONSUMER_PAUSE, "consumer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::CONSUMER_RESUME, "consumer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::CONSUMER_SET_PREFERRED_LAYERS, "consumer", RequestType::Consumer_SetPreferredLayersRequest,
     Kind::kSupported, ResponseType::Consumer_SetPreferredLayersResponse},
    {Method::CONSUMER_SET_PRIORITY, "consumer", RequestType::Consumer_SetPriorityRequest, Kind::kSupported,
     ResponseType::Consumer_SetPriorityResponse},
    {Method::CONSUMER_REQUEST_KEY_FRAME, "consumer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::CONSUMER_ENABLE_TRACE_EVENT, "consumer", RequestType::Consumer_EnableTraceEventRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::DATAPRODUCER_DUMP, "data-producer", RequestType::NONE, Kind::kSupported,
     ResponseType::DataProducer_DumpResponse},
    {Method::DATAPRODUCER_GET_STATS, "data-producer", RequestType::NONE, Kind::kSupported,
     ResponseType::DataProducer_GetStatsResponse},
    {Method::DATAPRODUCER_PAUSE, "data-producer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::DATAPRODUCER_RESUME, "data-producer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::DATACONSUMER_DUMP, "data-consumer", RequestType::NONE, Kind::kSupported,
     ResponseType::DataConsumer_DumpResponse},
    {Method::DATACONSUMER_GET_STATS, "data-consumer", RequestType::NONE, Kind::kSupported,
     ResponseType::DataConsumer_GetStatsResponse},
    {Method::DATACONSUMER_PAUSE, "data-consumer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::DATACONSUMER_RESUME, "data-consumer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::DATACONSUMER_GET_BUFFERED_AMOUNT, "data-consumer", RequestType::NONE, Kind::kSupported,
     ResponseType::DataConsumer_GetBufferedAmountResponse},
    {Method::DATACONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD, "data-consumer",
     RequestType::DataConsumer_SetBufferedAmountLowThresholdRequest, Kind::kSupported, ResponseType::NONE},
    {Method::DATACONSUMER_SEND, "data-consumer", RequestType::DataConsumer_SendRequest, Kind::kRefused, {}},
    {Method::DATACONSUMER_SET_SUBCHANNELS, "data-consumer", RequestType::DataConsumer_SetSubchannelsRequest,
     Kind::kSupported, ResponseType::DataConsumer_SetSubchannelsResponse},
    {Method::DATACONSUMER_ADD_SUBCHANNEL, "data-consumer", RequestType::DataConsumer_AddSubchannelRequest,
     Kind::kSupported, ResponseType::DataConsumer_AddSubchannelResponse},
    {Method::DATACONSUMER_REMOVE_SUBCHANNEL, "data-consumer",
     RequestType::DataConsumer_RemoveSubchannelRequest, Kind::kSupported,
     ResponseType::DataConsumer_RemoveSubchannelResponse},
    {Method::RTPOBSERVER_PAUSE, "observer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::RTPOBSERVER_RESUME, "observer", RequestType::NONE, Kind::kSupported, ResponseType::NONE},
    {Method::RTPOBSERVER_ADD_PRODUCER, "observer", RequestType::RtpObserver_AddProducerRequest,
     Kind::kSupported, ResponseType::NONE},
    {Method::RTPOBSERVER_REMOVE_PRODUCER, "observer", RequestType::RtpObserver_RemoveProducerRequest,
     Kind::kSupported, ResponseType::NONE},
};

std::string NameOf(const Row& row) { return FBS::Request::EnumNameMethod(row.method); }

MakeRequestBody Sample(RequestType type) {
  return [type](Builder& builder) { return SampleBody(builder, type); };
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("DispatcherTest: has a row for each method of the schema") {
  for (unsigned number = 0; number <= static_cast<unsigned>(Method::MAX); ++number) {
    INFO(number);
    CHECK(std::any_of(std::begin(kRows), std::end(kRows),
                      [&](const Row& row) { return static_cast<unsigned>(row.method) == number; }));
  }
}

TEST_CASE("DispatcherTest: reports NotFoundError with id and method when the id is unknown") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  fixture.AddObserverAndPipe();
  fixture.AddData();
  for (const auto& row : kRows) {
    INFO(NameOf(row));
    const auto response = fixture.Ask(row.method, "nobody", Sample(row.body));
    CHECK(response.Outcome() == "NotFoundError");
    CHECK(Contains(response.Reason(), NameOf(row)));
    CHECK(Contains(response.Reason(), "\"nobody\""));
  }
}

TEST_CASE("DispatcherTest: reports NotFoundError when the id names another kind of object") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  fixture.AddObserverAndPipe();
  fixture.AddData();
  for (const auto& row : kRows) {
    INFO(NameOf(row));
    const char* other = std::string_view(row.handlerId) == "router" ? "producer" : "router";
    CHECK(fixture.Ask(row.method, other, Sample(row.body)).Outcome() == "NotFoundError");
  }
}

TEST_CASE("DispatcherTest: reports TypeError with method and body when the body is of another type") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  fixture.AddObserverAndPipe();
  fixture.AddData();
  for (const auto& row : kRows) {
    INFO(NameOf(row));
    const auto wrong = row.body == RequestType::Consumer_SetPriorityRequest
                           ? RequestType::Transport_CloseProducerRequest
                           : RequestType::Consumer_SetPriorityRequest;
    const auto response = fixture.Ask(row.method, row.handlerId, Sample(wrong));
    CHECK(response.Outcome() == "TypeError");
    CHECK(Contains(response.Reason(), NameOf(row)));
    if (row.body != RequestType::NONE)
      CHECK(Contains(response.Reason(), FBS::Request::EnumNameBody(row.body)));
  }
}

TEST_CASE("DispatcherTest: reports TypeError when the body is missing or of unknown type") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.AddWebRtc();
  fixture.AddObserverAndPipe();
  fixture.AddData();
  for (const auto& row : kRows) {
    if (row.body == RequestType::NONE) continue;
    INFO(NameOf(row));
    const auto missing = fixture.Ask(row.method, row.handlerId);
    CHECK(missing.Outcome() == "TypeError");
    CHECK(Contains(missing.Reason(), FBS::Request::EnumNameBody(row.body)));
    // The request has a body type but no table.
    CHECK(fixture.Ask(row.method, row.handlerId,
                      [&row](Builder&) {
                        return RequestBody{row.body, {}};
                      })
              .Outcome() == "TypeError");
    const auto unknown = fixture.Ask(row.method, row.handlerId, [](Builder& builder) {
      return RequestBody{static_cast<RequestType>(200),
                         SampleBody(builder, RequestType::Consumer_SetPriorityRequest).offset};
    });
    CHECK(unknown.Outcome() == "TypeError");
    CHECK(Contains(unknown.Reason(), "200"));
  }
}

TEST_CASE("DispatcherTest: accepts each supported method and names each unsupported one") {
  for (const auto& row : kRows) {
    INFO(NameOf(row));
    ChannelFixture fixture;
    fixture.AddRoom();
    fixture.AddWebRtc();
    fixture.AddObserverAndPipe();
    fixture.AddData();
    const auto response = fixture.Ask(row.method, row.handlerId, Sample(row.body));
    INFO(response.Reason());
    switch (row.kind) {
      case Kind::kSupported:
        CHECK(response.Outcome() == "accepted");
        CHECK(response.Response()->body_type() == row.response);
        CHECK((response.Response()->body() != nullptr) == (row.response != ResponseType::NONE));
        break;
      case Kind::kNotSupported:
        CHECK(response.Outcome() == "Error");
        CHECK(response.Reason() == "not supported yet: " + NameOf(row));
        break;
      case Kind::kRefused:
        CHECK(response.Outcome() == "TypeError");
        break;
    }
  }
}

TEST_CASE("DispatcherTest: reports the number of a method beyond the schema") {
  ChannelFixture fixture;
  for (const unsigned number : {68U, 200U, 255U}) {
    const auto response = fixture.Ask(static_cast<Method>(number), "");
    CHECK(response.Outcome() == "Error");
    CHECK(response.Reason() == "unknown method " + std::to_string(number));
  }
}

TEST_CASE("DispatcherTest: rejects an empty or too long id and creates nothing") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const auto create = [&fixture](const std::string& id) {
    return fixture.Ask(Method::WORKER_CREATE_ROUTER, "", [&id](Builder& builder) {
      return BodyOf(FBS::Worker::CreateCreateRouterRequestDirect(builder, id.c_str()));
    });
  };
  CHECK(create("").Outcome() == "TypeError");
  CHECK(create(std::string(257, 'x')).Outcome() == "TypeError");
  CHECK(create(std::string(256, 'x')).Outcome() == "accepted");
  CHECK(create(std::string(256, 'x')).Outcome() == "Error");

  for (const auto& id : {std::string(), std::string(257, 'x')}) {
    const auto plain = [&id](Builder& builder) { return PlainTransportBody(builder, id); };
    const auto direct = [&id](Builder& builder) { return DirectTransportBody(builder, id); };
    const auto webRtc = [&id](Builder& builder) { return WebRtcTransportBody(builder, id); };
    const auto server = [&id](Builder& builder) { return WebRtcServerBody(builder, id); };
    const auto produce = [&id](Builder& builder) { return ProduceBody(builder, id, MediaKind::kAudio, 9); };
    const auto consume = [&id](Builder& builder) {
      return ConsumeBody(builder, id, "producer", MediaKind::kAudio, 9);
    };
    const auto source = [&id](Builder& builder) {
      return ConsumeBody(builder, "new", id, MediaKind::kAudio, 9);
    };
    CHECK(fixture.Ask(Method::ROUTER_CREATE_PLAINTRANSPORT, "router", plain).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::ROUTER_CREATE_DIRECTTRANSPORT, "router", direct).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::ROUTER_CREATE_WEBRTCTRANSPORT, "router", webRtc).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::WORKER_CREATE_WEBRTCSERVER, "", server).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::TRANSPORT_PRODUCE, "plain", produce).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::TRANSPORT_CONSUME, "direct", consume).Outcome() == "TypeError");
    CHECK(fixture.Ask(Method::TRANSPORT_CONSUME, "direct", source).Outcome() == "TypeError");
  }
  CHECK(fixture.sockets.OpenCount() == 1);
}

TEST_CASE("DispatcherTest: shortens a very long handler id in its error") {
  ChannelFixture fixture;
  const auto response = fixture.Ask(Method::ROUTER_DUMP, std::string(1'000'000, 'x'));
  CHECK(response.Outcome() == "NotFoundError");
  CHECK(response.Reason().size() < 500);
}

}  // namespace ringcast::test
