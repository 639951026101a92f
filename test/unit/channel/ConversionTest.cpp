#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "channel/Conversion.hpp"
#include "channel/FromFbs.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

namespace fbs = FBS::RtpParameters;

// Every field of every table, each with a distinct value.
rtc::RtpParameters Everything() {
  rtc::RtpParameters parameters;
  parameters.mid = "1";
  parameters.msid = "stream track";
  parameters.rtcp = {"cname", false};
  rtc::RtpCodecParameters opus;
  opus.mimeType = "audio/multiopus";
  opus.payloadType = PayloadType(111);
  opus.clockRate = 48000;
  opus.channels = 6;
  opus.parameters = {{"usedtx", rtc::Boolean{true}},
                     {"off", rtc::Boolean{false}},
                     {"num_streams", std::int32_t{-4}},
                     {"ratio", 222.222},
                     {"profile", std::string("4d0032")},
                     {"empty", std::string()},
                     {"channel_mapping", std::vector<std::int32_t>{0, 4, 1, 2, 3, 5}}};
  opus.rtcpFeedback = {{"nack", ""}, {"nack", "pli"}, {"transport-cc", ""}};
  rtc::RtpCodecParameters h264;
  h264.mimeType = "video/H264";
  h264.payloadType = PayloadType(0);
  h264.clockRate = 90000;
  parameters.codecs = {opus, h264};
  for (std::size_t i = 0; i < rtp::kExtensionCount; ++i) {
    rtc::RtpHeaderExtensionParameters extension;
    extension.uri = static_cast<rtp::Extension>(i);
    extension.id = static_cast<std::uint8_t>(i == 0 ? 255 : i);
    extension.encrypt = i % 2 == 1;
    if (i == 3) extension.parameters = {{"a", std::int32_t{1}}};
    parameters.headerExtensions.push_back(extension);
  }
  rtc::RtpEncodingParameters full;
  full.ssrc = Ssrc(0);
  full.rid = "hi";
  full.codecPayloadType = PayloadType(0);
  full.rtxSsrc = Ssrc(0xffffffff);
  full.dtx = true;
  full.scalabilityMode = "L3T2_KEY";
  full.maxBitrate = 0;
  parameters.encodings = {full, {}};
  return parameters;
}

template <typename T>
const T* Root(const Builder& builder) {
  return flatbuffers::GetRoot<T>(builder.GetBufferPointer());
}

std::vector<std::uint8_t> Bytes(const Builder& builder) {
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

void CheckCodec(const rtc::RtpCodecParameters& codec, const rtc::RtpCodecParameters& expected) {
  CHECK(codec.mimeType == expected.mimeType);
  CHECK(codec.payloadType == expected.payloadType);
  CHECK(codec.clockRate == expected.clockRate);
  CHECK(codec.channels == expected.channels);
  REQUIRE(codec.parameters.size() == expected.parameters.size());
  for (std::size_t i = 0; i < codec.parameters.size(); ++i) {
    CHECK(codec.parameters[i].name == expected.parameters[i].name);
    REQUIRE(codec.parameters[i].value.index() == expected.parameters[i].value.index());
    if (const auto* flag = std::get_if<rtc::Boolean>(&expected.parameters[i].value)) {
      CHECK(std::get<rtc::Boolean>(codec.parameters[i].value).value == flag->value);
    }
  }
  REQUIRE(codec.rtcpFeedback.size() == expected.rtcpFeedback.size());
  for (std::size_t i = 0; i < codec.rtcpFeedback.size(); ++i) {
    CHECK(codec.rtcpFeedback[i].type == expected.rtcpFeedback[i].type);
    CHECK(codec.rtcpFeedback[i].parameter == expected.rtcpFeedback[i].parameter);
  }
}

// Returns the reason for which reading `Table` fails, or an empty string if it succeeds.
template <typename Table, typename Make>
std::string FaultIn(Make make) {
  Builder builder;
  builder.Finish(make(builder));
  Conversion conversion;
  static_cast<void>(FromFbs(conversion, *Root<Table>(builder)));
  return conversion.Ok() ? std::string() : conversion.Failure().reason;
}

Offset<fbs::RtpParameters> WithCodec(
    Builder& builder, const std::vector<Offset<fbs::RtpCodecParameters>>& codecs,
    const std::vector<Offset<fbs::RtpHeaderExtensionParameters>>& extensions = {}) {
  const std::vector<Offset<fbs::RtpEncodingParameters>> encodings;
  return fbs::CreateRtpParametersDirect(builder, nullptr, &codecs, &extensions, &encodings,
                                        fbs::CreateRtcpParameters(builder));
}

template <typename T>
std::vector<Offset<T>> Repeated(std::size_t count, Offset<T> one) {
  return std::vector<Offset<T>>(count, one);
}

}  // namespace

