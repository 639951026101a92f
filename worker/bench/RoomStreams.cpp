#include "bench/RoomStreams.hpp"

#include "bench/TestStream.hpp"

namespace ringcast::worker::bench {
namespace {

rtc::RtpParameters ParametersOf(MediaKind kind, Ssrc ssrc) {
  rtc::RtpParameters parameters;
  rtc::RtpCodecParameters codec;
  const bool video = kind == MediaKind::kVideo;
  codec.mimeType = video ? "video/VP8" : "audio/opus";
  codec.payloadType = video ? TestStream::kVideoPayloadType : TestStream::kAudioPayloadType;
  codec.clockRate = video ? TestStream::kVideoClockRate : TestStream::kAudioClockRate;
  if (!video) codec.channels = 2;
  parameters.codecs.push_back(codec);
  parameters.encodings.emplace_back().ssrc = ssrc;
  parameters.rtcp.cname = "bench";
  return parameters;
}

}  // namespace

StreamNames NamesOf(std::size_t producer, MediaKind kind) {
  const Ssrc ssrc = SourceSsrc(producer, kind);
  return {.producer = producer,
          .producerId = (kind == MediaKind::kVideo ? "video-" : "audio-") + std::to_string(producer),
          .kind = kind,
          .ssrc = ssrc,
          .mappedSsrc = Ssrc(ssrc.Value() + 0x10000)};
}

rtc::ProduceOptions ProduceOptionsOf(const StreamNames& names) {
  rtc::ProduceOptions produce;
  produce.producerId = names.producerId;
  produce.kind = names.kind;
  produce.rtpParameters = ParametersOf(names.kind, names.ssrc);
  const auto payloadType = produce.rtpParameters.codecs.front().payloadType;
  produce.rtpMapping.codecs.push_back({payloadType, payloadType});
  produce.rtpMapping.encodings.push_back({.rid = {}, .ssrc = names.ssrc, .mappedSsrc = names.mappedSsrc});
  return produce;
}

rtc::ConsumeOptions ConsumeOptionsOf(const StreamNames& names, const std::string& consumerId,
                                     Ssrc consumerSsrc) {
  rtc::ConsumeOptions consume;
  consume.consumerId = consumerId;
  consume.producerId = names.producerId;
  consume.kind = names.kind;
  consume.rtpParameters = ParametersOf(names.kind, consumerSsrc);
  consume.consumableRtpEncodings.emplace_back().ssrc = names.mappedSsrc;
  return consume;
}

}  // namespace ringcast::worker::bench
