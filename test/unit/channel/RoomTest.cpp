#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "support/ChannelFixture.hpp"

namespace ringcast::test {

namespace {

using FBS::Notification::Event;
using FBS::Request::Method;

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);

// An RTP packet of the sample audio codec (RFC 3550 section 5.1).
std::vector<std::uint8_t> AudioPacket(std::uint32_t ssrc, std::uint16_t sequenceNumber) {
  std::vector<std::uint8_t> packet(12 + 40, 0x55);
  packet[0] = 0x80;
  packet[1] = kSampleAudioType;
  StoreU16(packet.data() + 2, sequenceNumber);
  StoreU32(packet.data() + 4, 960U * sequenceNumber);
  StoreU32(packet.data() + 8, ssrc);
  return packet;
}

void Receive(ChannelFixture& fixture, ByteView bytes) {
  const auto port = fixture.worker.FindTransport("plain")->Dump().plain->tuple.localPort;
  std::array<net::ReceivedDatagram, 1> batch{
      net::ReceivedDatagram{fixture.pool.Copy(bytes, fixture.now), kPublisher}};
  fixture.sockets.Deliver(*fixture.sockets.Find(port), batch, fixture.now);
}

std::vector<Event> Events(const std::vector<Received>& received) {
  std::vector<Event> events;
  for (const auto& one : received) {
    if (one.Notification() != nullptr) events.push_back(one.Notification()->event());
  }
  return events;
}

std::vector<std::string> Texts(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* vector) {
  std::vector<std::string> texts;
  for (const auto* text : *vector) texts.push_back(text->str());
  std::sort(texts.begin(), texts.end());
  return texts;
}

MakeRequestBody Sample(FBS::Request::Body type) {
  return [type](Builder& builder) { return SampleBody(builder, type); };
}

}  // namespace

TEST_CASE("RoomTest: dumps the send backend and drop counters") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.host.report.egress.mode = "sendmmsg+gso";
  fixture.host.report.egress.modeReason = "io_uring is disabled";
  fixture.host.report.egress.gsoEnabled = true;
  fixture.host.report.egress.sends = 3;
  fixture.host.report.egress.datagrams = 12;
  fixture.host.report.egress.runLengths[3] = 3;
  fixture.host.report.egress.sendErrors = {{"EPERM", 2}};
  fixture.host.report.ingress.datagrams = 9;
  fixture.host.report.ingress.drops = {{"unknownStream", 40}, {"poolDry", 5}};
  fixture.host.report.tcp = {.listeners = 1,
                             .connections = 2,
                             .unauthenticated = 3,
                             .accepted = 4,
                             .refused = 5,
                             .acceptFailures = 6,
                             .packetsReceived = 7,
                             .bytesReceived = 8,
                             .packetsSent = 9,
                             .bytesSent = 10,
                             .ended = {{"slow", 11}},
                             .drops = {{"connectionGone", 12}}};
  Receive(fixture, AudioPacket(99, 1));  // an ssrc without a producer

  const auto answer = fixture.Ask(Method::WORKER_DUMP, "");
  const auto* dump = answer.Body<FBS::Worker::DumpResponse>();
  REQUIRE(dump != nullptr);
  const auto* egress = dump->egress();
  REQUIRE(egress != nullptr);
  CHECK(egress->mode()->str() == "sendmmsg+gso");
  CHECK(egress->mode_reason()->str() == "io_uring is disabled");
  CHECK_FALSE(egress->zero_copy_enabled());
  CHECK(egress->gso_enabled());
  CHECK(egress->sends() == 3);
  CHECK(egress->datagrams() == 12);
  REQUIRE(egress->run_lengths()->size() == net::kMaxSegments);
  CHECK(egress->run_lengths()->Get(3) == 3);
  REQUIRE(egress->send_errors()->size() == 1);
  CHECK(egress->send_errors()->Get(0)->name()->str() == "EPERM");
  CHECK(egress->send_errors()->Get(0)->value() == 2);
  REQUIRE(dump->ingress() != nullptr);
  CHECK(dump->ingress()->datagrams() == 9);
  std::map<std::string, std::uint64_t> drops;
  for (const auto* drop : *dump->ingress()->drops()) drops[drop->name()->str()] = drop->value();
  CHECK(drops == std::map<std::string, std::uint64_t>{{"unknownStream", 41}, {"poolDry", 5}});
  const auto* tcp = dump->tcp();
  REQUIRE(tcp != nullptr);
  CHECK(std::vector{tcp->listeners(), tcp->connections(), tcp->strangers(), tcp->accepted(), tcp->refused(),
                    tcp->accept_failures(), tcp->packets_received(), tcp->bytes_received(),
                    tcp->packets_sent(),
                    tcp->bytes_sent()} == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  REQUIRE(tcp->ended()->size() == 1);
  CHECK(tcp->ended()->Get(0)->name()->str() == "slow");
  CHECK(tcp->ended()->Get(0)->value() == 11);
  REQUIRE(tcp->drops()->size() == 1);
  CHECK(tcp->drops()->Get(0)->name()->str() == "connectionGone");
  CHECK(tcp->drops()->Get(0)->value() == 12);
}