TEST_CASE("ConversionTest: converts RTP parameters to tables and back") {
  const auto original = Everything();
  Builder first;
  first.Finish(ToFbs(first, original));
  flatbuffers::Verifier verifier(first.GetBufferPointer(), first.GetSize());
  REQUIRE(verifier.VerifyBuffer<fbs::RtpParameters>());

  Conversion conversion;
  const auto read = FromFbs(conversion, *Root<fbs::RtpParameters>(first));
  REQUIRE(conversion.Ok());
  CHECK(read.mid == original.mid);
  CHECK(read.msid == original.msid);
  CHECK(read.rtcp.cname == original.rtcp.cname);
  CHECK(read.rtcp.reducedSize == original.rtcp.reducedSize);
  REQUIRE(read.codecs.size() == 2);
  CheckCodec(read.codecs[0], original.codecs[0]);
  CheckCodec(read.codecs[1], original.codecs[1]);
  CHECK(std::get<std::int32_t>(read.codecs[0].parameters[2].value) == -4);
  CHECK(std::get<double>(read.codecs[0].parameters[3].value) == 222.222);
  CHECK(std::get<std::string>(read.codecs[0].parameters[4].value) == "4d0032");
  CHECK(std::get<std::vector<std::int32_t>>(read.codecs[0].parameters[6].value) ==
        std::vector<std::int32_t>{0, 4, 1, 2, 3, 5});
  REQUIRE(read.headerExtensions.size() == rtp::kExtensionCount);
  for (std::size_t i = 0; i < rtp::kExtensionCount; ++i) {
    CHECK(read.headerExtensions[i].uri == original.headerExtensions[i].uri);
    CHECK(read.headerExtensions[i].id == original.headerExtensions[i].id);
    CHECK(read.headerExtensions[i].encrypt == original.headerExtensions[i].encrypt);
    CHECK(read.headerExtensions[i].parameters.size() == original.headerExtensions[i].parameters.size());
  }
  REQUIRE(read.encodings.size() == 2);
  CHECK(read.encodings[0].ssrc == Ssrc(0));
  CHECK(read.encodings[0].rid == "hi");
  CHECK(read.encodings[0].codecPayloadType == PayloadType(0));
  CHECK(read.encodings[0].rtxSsrc == Ssrc(0xffffffff));
  CHECK(read.encodings[0].dtx);
  CHECK(read.encodings[0].scalabilityMode == "L3T2_KEY");
  CHECK(read.encodings[0].maxBitrate == 0U);
  CHECK_FALSE(read.encodings[1].ssrc);
  CHECK_FALSE(read.encodings[1].codecPayloadType);
  CHECK_FALSE(read.encodings[1].rtxSsrc);
  CHECK_FALSE(read.encodings[1].maxBitrate);

  Builder second;
  second.Finish(ToFbs(second, read));
  CHECK(Bytes(second) == Bytes(first));
}

