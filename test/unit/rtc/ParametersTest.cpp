#include <catch2/catch.hpp>

#include "rtc/CodecParameters.hpp"
#include "rtc/ParameterChecks.hpp"
#include "rtc/Scalability.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

namespace {

rtc::RtpParameters Vp8() {
  rtc::RtpParameters parameters;
  parameters.codecs.push_back({.mimeType = "video/VP8", .payloadType = PayloadType(96), .clockRate = 90000});
  parameters.encodings.push_back({.ssrc = Ssrc(1)});
  return parameters;
}

rtc::ProduceOptions Options(const std::string& id, const rtc::RtpParameters& parameters) {
  rtc::ProduceOptions options;
  options.producerId = id;
  options.kind = MediaKind::kVideo;
  options.rtpParameters = parameters;
  options.rtpMapping.codecs.push_back({PayloadType(96), PayloadType(101)});
  for (const auto& encoding : parameters.encodings)
    options.rtpMapping.encodings.push_back({encoding.rid, encoding.ssrc, Ssrc(77)});
  return options;
}

}  // namespace

TEST_CASE("ParametersTest: parses the layers of a scalability mode, and one of each from an invalid mode") {
  struct Row {
    const char* mode;
    int spatial, temporal;
  };
  const Row rows[] = {{"", 1, 1},       {"L1T3", 1, 3},           {"L3T2_KEY", 3, 2}, {"S2T3", 2, 3},
                      {"foo", 1, 1},    {"S0T3", 1, 1},           {"S1T0", 1, 1},     {"L20T3", 20, 3},
                      {"S200T3", 1, 1}, {"L4T7_KEY_SHIFT", 4, 7}, {"L", 1, 1},        {"L3T", 1, 1}};
  for (const auto& row : rows) {
    INFO(row.mode);
    const auto layers = rtc::ParseScalabilityMode(row.mode);
    CHECK(layers.spatial == row.spatial);
    CHECK(layers.temporal == row.temporal);
  }
}

TEST_CASE("ParametersTest: assigns the first media codec to an encoding that names none") {
  auto parameters = Vp8();
  parameters.codecs.insert(parameters.codecs.begin(),
                           {.mimeType = "video/rtx", .payloadType = PayloadType(97), .clockRate = 90000});
  parameters.codecs.push_back({.mimeType = "video/VP9", .payloadType = PayloadType(98), .clockRate = 90000});
  parameters.encodings.push_back({.ssrc = Ssrc(2), .codecPayloadType = PayloadType(98)});
  const auto named = rtc::Canonical(parameters);
  CHECK(named.encodings[0].codecPayloadType == PayloadType(96));
  CHECK(named.encodings[1].codecPayloadType == PayloadType(98));
}

TEST_CASE("ParametersTest: keeps registered codec names in canonical case and unknown names unchanged") {
  const std::pair<const char*, const char*> rows[] = {
      {"video/h264", "video/H264"},         {"VIDEO/vp8", "video/VP8"},
      {"audio/OPUS", "audio/opus"},         {"Video/RTX", "video/rtx"},
      {"audio/red", "audio/red"},           {"audio/MultiOpus", "audio/multiopus"},
      {"video/h264-svc", "video/H264-SVC"}, {"audio/Foo", "audio/Foo"}};
  for (const auto& [given, expected] : rows) {
    auto parameters = Vp8();
    parameters.codecs.push_back({.mimeType = given, .payloadType = PayloadType(1), .clockRate = 1});
    CHECK(rtc::Canonical(parameters).codecs[1].mimeType == expected);
  }
}