TEST_CASE("RoomTest: dumps what ICE and DTLS rejected, and suppressed log lines") {
  ChannelFixture fixture;
  fixture.host.completeReport = [](rtc::WorkerReport& report) {
    report.media.iceRejects.Count(ice::Reject::kWrongIntegrity, 3);
    report.media.dtlsDrops.Count(dtls::DropReason::kUnproven, 4);
    report.media.dtlsFailures.Count(dtls::FailureReason::kTimeout, 5);
    report.media.keyFrameRequestsSent = 6;
    report.media.keyFrameRequestsSuppressed = 7;
    report.suppressedLogLines = 8;
  };
  const auto answer = fixture.Ask(Method::WORKER_DUMP, "");
  const auto* dump = answer.Body<FBS::Worker::DumpResponse>();
  REQUIRE(dump != nullptr);
  const auto* peers = dump->peers();
  REQUIRE(peers != nullptr);
  const auto only = [](const auto* counters, std::string_view name, std::uint64_t value) {
    REQUIRE(counters->size() == 1);
    CHECK(counters->Get(0)->name()->string_view() == name);
    CHECK(counters->Get(0)->value() == value);
  };
  only(peers->ice_rejects(), ice::Name(ice::Reject::kWrongIntegrity), 3);
  only(peers->dtls_drops(), dtls::Name(dtls::DropReason::kUnproven), 4);
  only(peers->dtls_failures(), "timeout", 5);
  CHECK(peers->key_frame_requests_sent() == 6);
  CHECK(peers->key_frame_requests_suppressed() == 7);
  CHECK(dump->suppressed_log_lines() == 8);
}