TEST_CASE("ConversionTest: converts RTP mappings to tables and back") {
  rtc::RtpMapping original;
  original.codecs = {{PayloadType(96), PayloadType(101)}, {PayloadType(0), PayloadType(127)}};
  original.encodings = {{"", Ssrc(0), Ssrc(1)}, {"lo", std::nullopt, Ssrc(0xffffffff)}};
  Builder builder;
  builder.Finish(ToFbs(builder, original));
  Conversion conversion;
  const auto read = FromFbs(conversion, *Root<fbs::RtpMapping>(builder));
  REQUIRE(conversion.Ok());
  REQUIRE(read.codecs.size() == 2);
  CHECK(read.codecs[0].payloadType == PayloadType(96));
  CHECK(read.codecs[1].mappedPayloadType == PayloadType(127));
  REQUIRE(read.encodings.size() == 2);
  CHECK(read.encodings[0].ssrc == Ssrc(0));
  CHECK(read.encodings[0].mappedSsrc == Ssrc(1));
  CHECK_FALSE(read.encodings[1].ssrc);
  CHECK(read.encodings[1].rid == "lo");
}

TEST_CASE("ConversionTest: omits empty texts") {
  Builder builder;
  builder.Finish(ToFbs(builder, rtc::RtpParameters{}));
  const auto* parameters = Root<fbs::RtpParameters>(builder);
  CHECK(parameters->mid() == nullptr);
  CHECK(parameters->msid() == nullptr);
  CHECK(parameters->rtcp()->cname() == nullptr);
}

TEST_CASE("ConversionTest: reads 0 channels as no channel count") {
  Builder builder;
  const auto mimeType = builder.CreateString("video/VP8");
  fbs::RtpCodecParametersBuilder codec(builder);
  codec.add_mime_type(mimeType);
  codec.add_channels(0);
  builder.Finish(WithCodec(builder, {codec.Finish()}));
  Conversion conversion;
  const auto read = FromFbs(conversion, *Root<fbs::RtpParameters>(builder));
  REQUIRE(conversion.Ok());
  CHECK_FALSE(read.codecs[0].channels);
}

TEST_CASE("ConversionTest: rejects a value out of range by field and value") {
  const auto codec = [](Builder& builder, std::uint8_t payloadType) {
    return fbs::CreateRtpCodecParametersDirect(builder, "audio/opus", payloadType);
  };
  const auto extension = [](Builder& builder, int uri, std::uint8_t id) {
    return fbs::CreateRtpHeaderExtensionParameters(builder, static_cast<fbs::RtpHeaderExtensionUri>(uri), id);
  };
  CHECK(FaultIn<fbs::RtpParameters>([&](Builder& builder) {
          return WithCodec(builder, {codec(builder, 127), codec(builder, 128)});
        }) == "codecs[1].payloadType is 128, more than the 127 of a payload type");
  CHECK(FaultIn<fbs::RtpParameters>([&](Builder& builder) {
          return WithCodec(builder, {}, {extension(builder, 11, 1), extension(builder, 12, 1)});
        }) == "headerExtensions[1].uri is 12, which names nothing");
  CHECK(FaultIn<fbs::RtpParameters>([&](Builder& builder) {
          return WithCodec(builder, {}, {extension(builder, 0, 0)});
        }).find("headerExtensions[0].id is 0") == 0);
  CHECK(FaultIn<fbs::RtpParameters>([](Builder& builder) {
          const auto value = fbs::CreateInteger32(builder, 1).Union();
          const std::vector<Offset<fbs::Parameter>> parameters = {
              fbs::CreateParameterDirect(builder, "x", static_cast<fbs::Value>(9), value)};
          return WithCodec(builder, {fbs::CreateRtpCodecParametersDirect(builder, "audio/opus", 1, 1,
                                                                         flatbuffers::nullopt, &parameters)});
        }) == "codecs[0].parameters[0].value is of type 9, which names nothing");
  CHECK(FaultIn<FBS::SrtpParameters::SrtpParameters>([](Builder& builder) {
          return FBS::SrtpParameters::CreateSrtpParametersDirect(
              builder, static_cast<FBS::SrtpParameters::SrtpCryptoSuite>(4), "AAAA");
        }) == "srtpParameters.cryptoSuite is 4, which names nothing");
  for (const int protocol : {0, 3}) {
    CHECK(FaultIn<FBS::Transport::ListenInfo>([protocol](Builder& builder) {
            return FBS::Transport::CreateListenInfoDirect(
                builder, static_cast<FBS::Transport::Protocol>(protocol), "::1", nullptr, false, 0,
                FBS::Transport::CreatePortRange(builder), FBS::Transport::CreateSocketFlags(builder));
          }) == "protocol is " + std::to_string(protocol) + ", which names nothing");
  }
}