TEST_CASE("ParametersTest: describes RTX when an RTX codec and ssrc are negotiated") {
  auto parameters = Vp8();
  parameters.rtcp.cname = "name";
  parameters.encodings[0].rid = "hi";
  parameters.encodings[0].rtxSsrc = Ssrc(2);
  const auto describe = [&parameters] {
    const auto& codec = parameters.codecs[0];
    const auto stream = rtc::DescribeStream(parameters, parameters.encodings[0], codec, 0, Ssrc(1));
    return rtc::DescribeRtx(parameters, stream);
  };
  CHECK_FALSE(describe());
  parameters.codecs.push_back({.mimeType = "video/rtx",
                               .payloadType = PayloadType(97),
                               .clockRate = 90000,
                               .parameters = {{"apt", std::int32_t{96}}}});
  const auto rtx = describe();
  REQUIRE(rtx);
  CHECK(rtx->ssrc == Ssrc(2));
  CHECK(rtx->payloadType == PayloadType(97));
  CHECK(rtx->mimeType == "video/rtx");
  CHECK(rtx->clockRate == 90000);
  CHECK(rtx->repairedRid == "hi");
  CHECK(rtx->cname == "name");
  parameters.encodings[0].rtxSsrc.reset();
  CHECK_FALSE(describe());
}

TEST_CASE("ParametersTest: derives the producer type from its encodings") {
  auto parameters = Vp8();
  CHECK(rtc::TypeOf(parameters) == rtc::RtpType::kSimple);
  parameters.encodings[0].scalabilityMode = "L1T3";
  CHECK(rtc::TypeOf(parameters) == rtc::RtpType::kSvc);
  parameters.encodings[0].scalabilityMode = "L3T1";
  parameters.codecs[0].mimeType = "video/VP9";
  CHECK(rtc::TypeOf(parameters) == rtc::RtpType::kSvc);
  parameters.encodings.push_back({.ssrc = Ssrc(2)});
  CHECK(rtc::TypeOf(parameters) == rtc::RtpType::kSimulcast);
}

TEST_CASE("ParametersTest: refuses contradicting parameters with a message that names the error") {
  struct Row {
    const char* reason;
    void (*spoil)(rtc::RtpParameters&);
  };
  const Row rows[] = {
      {"no codecs", [](rtc::RtpParameters& p) { p.codecs.clear(); }},
      {"no encodings", [](rtc::RtpParameters& p) { p.encodings.clear(); }},
      {"kind/name", [](rtc::RtpParameters& p) { p.codecs[0].mimeType = "VP8"; }},
      {"above 127", [](rtc::RtpParameters& p) { p.codecs[0].payloadType = PayloadType(128); }},
      {"two codecs", [](rtc::RtpParameters& p) { p.codecs.push_back(p.codecs[0]); }},
      {"clock rate 0", [](rtc::RtpParameters& p) { p.codecs[0].clockRate = 0; }},
      {"no media codec", [](rtc::RtpParameters& p) { p.codecs[0].mimeType = "video/rtx"; }},
      {"payload type 5", [](rtc::RtpParameters& p) { p.encodings[0].codecPayloadType = PayloadType(5); }},
      {"reserved", [](rtc::RtpParameters& p) { p.headerExtensions.push_back({.id = 0}); }},
      {"used twice",
       [](rtc::RtpParameters& p) {
         p.headerExtensions = {{.id = 3}, {.id = 3}};
       }},
      {"cname has 256 bytes", [](rtc::RtpParameters& p) { p.rtcp.cname.assign(256, 'c'); }},
      {"mid has 256 bytes", [](rtc::RtpParameters& p) { p.mid.assign(256, 'm'); }},
      {"rid has 256 bytes", [](rtc::RtpParameters& p) { p.encodings[0].rid.assign(256, 'r'); }},
      {"msid has 130 bytes", [](rtc::RtpParameters& p) { p.msid.assign(130, 'm'); }},
      {"mime type has 256 bytes",
       [](rtc::RtpParameters& p) { p.codecs[0].mimeType = "video/" + std::string(250, 'x'); }},
      {"clock rate 4294967295", [](rtc::RtpParameters& p) { p.codecs[0].clockRate = 0xffffffff; }},
      {"clock rate 1000001", [](rtc::RtpParameters& p) { p.codecs[0].clockRate = 1'000'001; }},
      {"codec parameters: 65 are given", [](rtc::RtpParameters& p) { p.codecs[0].parameters.resize(65); }},
      {"codec parameter has 4097 bytes",
       [](rtc::RtpParameters& p) {
         p.codecs[0].parameters = {{"a", std::string(4097, 'v')}};
       }},
      {"codec parameter's name has 4097 bytes",
       [](rtc::RtpParameters& p) {
         p.codecs[0].parameters = {{std::string(4097, 'n'), std::int32_t{1}}};
       }},
      {"rtcpFeedback: 33 are given", [](rtc::RtpParameters& p) { p.codecs[0].rtcpFeedback.resize(33); }},
      {"rtcpFeedback type has 4097 bytes",
       [](rtc::RtpParameters& p) {
         p.codecs[0].rtcpFeedback = {{std::string(4097, 't'), ""}};
       }},
      {"rtcpFeedback parameter has 4097 bytes",
       [](rtc::RtpParameters& p) {
         p.codecs[0].rtcpFeedback = {{"nack", std::string(4097, 'p')}};
       }},
      {"\"L99T99\" has more than 4 spatial or 8 temporal layers",
       [](rtc::RtpParameters& p) { p.encodings[0].scalabilityMode = "L99T99"; }},
      {"\"L5T1\" has more than", [](rtc::RtpParameters& p) { p.encodings[0].scalabilityMode = "L5T1"; }},
      {"\"S1T9\" has more than", [](rtc::RtpParameters& p) { p.encodings[0].scalabilityMode = "S1T9"; }},
      {"scalabilityMode has 4097 bytes",
       [](rtc::RtpParameters& p) { p.encodings[0].scalabilityMode.assign(4097, 'L'); }},
      {"rid \"hi\" is used by two encodings",
       [](rtc::RtpParameters& p) {
         p.encodings = {{.ssrc = Ssrc(1), .rid = "hi"}, {.ssrc = Ssrc(2), .rid = "hi"}};
       }},
      {"ssrc 1 is used by two streams",
       [](rtc::RtpParameters& p) {
         p.encodings = {{.ssrc = Ssrc(1)}, {.ssrc = Ssrc(1)}};
       }},
      {"ssrc 1 is used by two streams", [](rtc::RtpParameters& p) { p.encodings[0].rtxSsrc = Ssrc(1); }},
      {"ssrc 3 is used by two streams",
       [](rtc::RtpParameters& p) {
         p.encodings = {{.ssrc = Ssrc(1), .rtxSsrc = Ssrc(3)}, {.ssrc = Ssrc(2), .rtxSsrc = Ssrc(3)}};
       }},
  };
  for (const auto& row : rows) {
    auto parameters = Vp8();
    row.spoil(parameters);
    const auto status = rtc::ValidateRtpParameters(parameters);
    REQUIRE_FALSE(status.Ok());
    CHECK(status.Failure().kind == ErrorKind::kTypeError);
    CHECK_THAT(status.Failure().reason, Catch::Contains(row.reason));
  }
}