TEST_CASE("RoomTest: creates, dumps and closes a room by messages") {
  ChannelFixture fixture;
  fixture.AddRoom();

  const auto worker = fixture.Ask(Method::WORKER_DUMP, "");
  const auto* workerDump = worker.Body<FBS::Worker::DumpResponse>();
  REQUIRE(workerDump != nullptr);
  CHECK(workerDump->pid() == 4711);
  CHECK(Texts(workerDump->router_ids()) == std::vector<std::string>{"router"});
  CHECK(workerDump->web_rtc_server_ids()->size() == 0);
  CHECK(Texts(workerDump->channel_message_handlers()->channel_request_handlers()) ==
        std::vector<std::string>{"consumer", "direct", "plain", "producer", "router"});
  CHECK(Texts(workerDump->channel_message_handlers()->channel_notification_handlers()) ==
        std::vector<std::string>{"direct", "plain", "producer"});

  const auto router = fixture.Ask(Method::ROUTER_DUMP, "router");
  const auto* routerDump = router.Body<FBS::Router::DumpResponse>();
  REQUIRE(routerDump != nullptr);
  CHECK(routerDump->id()->str() == "router");
  CHECK(Texts(routerDump->transport_ids()) == std::vector<std::string>{"direct", "plain"});
  REQUIRE(routerDump->map_producer_id_consumer_ids()->size() == 1);
  CHECK(routerDump->map_producer_id_consumer_ids()->Get(0)->key()->str() == "producer");
  CHECK(Texts(routerDump->map_producer_id_consumer_ids()->Get(0)->values()) ==
        std::vector<std::string>{"consumer"});
  REQUIRE(routerDump->map_consumer_id_producer_id()->size() == 1);
  CHECK(routerDump->map_consumer_id_producer_id()->Get(0)->value()->str() == "producer");

  CHECK(fixture
            .Ask(Method::TRANSPORT_CLOSE_CONSUMER, "direct",
                 Sample(FBS::Request::Body::Transport_CloseConsumerRequest))
            .Outcome() == "accepted");
  CHECK(fixture.Ask(Method::CONSUMER_DUMP, "consumer").Outcome() == "NotFoundError");
  CHECK(fixture
            .Ask(Method::TRANSPORT_CLOSE_CONSUMER, "direct",
                 Sample(FBS::Request::Body::Transport_CloseConsumerRequest))
            .Outcome() == "NotFoundError");
  CHECK(fixture
            .Ask(Method::ROUTER_CLOSE_TRANSPORT, "router",
                 Sample(FBS::Request::Body::Router_CloseTransportRequest))
            .Outcome() == "accepted");
  CHECK(fixture.Ask(Method::PRODUCER_DUMP, "producer").Outcome() == "NotFoundError");
  CHECK(fixture.sockets.OpenCount() == 0);
  CHECK(fixture.Ask(Method::WORKER_CLOSE_ROUTER, "", Sample(FBS::Request::Body::Worker_CloseRouterRequest))
            .Outcome() == "accepted");
  CHECK(fixture.worker.Dump().requestHandlerIds.empty());
}

TEST_CASE("RoomTest: reports the tuple of a plain transport") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const auto dumped = fixture.Ask(Method::TRANSPORT_DUMP, "plain");
  const auto* dump = dumped.Body<FBS::PlainTransport::DumpResponse>();
  REQUIRE(dump != nullptr);
  CHECK(dump->base()->id()->str() == "plain");
  CHECK_FALSE(dump->base()->direct());
  CHECK(Texts(dump->base()->producer_ids()) == std::vector<std::string>{"producer"});
  CHECK(dump->base()->recv_rtp_header_extensions()->abs_send_time() == 4);
  CHECK_FALSE(dump->base()->recv_rtp_header_extensions()->mid().has_value());
  REQUIRE(dump->base()->rtp_listener()->ssrc_table()->size() == 1);
  CHECK(dump->base()->rtp_listener()->ssrc_table()->Get(0)->key() == 1111);
  CHECK_FALSE(dump->base()->sctp_state().has_value());
  CHECK(dump->base()->sctp_parameters() == nullptr);
  CHECK(dump->rtcp_mux());
  CHECK(dump->comedia());
  CHECK(dump->tuple()->local_address()->str() == "127.0.0.1");
  CHECK(dump->tuple()->local_port() == 40000);
  CHECK(dump->tuple()->remote_ip() == nullptr);
  CHECK(dump->tuple()->protocol() == FBS::Transport::Protocol::UDP);
  CHECK(dump->rtcp_tuple() == nullptr);
  CHECK(dump->srtp_parameters() == nullptr);

  Receive(fixture, AudioPacket(1111, 1));
  const auto counted = fixture.Ask(Method::TRANSPORT_GET_STATS, "plain");
  const auto* stats = counted.Body<FBS::PlainTransport::GetStatsResponse>();
  REQUIRE(stats != nullptr);
  CHECK(stats->base()->transport_id()->str() == "plain");
  CHECK(stats->base()->timestamp() == 1'000'000);
  CHECK(stats->base()->bytes_received() == 52);
  CHECK(stats->base()->rtp_bytes_received() == 52);
  CHECK_FALSE(stats->base()->available_outgoing_bitrate().has_value());
  CHECK_FALSE(stats->base()->max_incoming_bitrate().has_value());
  CHECK_FALSE(stats->base()->rtp_packet_loss_sent().has_value());
  CHECK(stats->tuple()->remote_ip()->str() == "192.0.2.1");
  CHECK(stats->tuple()->remote_port() == 4000);
}