TEST_CASE("ConversionTest: rejects lists over the limit") {
  const auto codecs = [](std::size_t count) {
    return [count](Builder& builder) {
      return WithCodec(builder,
                       Repeated(count, fbs::CreateRtpCodecParametersDirect(builder, "audio/opus", 1)));
    };
  };
  CHECK(FaultIn<fbs::RtpParameters>(codecs(kMaxCodecs)).empty());
  CHECK(FaultIn<fbs::RtpParameters>(codecs(kMaxCodecs + 1)) ==
        "codecs is a list of 129, longer than the 128 it may have");
  const auto parameter = [](std::size_t count) {
    return [count](Builder& builder) {
      const auto value = fbs::CreateInteger32(builder, 1).Union();
      const std::vector<Offset<fbs::Parameter>> parameters(
          count, fbs::CreateParameterDirect(builder, "x", fbs::Value::Integer32, value));
      return WithCodec(builder, {fbs::CreateRtpCodecParametersDirect(builder, "audio/opus", 1, 1,
                                                                     flatbuffers::nullopt, &parameters)});
    };
  };
  CHECK(FaultIn<fbs::RtpParameters>(parameter(kMaxCodecParameters)).empty());
  CHECK(FaultIn<fbs::RtpParameters>(parameter(kMaxCodecParameters + 1))
            .find("codecs[0].parameters is a list of 65") == 0);
}

TEST_CASE("ConversionTest: bounds the memory of repeated references to a text") {
  const auto fault = FaultIn<fbs::RtpParameters>([](Builder& builder) {
    const auto megabyte = builder.CreateString(std::string(1'000'000, 'x'));
    return WithCodec(builder, Repeated(kMaxCodecs, fbs::CreateRtpCodecParameters(builder, megabyte, 1)));
  });
  CHECK(fault == "codecs[8].mimeType is more text than a message can carry");
}

TEST_CASE("ConversionTest: reads trace events as a set and rejects unknown ones") {
  const auto producer = [](const std::vector<FBS::Producer::TraceEventType>& events) {
    Builder builder;
    builder.Finish(FBS::Producer::CreateEnableTraceEventRequestDirect(builder, &events));
    return FromFbs(*Root<FBS::Producer::EnableTraceEventRequest>(builder));
  };
  using FBS::Producer::TraceEventType;
  const auto both = producer({TraceEventType::SR, TraceEventType::KEYFRAME, TraceEventType::SR});
  REQUIRE(both.Ok());
  CHECK(*both == std::vector{rtc::ProducerTraceEvent::kSr, rtc::ProducerTraceEvent::kKeyFrame});
  const auto unknown = producer({static_cast<TraceEventType>(6)});
  REQUIRE_FALSE(unknown.Ok());
  CHECK(unknown.Failure().reason == "events[0] is 6, which names nothing");

  // A consumer has no sender reports to trace, so it does not have the last event type of a producer.
  const std::vector<FBS::Consumer::TraceEventType> events = {FBS::Consumer::TraceEventType::RTP,
                                                             static_cast<FBS::Consumer::TraceEventType>(5)};
  Builder builder;
  builder.Finish(FBS::Consumer::CreateEnableTraceEventRequestDirect(builder, &events));
  const auto consumer = FromFbs(*Root<FBS::Consumer::EnableTraceEventRequest>(builder));
  REQUIRE_FALSE(consumer.Ok());
  CHECK(consumer.Failure().reason == "events[1] is 5, which names nothing");
}