TEST_CASE("ParametersTest: accepts the longest values that fit the wire format", "[rtc]") {
  auto parameters = Vp8();
  parameters.mid.assign(255, 'm');
  parameters.msid.assign(129, 'm');
  parameters.rtcp.cname.assign(255, 'c');
  parameters.codecs[0].clockRate = 1'000'000;
  parameters.encodings[0].rid.assign(255, 'r');
  parameters.encodings[0].scalabilityMode = "L4T8_KEY";
  CHECK(rtc::ValidateRtpParameters(parameters).Ok());
}

TEST_CASE("ParametersTest: answers produce and consume with a TypeError for a cname of 256 bytes", "[rtc]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "in", {.comedia = true});
  sim.AddPlain("room", "out", {.remote = *net::Address::Parse("192.0.2.2", 5000)});
  sim.Produce("in", "p", MediaKind::kVideo, 5);
  auto parameters = Vp8();
  parameters.encodings[0].ssrc = Ssrc(6);
  rtc::ConsumeOptions consume;
  consume.consumerId = "c";
  consume.producerId = "p";
  consume.kind = MediaKind::kVideo;
  consume.consumableRtpEncodings.push_back({.ssrc = Ssrc(77)});
  for (const std::size_t length : {256U, 255U}) {
    CAPTURE(length);
    parameters.rtcp.cname.assign(length, 'c');
    consume.rtpParameters = parameters;
    const auto produced = sim.Transport("in").Produce(Options("q", parameters), sim.now);
    const auto consumed = sim.Transport("out").Consume(consume, sim.now);
    CHECK(produced.Ok() == (length == 255));
    CHECK(consumed.Ok() == (length == 255));
    if (produced.Ok() || consumed.Ok()) continue;
    CHECK(produced.Failure().kind == ErrorKind::kTypeError);
    CHECK(consumed.Failure().kind == ErrorKind::kTypeError);
  }
}

