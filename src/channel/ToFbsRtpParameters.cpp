#include <cstdint>
#include <utility>
#include <variant>

#include "channel/Enums.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

namespace fbs = FBS::RtpParameters;

// Returns the union type of a value and the offset of its table.
struct Value {
  Builder& builder;

  using Made = std::pair<fbs::Value, Offset<void>>;
  Made operator()(const rtc::Boolean& value) const {
    return {fbs::Value::Boolean, fbs::CreateBoolean(builder, value.value ? 1 : 0).Union()};
  }
  Made operator()(std::int32_t value) const {
    return {fbs::Value::Integer32, fbs::CreateInteger32(builder, value).Union()};
  }
  Made operator()(double value) const {
    return {fbs::Value::Double, fbs::CreateDouble(builder, value).Union()};
  }
  Made operator()(const std::string& value) const {
    return {fbs::Value::String, fbs::CreateString(builder, builder.CreateString(value)).Union()};
  }
  Made operator()(const std::vector<std::int32_t>& value) const {
    return {fbs::Value::Integer32Array,
            fbs::CreateInteger32Array(builder, builder.CreateVector(value)).Union()};
  }
};

auto Parameters(Builder& builder, const std::vector<rtc::Parameter>& parameters) {
  return ListToFbs(builder, parameters, [&builder](const rtc::Parameter& parameter) {
    const auto name = builder.CreateString(parameter.name);
    const auto [type, value] = std::visit(Value{builder}, parameter.value);
    return fbs::CreateParameter(builder, name, type, value);
  });
}

Offset<fbs::RtpCodecParameters> Codec(Builder& builder, const rtc::RtpCodecParameters& codec) {
  const auto mimeType = builder.CreateString(codec.mimeType);
  const auto parameters = Parameters(builder, codec.parameters);
  const auto feedback = ListToFbs(builder, codec.rtcpFeedback, [&builder](const rtc::RtcpFeedback& one) {
    const auto type = builder.CreateString(one.type);
    return fbs::CreateRtcpFeedback(builder, type, TextIfAny(builder, one.parameter));
  });
  fbs::RtpCodecParametersBuilder table(builder);
  table.add_mime_type(mimeType);
  table.add_payload_type(codec.payloadType.Value());
  table.add_clock_rate(codec.clockRate);
  if (codec.channels) table.add_channels(*codec.channels);
  table.add_parameters(parameters);
  table.add_rtcp_feedback(feedback);
  return table.Finish();
}

Offset<fbs::RtcpParameters> Rtcp(Builder& builder, const rtc::RtcpParameters& rtcp) {
  return fbs::CreateRtcpParameters(builder, TextIfAny(builder, rtcp.cname), rtcp.reducedSize);
}

Offset<fbs::EncodingMapping> Mapping(Builder& builder, const rtc::EncodingMapping& encoding) {
  const auto rid = TextIfAny(builder, encoding.rid);
  fbs::EncodingMappingBuilder table(builder);
  table.add_rid(rid);
  if (encoding.ssrc) table.add_ssrc(encoding.ssrc->Value());
  table.add_mapped_ssrc(encoding.mappedSsrc.Value());
  return table.Finish();
}

}  // namespace

Offset<fbs::RtpEncodingParameters> ToFbs(Builder& builder, const rtc::RtpEncodingParameters& encoding) {
  const auto rid = TextIfAny(builder, encoding.rid);
  const auto scalabilityMode = TextIfAny(builder, encoding.scalabilityMode);
  const auto rtx = encoding.rtxSsrc ? fbs::CreateRtx(builder, encoding.rtxSsrc->Value()) : Offset<fbs::Rtx>();
  fbs::RtpEncodingParametersBuilder table(builder);
  if (encoding.ssrc) table.add_ssrc(encoding.ssrc->Value());
  table.add_rid(rid);
  if (encoding.codecPayloadType) table.add_codec_payload_type(encoding.codecPayloadType->Value());
  table.add_rtx(rtx);
  table.add_dtx(encoding.dtx);
  table.add_scalability_mode(scalabilityMode);
  if (encoding.maxBitrate) table.add_max_bitrate(*encoding.maxBitrate);
  return table.Finish();
}

Offset<fbs::RtpParameters> ToFbs(Builder& builder, const rtc::RtpParameters& parameters) {
  const auto mid = TextIfAny(builder, parameters.mid);
  const auto codecs =
      ListToFbs(builder, parameters.codecs, [&](const auto& codec) { return Codec(builder, codec); });
  const auto extensions = ListToFbs(builder, parameters.headerExtensions, [&](const auto& extension) {
    const auto values = Parameters(builder, extension.parameters);
    return fbs::CreateRtpHeaderExtensionParameters(builder, ToFbs(extension.uri), extension.id,
                                                   extension.encrypt, values);
  });
  const auto encodings = ListToFbs(builder, parameters.encodings,
                                   [&](const auto& encoding) { return ToFbs(builder, encoding); });
  const auto rtcp = Rtcp(builder, parameters.rtcp);
  const auto msid = TextIfAny(builder, parameters.msid);
  return fbs::CreateRtpParameters(builder, mid, codecs, extensions, encodings, rtcp, msid);
}

Offset<fbs::RtpMapping> ToFbs(Builder& builder, const rtc::RtpMapping& mapping) {
  const auto codecs = ListToFbs(builder, mapping.codecs, [&](const rtc::CodecMapping& codec) {
    return fbs::CreateCodecMapping(builder, codec.payloadType.Value(), codec.mappedPayloadType.Value());
  });
  const auto encodings =
      ListToFbs(builder, mapping.encodings, [&](const auto& encoding) { return Mapping(builder, encoding); });
  return fbs::CreateRtpMapping(builder, codecs, encodings);
}

}  // namespace ringcast::channel