TEST_CASE("ConversionTest: reads every option of plain transports") {
  Builder builder;
  const auto listen =
      FBS::Transport::CreateListenInfoDirect(builder, FBS::Transport::Protocol::TCP, "::1", "example.org",
                                             true, 1, FBS::Transport::CreatePortRange(builder, 2, 3),
                                             FBS::Transport::CreateSocketFlags(builder, true, true), 4, 5);
  const auto rtcpListen = FBS::Transport::CreateListenInfoDirect(
      builder, FBS::Transport::Protocol::UDP, "::2", nullptr, false, 6,
      FBS::Transport::CreatePortRange(builder), FBS::Transport::CreateSocketFlags(builder));
  const auto base = FBS::Transport::CreateOptions(builder, false, 11, true, 12, 13, 14, 15, 16, 17, true);
  builder.Finish(FBS::PlainTransport::CreatePlainTransportOptions(
      builder, base, listen, rtcpListen, true, true, true,
      FBS::SrtpParameters::SrtpCryptoSuite::AES_CM_128_HMAC_SHA1_32));
  const auto options = FromFbs(*Root<FBS::PlainTransport::PlainTransportOptions>(builder));
  REQUIRE(options.Ok());
  CHECK(options->base.initialAvailableOutgoingBitrate == 11U);
  CHECK(options->base.enableSctp);
  CHECK(options->base.maxSendMessageSize == 12);
  CHECK(options->base.maxReceiveMessageSize == 13);
  CHECK(options->base.sctpSendBufferSize == 14);
  CHECK(options->base.sctpPerStreamSendQueueLimit == 15);
  CHECK(options->base.sctpMaxReceiverWindowBufferSize == 16);
  CHECK(options->base.isDataChannel);
  CHECK(options->listenInfo.protocol == net::TransportProtocol::kTcp);
  CHECK(options->listenInfo.ip == "::1");
  CHECK(options->listenInfo.announcedAddress == "example.org");
  CHECK(options->listenInfo.exposeInternalIp);
  CHECK(options->listenInfo.port == 1);
  CHECK(options->listenInfo.portMin == 2);
  CHECK(options->listenInfo.portMax == 3);
  CHECK(options->listenInfo.ipv6Only);
  CHECK(options->listenInfo.udpReusePort);
  CHECK(options->listenInfo.sendBufferSize == 4);
  CHECK(options->listenInfo.recvBufferSize == 5);
  REQUIRE(options->rtcpListenInfo);
  CHECK(options->rtcpListenInfo->port == 6);
  CHECK(options->rtcpMux);
  CHECK(options->comedia);
  CHECK(options->enableSrtp);
  CHECK(options->srtpCryptoSuite == srtp::CryptoSuite::kAesCm128HmacSha1_32);

  Builder connect;
  const auto srtp = FBS::SrtpParameters::CreateSrtpParametersDirect(
      connect, FBS::SrtpParameters::SrtpCryptoSuite::AEAD_AES_128_GCM, "a2V5");
  connect.Finish(FBS::PlainTransport::CreateConnectRequestDirect(connect, "192.0.2.1", 7, 8, srtp));
  const auto read = FromFbs(*Root<FBS::PlainTransport::ConnectRequest>(connect));
  REQUIRE(read.Ok());
  CHECK(read->ip == "192.0.2.1");
  CHECK(read->port == 7);
  CHECK(read->rtcpPort == 8);
  CHECK(read->srtpParameters->cryptoSuite == srtp::CryptoSuite::kAeadAes128Gcm);
  CHECK(read->srtpParameters->keyBase64 == "a2V5");

  Builder empty;
  empty.Finish(FBS::PlainTransport::CreateConnectRequest(empty));
  const auto nothing = FromFbs(*Root<FBS::PlainTransport::ConnectRequest>(empty));
  REQUIRE(nothing.Ok());
  CHECK_FALSE(nothing->ip);
  CHECK_FALSE(nothing->port);
  CHECK_FALSE(nothing->rtcpPort);
  CHECK_FALSE(nothing->srtpParameters);
}

}  // namespace ringcast::channel