TEST_CASE("ParametersTest: refuses a consumer whose ssrc or RTX ssrc another one of the transport uses",
          "[rtc]") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "t", {.comedia = true});
  sim.Produce("t", "p", MediaKind::kVideo, 5);
  rtc::ConsumeOptions options;
  options.consumerId = "first";
  options.producerId = "p";
  options.kind = MediaKind::kVideo;
  options.rtpParameters = Vp8();
  options.rtpParameters.codecs.push_back({.mimeType = "video/rtx",
                                          .payloadType = PayloadType(97),
                                          .clockRate = 90000,
                                          .parameters = {{"apt", std::int32_t{96}}}});
  options.consumableRtpEncodings.push_back({.ssrc = Ssrc(77)});
  options.rtpParameters.encodings[0] = {.ssrc = Ssrc(10), .rtxSsrc = Ssrc(11)};
  auto& transport = sim.Transport("t");
  REQUIRE(transport.Consume(options, sim.now).Ok());
  struct Row {
    std::uint32_t ssrc, rtxSsrc;
    bool accepted;
  };
  const Row rows[] = {{10, 12, false}, {11, 12, false}, {12, 10, false}, {12, 11, false}, {12, 13, true}};
  for (const auto& row : rows) {
    CAPTURE(row.ssrc, row.rtxSsrc);
    options.consumerId = "second";
    options.rtpParameters.encodings[0] = {.ssrc = Ssrc(row.ssrc), .rtxSsrc = Ssrc(row.rtxSsrc)};
    const auto consumed = transport.Consume(options, sim.now);
    CHECK(consumed.Ok() == row.accepted);
    if (!consumed.Ok()) CHECK(consumed.Failure().kind == ErrorKind::kTypeError);
  }
}

TEST_CASE("ParametersTest: refuses a producer with an ssrc or mid in use and leaves no trace of it") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "t", {.comedia = true});
  auto& transport = sim.Transport("t");
  auto parameters = Vp8();
  parameters.mid = "m";
  REQUIRE(transport.Produce(Options("a", parameters), sim.now).Ok());
  const auto sameSsrc = transport.Produce(Options("b", Vp8()), sim.now);
  REQUIRE_FALSE(sameSsrc.Ok());
  CHECK(sameSsrc.Failure().kind == ErrorKind::kTypeError);
  parameters.encodings[0].ssrc = Ssrc(2);
  REQUIRE_FALSE(transport.Produce(Options("b", parameters), sim.now).Ok());
  CHECK(sim.worker.FindProducer("b") == nullptr);
  CHECK(transport.Dump().ssrcTable.size() == 1);
  parameters.mid = "n";
  CHECK(transport.Produce(Options("b", parameters), sim.now).Ok());
}

TEST_CASE(
    "ParametersTest: refuses a consumer with an unknown producer, or with an ssrc, kind or type that does "
    "not fit") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddRouter("elsewhere");
  sim.AddPlain("room", "t", {.comedia = true});
  sim.AddPlain("elsewhere", "u", {.comedia = true});
  sim.Produce("t", "p", MediaKind::kVideo, 5);
  rtc::ConsumeOptions options;
  options.consumerId = "c";
  options.producerId = "p";
  options.kind = MediaKind::kVideo;
  options.rtpParameters = Vp8();
  options.consumableRtpEncodings.push_back({.ssrc = Ssrc(77)});

  CHECK(sim.Transport("u").Consume(options, sim.now).Failure().kind == ErrorKind::kNotFound);
  auto& transport = sim.Transport("t");
  auto wrong = options;
  wrong.producerId = "nobody";
  CHECK(transport.Consume(wrong, sim.now).Failure().kind == ErrorKind::kNotFound);
  wrong = options;
  wrong.kind = MediaKind::kAudio;
  CHECK(transport.Consume(wrong, sim.now).Failure().kind == ErrorKind::kTypeError);
  wrong = options;
  wrong.rtpParameters.encodings[0].ssrc.reset();
  CHECK(transport.Consume(wrong, sim.now).Failure().kind == ErrorKind::kTypeError);
  wrong = options;
  wrong.rtpParameters.encodings.push_back({.ssrc = Ssrc(78)});
  CHECK_THAT(transport.Consume(wrong, sim.now).Failure().reason, Catch::Contains("its type requires 1"));
  REQUIRE(transport.Consume(options, sim.now).Ok());
  auto sameSsrc = options;
  sameSsrc.consumerId = "d";
  CHECK(transport.Consume(sameSsrc, sim.now).Failure().kind == ErrorKind::kTypeError);
  CHECK(sim.worker.FindRouter("room")->ConsumersOf(sim.Producer("p")).size() == 1);
}