TEST_CASE("RoomTest: reports the maximum incoming bitrate until it is removed") {
  ChannelFixture fixture;
  fixture.AddRoom();
  struct Row {
    std::uint64_t set;
    std::optional<std::uint64_t> reported;
  };
  for (const auto& row : {Row{1'500'000, 1'500'000}, Row{1, 1}, Row{0, std::nullopt}}) {
    const auto set =
        fixture.Ask(Method::TRANSPORT_SET_MAX_INCOMING_BITRATE, "plain", [&row](Builder& builder) {
          return BodyOf(FBS::Transport::CreateSetMaxIncomingBitrateRequest(builder, row.set));
        });
    CHECK(set.Outcome() == "accepted");
    const auto response = fixture.Ask(Method::TRANSPORT_GET_STATS, "plain");
    const auto* stats = response.Body<FBS::PlainTransport::GetStatsResponse>();
    REQUIRE(stats != nullptr);
    const auto maximum = stats->base()->max_incoming_bitrate();
    CHECK((maximum.has_value() ? std::optional(*maximum) : std::nullopt) == row.reported);
  }
  const auto direct = fixture.Ask(Method::TRANSPORT_SET_MAX_INCOMING_BITRATE, "direct", [](Builder& builder) {
    return BodyOf(FBS::Transport::CreateSetMaxIncomingBitrateRequest(builder, 100'000));
  });
  CHECK(direct.Outcome() == "Error");
}

TEST_CASE("RoomTest: dumps a consumer as the controller reads it") {
  ChannelFixture fixture;
  fixture.AddRoom(MediaKind::kVideo);
  const auto response = fixture.Ask(Method::CONSUMER_DUMP, "consumer");
  const auto* dump = response.Body<FBS::Consumer::DumpResponse>();
  REQUIRE(dump != nullptr);
  const auto* base = dump->data()->base();
  CHECK(base->id()->str() == "consumer");
  CHECK(base->producer_id()->str() == "producer");
  CHECK(base->type() == FBS::RtpParameters::Type::SIMPLE);
  CHECK(base->kind() == FBS::RtpParameters::MediaKind::VIDEO);
  CHECK(base->priority() == 1);
  REQUIRE(base->supported_codec_payload_types()->size() == 1);
  CHECK(base->supported_codec_payload_types()->Get(0) == kMappedVideoType);
  REQUIRE(base->consumable_rtp_encodings()->size() == 1);
  CHECK(base->consumable_rtp_encodings()->Get(0)->ssrc() == 1'002'222);
  REQUIRE(dump->data()->rtp_streams()->size() == 1);
  const auto* params = dump->data()->rtp_streams()->Get(0)->params();
  CHECK(params->ssrc() == 2222);
  CHECK(params->mime_type()->str() == "video/VP8");
  // The controller reads the rid without a check for null.
  REQUIRE(params->rid() != nullptr);
  CHECK(params->rid()->size() == 0);
  CHECK(params->cname()->str() == "sample-cname");
  CHECK_FALSE(dump->data()->preferred_spatial_layer().has_value());
}

TEST_CASE("RoomTest: reports the consumer's stream before the producer's") {
  ChannelFixture fixture;
  fixture.AddRoom();
  Receive(fixture, AudioPacket(1111, 1));
  fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
  const auto response = fixture.Ask(Method::CONSUMER_GET_STATS, "consumer");
  const auto* stats = response.Body<FBS::Consumer::GetStatsResponse>();
  REQUIRE(stats != nullptr);
  REQUIRE(stats->stats()->size() == 2);
  const auto* send = stats->stats()->Get(0)->data_as_SendStats();
  const auto* receive = stats->stats()->Get(1)->data_as_RecvStats();
  REQUIRE(send != nullptr);
  REQUIRE(receive != nullptr);
  CHECK(send->packet_count() == 1);
  CHECK(send->base()->data_as_BaseStats()->ssrc() == 2222);
  CHECK(receive->packet_count() == 1);
  CHECK(receive->bitrate_by_layer()->size() == 0);
  CHECK(receive->base()->data_as_BaseStats()->ssrc() == 1111);
  CHECK(receive->base()->data_as_BaseStats()->mime_type()->str() == "audio/opus");

  const auto producer = fixture.Ask(Method::PRODUCER_GET_STATS, "producer");
  REQUIRE(producer.Body<FBS::Producer::GetStatsResponse>() != nullptr);
  CHECK(producer.Body<FBS::Producer::GetStatsResponse>()->stats()->size() == 1);
}

TEST_CASE("RoomTest: sets a consumer's priority and rejects 0") {
  ChannelFixture fixture;
  fixture.AddRoom();
  const auto set = [&fixture](int priority) {
    return fixture.Ask(Method::CONSUMER_SET_PRIORITY, "consumer", [priority](Builder& builder) {
      return BodyOf(FBS::Consumer::CreateSetPriorityRequest(builder, static_cast<std::uint8_t>(priority)));
    });
  };
  for (const int priority : {7, 255}) {
    const auto response = set(priority);
    REQUIRE(response.Body<FBS::Consumer::SetPriorityResponse>() != nullptr);
    CHECK(response.Body<FBS::Consumer::SetPriorityResponse>()->priority() == priority);
  }
  CHECK(set(0).Body<FBS::Consumer::SetPriorityResponse>() == nullptr);
}

TEST_CASE("RoomTest: keeps each trace event once, in order") {
  ChannelFixture fixture;
  fixture.AddRoom();
  using Type = FBS::Transport::TraceEventType;
  const auto enable = [&fixture](const std::vector<Type>& events) {
    return fixture.Ask(Method::TRANSPORT_ENABLE_TRACE_EVENT, "plain", [&events](Builder& builder) {
      return BodyOf(FBS::Transport::CreateEnableTraceEventRequestDirect(builder, &events));
    });
  };
  const auto enabled = [&fixture] {
    const auto response = fixture.Ask(Method::TRANSPORT_DUMP, "plain");
    const auto* types = response.Body<FBS::PlainTransport::DumpResponse>()->base()->trace_event_types();
    std::vector<Type> out;
    for (const auto type : *types) out.push_back(static_cast<Type>(type));
    return out;
  };
  CHECK(enable({Type::PROBATION, Type::PROBATION, Type::BWE, Type::PROBATION}).Outcome() == "accepted");
  CHECK(enabled() == std::vector<Type>{Type::PROBATION, Type::BWE});
  const auto refused = enable({Type::BWE, static_cast<Type>(9)});
  CHECK(refused.Outcome() == "TypeError");
  CHECK(refused.Reason().find("events[1] is 9") != std::string::npos);
  CHECK(enabled() == std::vector<Type>{Type::PROBATION, Type::BWE});
  CHECK(enable({}).Outcome() == "accepted");
  CHECK(enabled().empty());
}

TEST_CASE("RoomTest: forwards packets between plain and direct transports") {
  ChannelFixture fixture;
  fixture.AddRoom();
  Receive(fixture, AudioPacket(1111, 1));
  fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
  const auto received = fixture.Read();
  const auto rtp = std::find_if(received.begin(), received.end(), [](const Received& one) {
    return one.Notification() != nullptr && one.Notification()->event() == Event::CONSUMER_RTP;
  });
  REQUIRE(rtp != received.end());
  CHECK(rtp->Notification()->handler_id()->str() == "consumer");
  const auto* data = rtp->Notification()->body_as_Consumer_RtpNotification()->data();
  REQUIRE(data->size() >= 52);
  CHECK(LoadU32(data->data() + 8) == 2222);
  CHECK((data->data()[1] & 0x7f) == kMappedAudioType);

  fixture.Ask(Method::TRANSPORT_PRODUCE, "direct", [](Builder& builder) {
    return ProduceBody(builder, "from-controller", MediaKind::kAudio, 7777);
  });
  fixture.Ask(Method::TRANSPORT_CONSUME, "plain", [](Builder& builder) {
    return ConsumeBody(builder, "to-peer", "from-controller", MediaKind::kAudio, 8888);
  });
  fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
  fixture.sink.sent.clear();
  fixture.Send(NotificationFrame(Event::PRODUCER_SEND, "from-controller", ByteView(AudioPacket(7777, 1))));
  fixture.worker.OnTurnEnd(fixture.now, fixture.now.time_since_epoch());
  const auto datagrams = fixture.sink.Datagrams();
  const auto sent = std::find_if(datagrams.begin(), datagrams.end(), [](const Datagram& one) {
    return (one.bytes[1] & 0x7f) == kMappedAudioType;
  });
  REQUIRE(sent != datagrams.end());
  CHECK(sent->to == kPublisher);
  CHECK(LoadU32(sent->bytes.data() + 8) == 8888);
}

TEST_CASE("RoomTest: notifies a learned address before other events") {
  ChannelFixture fixture;
  fixture.AddRoom();
  Receive(fixture, AudioPacket(1111, 1));
  const auto received = fixture.Read();
  const auto events = Events(received);
  REQUIRE_FALSE(events.empty());
  CHECK(events.front() == Event::PLAINTRANSPORT_TUPLE);
  const auto* tuple = received.front().Notification()->body_as_PlainTransport_TupleNotification()->tuple();
  CHECK(tuple->remote_ip()->str() == "192.0.2.1");
  CHECK(tuple->remote_port() == 4000);
  CHECK(std::count(events.begin(), events.end(), Event::PRODUCER_SCORE) == 1);
  CHECK(std::count(events.begin(), events.end(), Event::CONSUMER_SCORE) == 1);
}

TEST_CASE("RoomTest: sends notifications of a request behind its response") {
  struct Row {
    Method method;
    const char* handlerId;
    FBS::Request::Body body;
    Event event;
  };
  const Row rows[] = {
      {Method::PRODUCER_PAUSE, "producer", FBS::Request::Body::NONE, Event::CONSUMER_PRODUCER_PAUSE},
      {Method::PRODUCER_RESUME, "producer", FBS::Request::Body::NONE, Event::CONSUMER_PRODUCER_RESUME},
      {Method::TRANSPORT_CLOSE_PRODUCER, "plain", FBS::Request::Body::Transport_CloseProducerRequest,
       Event::CONSUMER_PRODUCER_CLOSE},
  };
  ChannelFixture fixture;
  fixture.AddRoom();
  for (const auto& row : rows) {
    INFO(FBS::Request::EnumNameMethod(row.method));
    fixture.Send(RequestFrame(1, row.method, row.handlerId, Sample(row.body)));
    const auto received = fixture.Read();
    REQUIRE(received.size() == 2);
    REQUIRE(received[0].Response() != nullptr);
    CHECK(received[0].Outcome() == "accepted");
    REQUIRE(received[1].Notification() != nullptr);
    CHECK(received[1].Notification()->event() == row.event);
    CHECK(received[1].Notification()->handler_id()->str() == "consumer");
  }
}

TEST_CASE("RoomTest: forwards queued packets before a request closes their consumer") {
  ChannelFixture fixture;
  fixture.AddRoom();
  fixture.host.beforeRequest = [&fixture](Instant now) { fixture.worker.BeforeRequest(now); };
  Receive(fixture, AudioPacket(1111, 1));
  static_cast<void>(fixture.Read());
  fixture.Send(RequestFrame(1, Method::TRANSPORT_CLOSE_CONSUMER, "direct",
                            Sample(FBS::Request::Body::Transport_CloseConsumerRequest)));
  const auto received = fixture.Read();
  REQUIRE(received.size() == 2);
  CHECK(Events(received) == std::vector{Event::CONSUMER_RTP});
  CHECK(received[1].Outcome() == "accepted");
}

}  // namespace ringcast::test
