#include "rtc/ParameterChecks.hpp"

#include <bitset>
#include <set>
#include <string>
#include <string_view>

#include "ringcast/rtp/FrameInfo.hpp"
#include "rtc/CodecParameters.hpp"
#include "rtc/Scalability.hpp"

namespace ringcast::rtc {

namespace {

Status CheckLength(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() <= most) return OkStatus();
  return TypeError(std::string(what) + " has " + std::to_string(text.size()) + " bytes, the limit is " +
                   std::to_string(most));
}

Status CheckCount(std::string_view what, std::size_t count, std::size_t most) {
  if (count <= most) return OkStatus();
  return TypeError(std::string(what) + ": " + std::to_string(count) + " are given, the limit is " +
                   std::to_string(most));
}

Status ValidateParameters(const std::string& owner, const std::vector<Parameter>& parameters) {
  if (auto status = CheckCount(owner + " parameters", parameters.size(), kMaxParameters); !status)
    return status;
  for (const auto& parameter : parameters) {
    if (auto status = CheckLength("a " + owner + " parameter's name", parameter.name, kMaxTextLength);
        !status)
      return status;
    if (const auto* text = std::get_if<std::string>(&parameter.value)) {
      if (auto status = CheckLength("a " + owner + " parameter", *text, kMaxTextLength); !status)
        return status;
    }
    if (const auto* list = std::get_if<std::vector<std::int32_t>>(&parameter.value)) {
      if (auto status = CheckCount("a " + owner + " parameter's values", list->size(), kMaxTextLength);
          !status)
        return status;
    }
  }
  return OkStatus();
}

Status ValidateFeedback(const RtpCodecParameters& codec) {
  if (auto status = CheckCount("rtcpFeedback", codec.rtcpFeedback.size(), kMaxRtcpFeedback); !status)
    return status;
  for (const auto& feedback : codec.rtcpFeedback) {
    if (auto status = CheckLength("an rtcpFeedback type", feedback.type, kMaxTextLength); !status)
      return status;
    if (auto status = CheckLength("an rtcpFeedback parameter", feedback.parameter, kMaxTextLength); !status)
      return status;
  }
  return OkStatus();
}

Status ValidateCodecs(const RtpParameters& parameters) {
  std::bitset<128> used;
  for (const auto& codec : parameters.codecs) {
    const auto payloadType = codec.payloadType.Value();
    if (auto status = CheckLength("a codec mime type", codec.mimeType, kMaxMimeTypeLength); !status)
      return status;
    if (Subtype(codec.mimeType).empty())
      return TypeError("codec mime type \"" + codec.mimeType + "\" is not of the form kind/name");
    if (payloadType > 127) return TypeError("payload type " + std::to_string(payloadType) + " is above 127");
    if (used[payloadType])
      return TypeError("payload type " + std::to_string(payloadType) + " is used by two codecs");
    used.set(payloadType);
    if (codec.clockRate == 0 || codec.clockRate > kMaxClockRate) {
      return TypeError("codec " + codec.mimeType + " has clock rate " + std::to_string(codec.clockRate) +
                       ", which is not between 1 and " + std::to_string(kMaxClockRate));
    }
    if (auto status = ValidateParameters("codec", codec.parameters); !status) return status;
    if (auto status = ValidateFeedback(codec); !status) return status;
  }
  return OkStatus();
}

Status ValidateExtensions(const RtpParameters& parameters) {
  std::bitset<256> used;
  for (const auto& extension : parameters.headerExtensions) {
    // RFC 8285 section 4.2 and 4.3: 0 is padding, 15 ends a one-byte block.
    if (extension.id == 0 || extension.id == 15) {
      return TypeError("header extension id " + std::to_string(extension.id) + " is reserved");
    }
    if (used[extension.id])
      return TypeError("header extension id " + std::to_string(extension.id) + " is used twice");
    used.set(extension.id);
    if (auto status = ValidateParameters("header extension", extension.parameters); !status) return status;
  }
  return OkStatus();
}

Status ValidateEncoding(const RtpParameters& parameters, const RtpEncodingParameters& encoding) {
  if (CodecOf(parameters, encoding) == nullptr) {
    return encoding.codecPayloadType
               ? TypeError("an encoding names payload type " +
                           std::to_string(encoding.codecPayloadType->Value()) + ", which no media codec has")
               : TypeError("rtpParameters has no media codec");
  }
  if (auto status = CheckLength("an encoding's rid", encoding.rid, kMaxRidLength); !status) return status;
  if (auto status = CheckLength("a scalabilityMode", encoding.scalabilityMode, kMaxTextLength); !status)
    return status;
  const auto layers = ParseScalabilityMode(encoding.scalabilityMode);
  if (layers.spatial > rtp::kMaxSpatialLayers || layers.temporal > rtp::kMaxTemporalLayers) {
    return TypeError("scalabilityMode \"" + encoding.scalabilityMode + "\" has more than " +
                     std::to_string(rtp::kMaxSpatialLayers) + " spatial or " +
                     std::to_string(rtp::kMaxTemporalLayers) + " temporal layers");
  }
  return OkStatus();
}

Status ValidateEncodings(const RtpParameters& parameters) {
  std::set<std::string_view> rids;
  for (const auto& encoding : parameters.encodings) {
    if (auto status = ValidateEncoding(parameters, encoding); !status) return status;
    if (!encoding.rid.empty() && !rids.insert(encoding.rid).second)
      return TypeError("rid \"" + encoding.rid + "\" is used by two encodings");
  }
  std::set<Ssrc> ssrcs;
  for (const auto ssrc : NamedSsrcs(parameters.encodings)) {
    if (!ssrcs.insert(ssrc).second)
      return TypeError("ssrc " + std::to_string(ssrc.Value()) + " is used by two streams");
  }
  return OkStatus();
}

}  // namespace

std::vector<Ssrc> NamedSsrcs(std::span<const RtpEncodingParameters> encodings) {
  std::vector<Ssrc> ssrcs;
  for (const auto& encoding : encodings) {
    if (encoding.ssrc) ssrcs.push_back(*encoding.ssrc);
    if (encoding.rtxSsrc) ssrcs.push_back(*encoding.rtxSsrc);
  }
  return ssrcs;
}

Status ValidateRtpParameters(const RtpParameters& parameters) {
  if (parameters.codecs.empty()) return TypeError("rtpParameters has no codecs");
  if (parameters.encodings.empty()) return TypeError("rtpParameters has no encodings");
  if (auto status = CheckLength("the mid", parameters.mid, kMaxMidLength); !status) return status;
  if (auto status = CheckLength("the msid", parameters.msid, kMaxMsidLength); !status) return status;
  if (auto status = CheckLength("the cname", parameters.rtcp.cname, kMaxCnameLength); !status) return status;
  if (auto status = ValidateCodecs(parameters); !status) return status;
  if (auto status = ValidateExtensions(parameters); !status) return status;
  return ValidateEncodings(parameters);
}

}  // namespace ringcast::rtc