TEST_CASE("ParametersTest: lists only open objects in the dumps of the worker and the router") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "t", {.comedia = true});
  sim.AddDirect("room", "d");
  sim.Produce("t", "p", MediaKind::kVideo, 5);
  sim.Consume("d", "c", "p", 7001);
  const auto dump = sim.worker.FindRouter("room")->Dump();
  CHECK(dump.transportIds == std::vector<std::string>{"d", "t"});
  REQUIRE(dump.producerIdConsumerIds.size() == 1);
  CHECK(dump.producerIdConsumerIds[0].second == std::vector<std::string>{"c"});
  REQUIRE(dump.consumerIdProducerId.size() == 1);
  CHECK(sim.worker.Dump().requestHandlerIds.size() == 5);
  REQUIRE(sim.worker.CloseRouter("room", sim.now).Ok());
  CHECK(sim.worker.Dump().requestHandlerIds.empty());
  CHECK(sim.worker.Dump().notificationHandlerIds.empty());
  CHECK(sim.OpenSockets() == 0);
  CHECK(sim.timers.Size() == 0);
  CHECK_FALSE(sim.worker.CloseRouter("room", sim.now).Ok());
}

TEST_CASE("ParametersTest: releases all packet buffers when the last router closes") {
  const auto publisher = *net::Address::Parse("192.0.2.1", 4000);
  SimWorker sim;
  sim.AddRouter("other");
  sim.AddRouter("room");
  sim.AddPlain("room", "t", {.comedia = true});
  sim.AddDirect("room", "d");
  sim.Produce("t", "p", MediaKind::kVideo, 5);
  sim.Consume("d", "c", "p", 7001);
  sim.Receive("t", publisher,
              RtpBytes{.payloadType = 96, .ssrc = 5, .payload = Vp8Payload(true, 100)}.Write());
  sim.EndTurn();
  CHECK(sim.pool.InUse() == 1);  // kept for retransmissions
  REQUIRE(sim.worker.CloseRouter("room", sim.now).Ok());
  CHECK(sim.pool.InUse() == 1);  // consumers of another router may use the packet too
  REQUIRE(sim.worker.CloseRouter("other", sim.now).Ok());
  CHECK(sim.pool.InUse() == 0);
}

TEST_CASE("ParametersTest: refuses a consumer type that is neither the producer's nor pipe") {
  SimWorker sim;
  sim.AddRouter("room");
  sim.AddPlain("room", "t", {.comedia = true});
  sim.Produce("t", "p", MediaKind::kVideo, 5, {.encodings = 2});
  rtc::ConsumeOptions options;
  options.consumerId = "c";
  options.producerId = "p";
  options.kind = MediaKind::kVideo;
  options.rtpParameters = Vp8();
  options.consumableRtpEncodings.resize(2);
  for (auto& encoding : options.consumableRtpEncodings) encoding.ssrc = Ssrc(77);
  for (const auto type : {rtc::RtpType::kSimple, rtc::RtpType::kSvc}) {
    options.type = type;
    const auto consumed = sim.Transport("t").Consume(options, sim.now);
    REQUIRE_FALSE(consumed.Ok());
    CHECK(consumed.Failure().kind == ErrorKind::kTypeError);
  }
  options.type = rtc::RtpType::kSimulcast;
  CHECK(sim.Transport("t").Consume(options, sim.now).Ok());
}

}  // namespace ringcast::test
