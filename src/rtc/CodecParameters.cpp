#include "rtc/CodecParameters.hpp"

#include <algorithm>
#include <string>

#include "ringcast/rtp/Codec.hpp"
#include "rtc/Scalability.hpp"

namespace ringcast::rtc {

namespace {

// RFC 4588 (rtx), RFC 5109 (ulpfec), RFC 8627 (flexfec), RFC 2198 (red).
constexpr std::string_view kFeatureSubtypes[] = {"rtx", "ulpfec", "flexfec", "x-ulpfecuc", "red"};

// As IANA's registry of RTP payload formats writes them; multiopus and H264-SVC as browsers do.
constexpr std::string_view kRegisteredSubtypes[] = {
    "opus", "multiopus", "PCMU", "PCMA", "G722",     "iLBC", "SILK", "ISAC", "CN",     "telephone-event",
    "VP8",  "VP9",       "H264", "H265", "H264-SVC", "AV1",  "rtx",  "red",  "ulpfec", "flexfec"};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// They are compared without regard to case (RFC 6838 section 4.2), and written with it.
std::string CanonicalMimeType(const std::string& mimeType) {
  const auto subtype = Subtype(mimeType);
  for (const auto registered : kRegisteredSubtypes) {
    if (!EqualsIgnoringCase(subtype, registered)) continue;
    std::string out =
        EqualsIgnoringCase(std::string_view(mimeType).substr(0, 5), "audio") ? "audio/" : "video/";
    return out.append(registered);
  }
  return mimeType;
}

// The retransmission codec whose "apt" names the codec (RFC 4588 section 8.1).
const RtpCodecParameters* RetransmissionCodecOf(const RtpParameters& parameters,
                                                const RtpCodecParameters& codec) {
  for (const auto& candidate : parameters.codecs) {
    if (EqualsIgnoringCase(Subtype(candidate.mimeType), "rtx") &&
        IntegerParameter(candidate, "apt") == codec.payloadType.Value()) {
      return &candidate;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view Subtype(std::string_view mimeType) {
  const auto slash = mimeType.find('/');
  return slash == std::string_view::npos ? std::string_view{} : mimeType.substr(slash + 1);
}

bool IsMediaCodec(const RtpCodecParameters& codec) {
  const auto subtype = Subtype(codec.mimeType);
  return std::none_of(std::begin(kFeatureSubtypes), std::end(kFeatureSubtypes),
                      [&](std::string_view feature) { return EqualsIgnoringCase(subtype, feature); });
}

std::optional<PayloadType> RetransmittedType(const RtpCodecParameters& codec) {
  if (!EqualsIgnoringCase(Subtype(codec.mimeType), "rtx")) return std::nullopt;
  const auto repeated = IntegerParameter(codec, "apt");
  if (!repeated || *repeated < 0 || *repeated > 127) return std::nullopt;
  return PayloadType(static_cast<std::uint8_t>(*repeated));
}

bool HasFeedback(const RtpCodecParameters& codec, std::string_view type, std::string_view parameter) {
  return std::any_of(codec.rtcpFeedback.begin(), codec.rtcpFeedback.end(), [&](const RtcpFeedback& feedback) {
    return feedback.type == type && feedback.parameter == parameter;
  });
}

const RtpCodecParameters* CodecOf(const RtpParameters& parameters, const RtpEncodingParameters& encoding) {
  for (const auto& codec : parameters.codecs) {
    if (!IsMediaCodec(codec)) continue;
    if (!encoding.codecPayloadType || *encoding.codecPayloadType == codec.payloadType) return &codec;
  }
  return nullptr;
}

std::optional<std::int32_t> IntegerParameter(const RtpCodecParameters& codec, std::string_view name) {
  for (const auto& parameter : codec.parameters) {
    if (parameter.name != name) continue;
    if (const auto* value = std::get_if<std::int32_t>(&parameter.value)) return *value;
    if (const auto* value = std::get_if<Boolean>(&parameter.value)) return value->value ? 1 : 0;
  }
  return std::nullopt;
}

RtpStreamParams DescribeStream(const RtpParameters& parameters, const RtpEncodingParameters& encoding,
                               const RtpCodecParameters& codec, std::size_t encodingIndex, Ssrc ssrc) {
  RtpStreamParams out;
  out.encodingIdx = static_cast<std::uint32_t>(encodingIndex);
  out.ssrc = ssrc;
  out.payloadType = codec.payloadType;
  out.mimeType = codec.mimeType;
  out.clockRate = codec.clockRate;
  out.rid = encoding.rid;
  out.cname = parameters.rtcp.cname;
  if (const auto* rtx = RetransmissionCodecOf(parameters, codec); rtx != nullptr && encoding.rtxSsrc) {
    out.rtxSsrc = encoding.rtxSsrc;
    out.rtxPayloadType = rtx->payloadType;
  }
  out.useNack = HasFeedback(codec, "nack");
  out.usePli = HasFeedback(codec, "nack", "pli");
  out.useFir = HasFeedback(codec, "ccm", "fir");
  out.useInBandFec = IntegerParameter(codec, "useinbandfec") == 1;
  out.useDtx = encoding.dtx || IntegerParameter(codec, "usedtx") == 1;
  const auto layers = ParseScalabilityMode(encoding.scalabilityMode);
  out.spatialLayers = layers.spatial;
  out.temporalLayers = layers.temporal;
  return out;
}

std::optional<RtxStreamParams> DescribeRtx(const RtpParameters& parameters, const RtpStreamParams& stream) {
  if (!stream.rtxSsrc || !stream.rtxPayloadType) return std::nullopt;
  for (const auto& codec : parameters.codecs) {
    if (codec.payloadType != *stream.rtxPayloadType) continue;
    return RtxStreamParams{.ssrc = *stream.rtxSsrc,
                           .payloadType = codec.payloadType,
                           .mimeType = codec.mimeType,
                           .clockRate = codec.clockRate,
                           .repairedRid = stream.rid,
                           .cname = stream.cname};
  }
  return std::nullopt;
}

RtpParameters Canonical(RtpParameters parameters) {
  for (auto& codec : parameters.codecs) codec.mimeType = CanonicalMimeType(codec.mimeType);
  for (auto& encoding : parameters.encodings) {
    const auto* codec = CodecOf(parameters, encoding);
    RC_ASSERT(codec != nullptr);
    encoding.codecPayloadType = codec->payloadType;
  }
  return parameters;
}

RtpType TypeOf(const RtpParameters& parameters) {
  if (parameters.encodings.size() > 1) return RtpType::kSimulcast;
  const auto layers = ParseScalabilityMode(parameters.encodings.front().scalabilityMode);
  return layers.spatial == 1 && layers.temporal == 1 ? RtpType::kSimple : RtpType::kSvc;
}

}  // namespace ringcast::rtc
