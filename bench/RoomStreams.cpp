#include "bench/RoomStreams.hpp"

#include "bench/TestStream.hpp"

namespace ringcast::bench {
namespace {

Ssrc RtxOf(Ssrc ssrc) { return Ssrc(ssrc.Value() ^ 0x8000'0000); }

rtc::RtpParameters ParametersOf(MediaKind kind, bool rtx) {
  rtc::RtpParameters parameters;
  rtc::RtpCodecParameters codec;
  const bool video = kind == MediaKind::kVideo;
  codec.mimeType = video ? "video/VP8" : "audio/opus";
  codec.payloadType = video ? TestStream::kVideoPayloadType : TestStream::kAudioPayloadType;
  codec.clockRate = video ? TestStream::kVideoClockRate : TestStream::kAudioClockRate;
  if (!video) codec.channels = 2;
  if (rtx) codec.rtcpFeedback = {{"nack", ""}, {"nack", "pli"}};
  parameters.codecs.push_back(codec);
  if (rtx) {
    constexpr PayloadType kRtxPayloadType(98);
    parameters.codecs.push_back({.mimeType = "video/rtx",
                                 .payloadType = kRtxPayloadType,
                                 .clockRate = codec.clockRate,
                                 .parameters = {{"apt", std::int32_t{codec.payloadType.Value()}}}});
  }
  parameters.rtcp.cname = "bench";
  return parameters;
}

}  // namespace

StreamNames NamesOf(std::size_t producer, MediaKind kind, std::size_t encodings, bool rtx) {
  StreamNames names{
      .producer = producer,
      .producerId = (kind == MediaKind::kVideo ? "video-" : "audio-") + std::to_string(producer),
      .kind = kind,
      .encodings = {},
      .rtx = rtx};
  for (std::size_t i = 0; i < encodings; ++i) {
    const Ssrc ssrc = SourceSsrc(producer, kind, i);
    names.encodings.push_back({ssrc, Ssrc(ssrc.Value() + 0x10000)});
  }
  return names;
}

rtc::ProduceOptions ProduceOptionsOf(const StreamNames& names) {
  rtc::ProduceOptions produce;
  produce.producerId = names.producerId;
  produce.kind = names.kind;
  produce.rtpParameters = ParametersOf(names.kind, names.rtx);
  const auto payloadType = produce.rtpParameters.codecs.front().payloadType;
  produce.rtpMapping.codecs.push_back({payloadType, payloadType});
  for (const auto& encoding : names.encodings) {
    auto& sent = produce.rtpParameters.encodings.emplace_back();
    sent.ssrc = encoding.ssrc;
    if (names.rtx) sent.rtxSsrc = RtxOf(encoding.ssrc);
    produce.rtpMapping.encodings.push_back(
        {.rid = {}, .ssrc = encoding.ssrc, .mappedSsrc = encoding.mappedSsrc});
  }
  return produce;
}

rtc::ConsumeOptions ConsumeOptionsOf(const StreamNames& names, const std::string& consumerId,
                                     Ssrc consumerSsrc, std::size_t preferredEncoding) {
  rtc::ConsumeOptions consume;
  consume.consumerId = consumerId;
  consume.producerId = names.producerId;
  consume.kind = names.kind;
  consume.rtpParameters = ParametersOf(names.kind, names.rtx);
  auto& sent = consume.rtpParameters.encodings.emplace_back();
  sent.ssrc = consumerSsrc;
  if (names.rtx) sent.rtxSsrc = RtxOf(consumerSsrc);
  for (const auto& encoding : names.encodings)
    consume.consumableRtpEncodings.emplace_back().ssrc = encoding.mappedSsrc;
  if (names.encodings.size() > 1) {
    consume.type = rtc::RtpType::kSimulcast;
    consume.preferredLayers = rtc::ConsumerLayers{static_cast<std::uint8_t>(preferredEncoding), std::nullopt};
  }
  return consume;
}

}  // namespace ringcast::bench
