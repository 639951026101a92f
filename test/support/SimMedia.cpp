#include "support/SimMedia.hpp"

#include <algorithm>
#include <string>

namespace ringcast::test {

namespace {

// Offsets from a publisher's payload types and ssrcs to those of the router.
constexpr std::uint8_t kMappedPayloadTypes = 5;
constexpr std::uint32_t kMappedSsrcs = 1'000'000;

rtc::RtpCodecParameters Codec(const char* mimeType, std::uint8_t payloadType, std::uint32_t clockRate) {
  rtc::RtpCodecParameters codec;
  codec.mimeType = mimeType;
  codec.payloadType = PayloadType(payloadType);
  codec.clockRate = clockRate;
  return codec;
}

PayloadType Mapped(PayloadType payloadType) {
  return PayloadType(static_cast<std::uint8_t>(payloadType.Value() + kMappedPayloadTypes));
}

std::string Mode(const SimVideoSettings& settings) {
  const bool vp8 = settings.structure == SimStructure::kVp8Simulcast;
  const int spatial = vp8 ? 1 : settings.layers;
  if (spatial == 1 && settings.temporalLayers == 1) return {};
  return "L" + std::to_string(spatial) + "T" + std::to_string(settings.temporalLayers) +
         (settings.structure == SimStructure::kVp9Key ? "_KEY" : "");
}

void MapEverything(rtc::ProduceOptions& options) {
  for (const auto& codec : options.rtpParameters.codecs)
    options.rtpMapping.codecs.push_back({codec.payloadType, Mapped(codec.payloadType)});
  for (const auto& encoding : options.rtpParameters.encodings) {
    options.rtpMapping.encodings.push_back(
        {.rid = {}, .ssrc = encoding.ssrc, .mappedSsrc = Ssrc(kMappedSsrcs + encoding.ssrc->Value())});
  }
}

}  // namespace

rtc::ProduceOptions VideoProducer(const SimVideoSettings& settings) {
  const bool vp8 = settings.structure == SimStructure::kVp8Simulcast;
  rtc::ProduceOptions options;
  options.kind = MediaKind::kVideo;
  auto& parameters = options.rtpParameters;
  auto codec = Codec(vp8 ? "video/VP8" : "video/VP9", settings.payloadType, 90000);
  codec.rtcpFeedback = {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}};
  parameters.codecs.push_back(codec);
  auto rtx = Codec("video/rtx", settings.rtxPayloadType, 90000);
  rtx.parameters.push_back({"apt", std::int32_t{settings.payloadType}});
  parameters.codecs.push_back(rtx);
  for (std::uint32_t i = 0; i < (vp8 ? settings.layers : 1U); ++i) {
    rtc::RtpEncodingParameters encoding;
    encoding.ssrc = Ssrc(settings.firstSsrc + i);
    encoding.rtxSsrc = Ssrc(settings.firstSsrc + SimVideoSettings::kRtxOffset + i);
    encoding.scalabilityMode = Mode(settings);
    parameters.encodings.push_back(encoding);
  }
  parameters.rtcp.cname = "source";
  MapEverything(options);
  return options;
}

rtc::ProduceOptions AudioProducer(const SimAudioSource::Settings& settings) {
  rtc::ProduceOptions options;
  options.kind = MediaKind::kAudio;
  auto& parameters = options.rtpParameters;
  auto codec = Codec("audio/opus", settings.payloadType, 48000);
  codec.channels = 2;
  parameters.codecs.push_back(codec);
  parameters.encodings.emplace_back().ssrc = Ssrc(settings.ssrc);
  parameters.rtcp.cname = "source";
  MapEverything(options);
  return options;
}

rtc::ConsumeOptions ConsumerOf(const rtc::ProducerDump& producer, std::uint32_t ssrc,
                               std::optional<std::uint32_t> rtxSsrc) {
  rtc::ConsumeOptions options;
  options.producerId = producer.id;
  options.kind = producer.kind;
  options.type = producer.type;
  options.rtpParameters = producer.rtpParameters;
  for (auto& codec : options.rtpParameters.codecs) {
    codec.payloadType = Mapped(codec.payloadType);
    for (auto& parameter : codec.parameters) {
      if (parameter.name == "apt")
        parameter.value = std::get<std::int32_t>(parameter.value) + kMappedPayloadTypes;
    }
  }
  for (std::size_t i = 0; i < producer.rtpParameters.encodings.size(); ++i) {
    auto consumable = producer.rtpParameters.encodings[i];
    consumable.ssrc = producer.rtpMapping.encodings[i].mappedSsrc;
    consumable.rtxSsrc.reset();
    options.consumableRtpEncodings.push_back(consumable);
  }
  // The controller gives a consumer one encoding, whose mode counts the producer's encodings as spatial
  // layers.
  const auto count = producer.rtpParameters.encodings.size();
  auto encoding = producer.rtpParameters.encodings.front();
  encoding.ssrc = Ssrc(ssrc);
  encoding.codecPayloadType.reset();
  encoding.rtxSsrc = rtxSsrc ? std::optional(Ssrc(*rtxSsrc)) : std::nullopt;
  const auto temporal = encoding.scalabilityMode.empty() ? "T1" : encoding.scalabilityMode.substr(2);
  if (count > 1) encoding.scalabilityMode = "L" + std::to_string(count) + temporal;
  options.rtpParameters.encodings = {encoding};
  return options;
}

}  // namespace ringcast::test
