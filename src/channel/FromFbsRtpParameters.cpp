#include <utility>

#include "channel/Conversion.hpp"
#include "channel/Enums.hpp"
#include "channel/FromFbs.hpp"

namespace ringcast::channel {

namespace {

template <typename T, typename FbsOptional>
std::optional<T> Optional(const FbsOptional& value) {
  if (!value.has_value()) return std::nullopt;
  return T(*value);
}

std::vector<std::int32_t> Integers(Conversion& conversion, const FBS::RtpParameters::Integer32Array& fbs) {
  std::vector<std::int32_t> integers;
  conversion.Each("value", fbs.value(), kMaxIntegers,
                  [&integers](std::int32_t value) { integers.push_back(value); });
  return integers;
}

rtc::ParameterValue Value(Conversion& conversion, const FBS::RtpParameters::Parameter& fbs) {
  if (const auto* value = fbs.value_as_Boolean()) return rtc::Boolean{value->value() != 0};
  if (const auto* value = fbs.value_as_Integer32()) return value->value();
  if (const auto* value = fbs.value_as_Double()) return value->value();
  if (const auto* value = fbs.value_as_String()) return conversion.Text("value", value->value());
  if (const auto* value = fbs.value_as_Integer32Array()) return Integers(conversion, *value);
  conversion.Fail("value", "of type " + std::to_string(static_cast<unsigned>(fbs.value_type())) +
                               ", which names nothing");
  return rtc::Boolean{};
}

using FbsParameters = flatbuffers::Vector<flatbuffers::Offset<FBS::RtpParameters::Parameter>>;

std::vector<rtc::Parameter> Parameters(Conversion& conversion, const FbsParameters* fbs) {
  std::vector<rtc::Parameter> parameters;
  conversion.Each(
      "parameters", fbs, kMaxCodecParameters, [&](const FBS::RtpParameters::Parameter* parameter) {
        parameters.push_back({conversion.Text("name", parameter->name()), Value(conversion, *parameter)});
      });
  return parameters;
}

rtc::RtpCodecParameters Codec(Conversion& conversion, const FBS::RtpParameters::RtpCodecParameters& fbs) {
  rtc::RtpCodecParameters codec;
  codec.mimeType = conversion.Text("mimeType", fbs.mime_type());
  codec.payloadType = conversion.SevenBits("payloadType", fbs.payload_type());
  codec.clockRate = fbs.clock_rate();
  // The controller sends 0 for a codec without channels (video).
  if (fbs.channels().has_value() && *fbs.channels() != 0) codec.channels = *fbs.channels();
  codec.parameters = Parameters(conversion, fbs.parameters());
  conversion.Each("rtcpFeedback", fbs.rtcp_feedback(), kMaxRtcpFeedback,
                  [&](const FBS::RtpParameters::RtcpFeedback* feedback) {
                    codec.rtcpFeedback.push_back({conversion.Text("type", feedback->type()),
                                                  conversion.Text("parameter", feedback->parameter())});
                  });
  return codec;
}

rtc::RtpHeaderExtensionParameters HeaderExtension(
    Conversion& conversion, const FBS::RtpParameters::RtpHeaderExtensionParameters& fbs) {
  rtc::RtpHeaderExtensionParameters extension;
  extension.uri = conversion.Known<rtp::Extension>("uri", fbs.uri());
  extension.id = fbs.id();
  if (extension.id == 0) conversion.Fail("id", "0, which means padding (RFC 8285 section 4.1)");
  extension.encrypt = fbs.encrypt();
  extension.parameters = Parameters(conversion, fbs.parameters());
  return extension;
}

}  // namespace

rtc::RtpEncodingParameters FromFbs(Conversion& conversion,
                                   const FBS::RtpParameters::RtpEncodingParameters& fbs) {
  rtc::RtpEncodingParameters encoding;
  encoding.ssrc = Optional<Ssrc>(fbs.ssrc());
  encoding.rid = conversion.Text("rid", fbs.rid());
  if (fbs.codec_payload_type().has_value()) {
    encoding.codecPayloadType = conversion.SevenBits("codecPayloadType", *fbs.codec_payload_type());
  }
  if (const auto* rtx = fbs.rtx()) encoding.rtxSsrc = Ssrc(rtx->ssrc());
  encoding.dtx = fbs.dtx();
  encoding.scalabilityMode = conversion.Text("scalabilityMode", fbs.scalability_mode());
  encoding.maxBitrate = Optional<std::uint64_t>(fbs.max_bitrate());
  return encoding;
}

rtc::RtpParameters FromFbs(Conversion& conversion, const FBS::RtpParameters::RtpParameters& fbs) {
  rtc::RtpParameters parameters;
  parameters.mid = conversion.Text("mid", fbs.mid());
  conversion.Each("codecs", fbs.codecs(), kMaxCodecs,
                  [&](const auto* codec) { parameters.codecs.push_back(Codec(conversion, *codec)); });
  conversion.Each("headerExtensions", fbs.header_extensions(), kMaxHeaderExtensions,
                  [&](const auto* extension) {
                    parameters.headerExtensions.push_back(HeaderExtension(conversion, *extension));
                  });
  conversion.Each("encodings", fbs.encodings(), kMaxEncodings, [&](const auto* encoding) {
    parameters.encodings.push_back(FromFbs(conversion, *encoding));
  });
  {
    const auto scope = conversion.In("rtcp");
    parameters.rtcp.cname = conversion.Text("cname", fbs.rtcp()->cname());
    parameters.rtcp.reducedSize = fbs.rtcp()->reduced_size();
  }
  parameters.msid = conversion.Text("msid", fbs.msid());
  return parameters;
}

rtc::RtpMapping FromFbs(Conversion& conversion, const FBS::RtpParameters::RtpMapping& fbs) {
  rtc::RtpMapping mapping;
  conversion.Each("codecs", fbs.codecs(), kMaxCodecs, [&](const FBS::RtpParameters::CodecMapping* codec) {
    mapping.codecs.push_back({conversion.SevenBits("payloadType", codec->payload_type()),
                              conversion.SevenBits("mappedPayloadType", codec->mapped_payload_type())});
  });
  conversion.Each(
      "encodings", fbs.encodings(), kMaxEncodings, [&](const FBS::RtpParameters::EncodingMapping* encoding) {
        mapping.encodings.push_back({conversion.Text("rid", encoding->rid()),
                                     Optional<Ssrc>(encoding->ssrc()), Ssrc(encoding->mapped_ssrc())});
      });
  return mapping;
}

}  // namespace ringcast::channel
