#include "ringcast/base/Assert.hpp"
#include "support/ChannelFixture.hpp"

namespace ringcast::test {

namespace {

template <typename T>
using Offset = flatbuffers::Offset<T>;
using FBS::Request::Body;

Offset<flatbuffers::String> Text(Builder& builder, std::string_view text) {
  return builder.CreateString(text.data(), text.size());
}

bool IsVideo(MediaKind kind) { return kind == MediaKind::kVideo; }

FBS::RtpParameters::MediaKind KindOf(MediaKind kind) {
  return IsVideo(kind) ? FBS::RtpParameters::MediaKind::VIDEO : FBS::RtpParameters::MediaKind::AUDIO;
}

Offset<FBS::RtpParameters::RtpParameters> RtpParameters(Builder& builder, MediaKind kind,
                                                        std::uint8_t payloadType, std::uint32_t ssrc) {
  namespace fbs = FBS::RtpParameters;
  const auto mimeType = Text(builder, IsVideo(kind) ? "video/VP8" : "audio/opus");
  fbs::RtpCodecParametersBuilder codec(builder);
  codec.add_mime_type(mimeType);
  codec.add_payload_type(payloadType);
  codec.add_clock_rate(IsVideo(kind) ? 90000 : 48000);
  codec.add_channels(IsVideo(kind) ? 0 : 2);
  const std::vector<Offset<fbs::RtpCodecParameters>> codecs = {codec.Finish()};
  fbs::RtpEncodingParametersBuilder encoding(builder);
  encoding.add_ssrc(ssrc);
  const std::vector<Offset<fbs::RtpEncodingParameters>> encodings = {encoding.Finish()};
  const std::vector<Offset<fbs::RtpHeaderExtensionParameters>> extensions = {
      fbs::CreateRtpHeaderExtensionParameters(builder, fbs::RtpHeaderExtensionUri::AbsSendTime, 4)};
  const auto rtcp = fbs::CreateRtcpParametersDirect(builder, "sample-cname");
  return fbs::CreateRtpParametersDirect(builder, nullptr, &codecs, &extensions, &encodings, rtcp);
}

using Protocol = FBS::Transport::Protocol;

Offset<FBS::Transport::ListenInfo> ListenInfo(Builder& builder, std::string_view ip,
                                              Protocol protocol = Protocol::UDP) {
  const auto address = Text(builder, ip);
  const auto range = FBS::Transport::CreatePortRange(builder, 40000, 40100);
  const auto flags = FBS::Transport::CreateSocketFlags(builder);
  return FBS::Transport::CreateListenInfo(builder, protocol, address, 0, false, 0, range, flags);
}

std::vector<Offset<FBS::Transport::ListenInfo>> UdpAndTcp(Builder& builder) {
  return {ListenInfo(builder, "127.0.0.1"), ListenInfo(builder, "127.0.0.1", Protocol::TCP)};
}

Offset<FBS::WebRtcTransport::ConnectRequest> WebRtcConnect(Builder& builder) {
  namespace fbs = FBS::WebRtcTransport;
  const std::vector<Offset<fbs::Fingerprint>> fingerprints = {
      fbs::CreateFingerprintDirect(builder, fbs::FingerprintAlgorithm::SHA256, kSampleFingerprint)};
  return fbs::CreateConnectRequest(builder, fbs::CreateDtlsParametersDirect(builder, &fingerprints));
}

RequestBody WorkerOrRouterSample(Builder& builder, Body type) {
  namespace fbs = FBS::Router;
  switch (type) {
    case Body::Worker_UpdateSettingsRequest:
      return BodyOf(FBS::Worker::CreateUpdateSettingsRequestDirect(builder, "warn"));
    case Body::Worker_CreateWebRtcServerRequest:
      return WebRtcServerBody(builder, "new");
    case Body::Worker_CloseWebRtcServerRequest:
      return BodyOf(FBS::Worker::CreateCloseWebRtcServerRequestDirect(builder, "server"));
    case Body::Worker_CreateRouterRequest:
      return BodyOf(FBS::Worker::CreateCreateRouterRequestDirect(builder, "new"));
    case Body::Worker_CloseRouterRequest:
      return BodyOf(FBS::Worker::CreateCloseRouterRequestDirect(builder, "router"));
    case Body::Router_CreateWebRtcTransportRequest:
      return WebRtcTransportBody(builder, "new", "server");
    case Body::Router_CreatePlainTransportRequest:
      return PlainTransportBody(builder, "new");
    case Body::Router_CreatePipeTransportRequest:
      return PipeTransportBody(builder, "new");
    case Body::Router_CreateDirectTransportRequest:
      return DirectTransportBody(builder, "new");
    case Body::Router_CreateActiveSpeakerObserverRequest: {
      const auto options = FBS::ActiveSpeakerObserver::CreateActiveSpeakerObserverOptions(builder, 300);
      return BodyOf(fbs::CreateCreateActiveSpeakerObserverRequestDirect(builder, "new", options));
    }
    case Body::Router_CreateAudioLevelObserverRequest: {
      const auto options = FBS::AudioLevelObserver::CreateAudioLevelObserverOptions(builder, 1, -80, 1000);
      return BodyOf(fbs::CreateCreateAudioLevelObserverRequestDirect(builder, "new", options));
    }
    case Body::Router_CloseTransportRequest:
      return BodyOf(fbs::CreateCloseTransportRequestDirect(builder, "plain"));
    case Body::Router_CloseRtpObserverRequest:
      return BodyOf(fbs::CreateCloseRtpObserverRequestDirect(builder, "observer"));
    default:
      return {};
  }
}

RequestBody TransportSample(Builder& builder, Body type) {
  namespace fbs = FBS::Transport;
  switch (type) {
    case Body::Transport_SetMaxIncomingBitrateRequest:
      return BodyOf(fbs::CreateSetMaxIncomingBitrateRequest(builder, 100000));
    case Body::Transport_SetMaxOutgoingBitrateRequest:
      return BodyOf(fbs::CreateSetMaxOutgoingBitrateRequest(builder, 100000));
    case Body::Transport_SetMinOutgoingBitrateRequest:
      return BodyOf(fbs::CreateSetMinOutgoingBitrateRequest(builder, 100000));
    case Body::Transport_ProduceRequest:
      return ProduceBody(builder, "new", MediaKind::kVideo, 3333);
    case Body::Transport_ConsumeRequest:
      return ConsumeBody(builder, "new", "producer", MediaKind::kAudio, 4444);
    case Body::Transport_ProduceDataRequest:
      return BodyOf(fbs::CreateProduceDataRequestDirect(builder, "new", FBS::DataProducer::Type::DIRECT));
    case Body::Transport_ConsumeDataRequest:
      return BodyOf(fbs::CreateConsumeDataRequestDirect(builder, "new", "data-producer",
                                                        FBS::DataConsumer::Type::DIRECT));
    case Body::Transport_EnableTraceEventRequest: {
      const std::vector<fbs::TraceEventType> events = {fbs::TraceEventType::BWE};
      return BodyOf(fbs::CreateEnableTraceEventRequestDirect(builder, &events));
    }
    case Body::Transport_CloseProducerRequest:
      return BodyOf(fbs::CreateCloseProducerRequestDirect(builder, "producer"));
    case Body::Transport_CloseConsumerRequest:
      return BodyOf(fbs::CreateCloseConsumerRequestDirect(builder, "consumer"));
    case Body::Transport_CloseDataProducerRequest:
      return BodyOf(fbs::CreateCloseDataProducerRequestDirect(builder, "data-producer"));
    case Body::Transport_CloseDataConsumerRequest:
      return BodyOf(fbs::CreateCloseDataConsumerRequestDirect(builder, "data-consumer"));
    case Body::PlainTransport_ConnectRequest:
      return BodyOf(FBS::PlainTransport::CreateConnectRequestDirect(builder, "192.0.2.7", 5004));
    case Body::PipeTransport_ConnectRequest:
      return BodyOf(FBS::PipeTransport::CreateConnectRequestDirect(builder, "192.0.2.7", 5004));
    case Body::WebRtcTransport_ConnectRequest:
      return BodyOf(WebRtcConnect(builder));
    default:
      return {};
  }
}

RequestBody EntitySample(Builder& builder, Body type) {
  const std::vector<std::uint16_t> subchannels = {1, 2};
  switch (type) {
    case Body::Producer_EnableTraceEventRequest: {
      const std::vector<FBS::Producer::TraceEventType> events;
      return BodyOf(FBS::Producer::CreateEnableTraceEventRequestDirect(builder, &events));
    }
    case Body::Consumer_SetPreferredLayersRequest: {
      const auto layers = FBS::Consumer::CreateConsumerLayers(builder, 1);
      return BodyOf(FBS::Consumer::CreateSetPreferredLayersRequest(builder, layers));
    }
    case Body::Consumer_SetPriorityRequest:
      return BodyOf(FBS::Consumer::CreateSetPriorityRequest(builder, 7));
    case Body::Consumer_EnableTraceEventRequest: {
      const std::vector<FBS::Consumer::TraceEventType> events;
      return BodyOf(FBS::Consumer::CreateEnableTraceEventRequestDirect(builder, &events));
    }
    case Body::DataConsumer_SetBufferedAmountLowThresholdRequest:
      return BodyOf(FBS::DataConsumer::CreateSetBufferedAmountLowThresholdRequest(builder, 1));
    case Body::DataConsumer_SendRequest:
      return BodyOf(FBS::DataConsumer::CreateSendRequest(builder, 51,
                                                         builder.CreateVector(std::vector<std::uint8_t>{1})));
    case Body::DataConsumer_SetSubchannelsRequest:
      return BodyOf(FBS::DataConsumer::CreateSetSubchannelsRequestDirect(builder, &subchannels));
    case Body::DataConsumer_AddSubchannelRequest:
      return BodyOf(FBS::DataConsumer::CreateAddSubchannelRequest(builder, 1));
    case Body::DataConsumer_RemoveSubchannelRequest:
      return BodyOf(FBS::DataConsumer::CreateRemoveSubchannelRequest(builder, 1));
    case Body::RtpObserver_AddProducerRequest:
      return BodyOf(FBS::RtpObserver::CreateAddProducerRequestDirect(builder, "producer"));
    case Body::RtpObserver_RemoveProducerRequest:
      return BodyOf(FBS::RtpObserver::CreateRemoveProducerRequestDirect(builder, "producer"));
    default:
      return {};
  }
}

}  // namespace

RequestBody SampleBody(Builder& builder, Body type) {
  if (type == Body::NONE) return {};
  auto body = WorkerOrRouterSample(builder, type);
  if (body.type == Body::NONE) body = TransportSample(builder, type);
  if (body.type == Body::NONE) body = EntitySample(builder, type);
  RC_ASSERT(body.type == type);
  return body;
}

RequestBody PlainTransportBody(Builder& builder, std::string_view transportId, std::string_view ip) {
  const auto id = Text(builder, transportId);
  const auto base = FBS::Transport::CreateOptions(builder);
  const auto options =
      FBS::PlainTransport::CreatePlainTransportOptions(builder, base, ListenInfo(builder, ip), 0, true, true);
  return BodyOf(FBS::Router::CreateCreatePlainTransportRequest(builder, id, options));
}

RequestBody PipeTransportBody(Builder& builder, std::string_view transportId) {
  const auto id = Text(builder, transportId);
  const auto base = FBS::Transport::CreateOptions(builder);
  const auto options =
      FBS::PipeTransport::CreatePipeTransportOptions(builder, base, ListenInfo(builder, "127.0.0.1"));
  return BodyOf(FBS::Router::CreateCreatePipeTransportRequest(builder, id, options));
}

RequestBody WebRtcServerBody(Builder& builder, std::string_view serverId) {
  const auto id = Text(builder, serverId);
  const auto listenInfos = builder.CreateVector(UdpAndTcp(builder));
  return BodyOf(FBS::Worker::CreateCreateWebRtcServerRequest(builder, id, listenInfos));
}

RequestBody WebRtcTransportBody(Builder& builder, std::string_view transportId, std::string_view serverId) {
  namespace fbs = FBS::WebRtcTransport;
  const auto id = Text(builder, transportId);
  const auto base = FBS::Transport::CreateOptions(builder);
  if (!serverId.empty()) {
    const auto listen = fbs::CreateListenServer(builder, Text(builder, serverId));
    const auto options =
        fbs::CreateWebRtcTransportOptions(builder, base, fbs::Listen::ListenServer, listen.Union());
    return BodyOf(FBS::Router::CreateCreateWebRtcTransportRequest(builder, id, options));
  }
  const auto listen = fbs::CreateListenIndividual(builder, builder.CreateVector(UdpAndTcp(builder)));
  const auto options =
      fbs::CreateWebRtcTransportOptions(builder, base, fbs::Listen::ListenIndividual, listen.Union());
  return BodyOf(FBS::Router::CreateCreateWebRtcTransportRequest(builder, id, options));
}

RequestBody DirectTransportBody(Builder& builder, std::string_view transportId) {
  const auto id = Text(builder, transportId);
  const auto options = FBS::DirectTransport::CreateDirectTransportOptions(
      builder, FBS::Transport::CreateOptions(builder, true));
  return BodyOf(FBS::Router::CreateCreateDirectTransportRequest(builder, id, options));
}

RequestBody ProduceBody(Builder& builder, std::string_view producerId, MediaKind kind, std::uint32_t ssrc) {
  namespace fbs = FBS::RtpParameters;
  const auto id = Text(builder, producerId);
  const auto parameters =
      RtpParameters(builder, kind, IsVideo(kind) ? kSampleVideoType : kSampleAudioType, ssrc);
  const std::vector<Offset<fbs::CodecMapping>> codecs = {
      fbs::CreateCodecMapping(builder, IsVideo(kind) ? kSampleVideoType : kSampleAudioType,
                              IsVideo(kind) ? kMappedVideoType : kMappedAudioType)};
  fbs::EncodingMappingBuilder encoding(builder);
  encoding.add_ssrc(ssrc);
  encoding.add_mapped_ssrc(ssrc + 1'000'000);
  const std::vector<Offset<fbs::EncodingMapping>> encodings = {encoding.Finish()};
  const auto mapping = fbs::CreateRtpMappingDirect(builder, &codecs, &encodings);
  return BodyOf(FBS::Transport::CreateProduceRequest(builder, id, KindOf(kind), parameters, mapping));
}

RequestBody ConsumeBody(Builder& builder, std::string_view consumerId, std::string_view producerId,
                        MediaKind kind, std::uint32_t ssrc) {
  namespace fbs = FBS::RtpParameters;
  const auto id = Text(builder, consumerId);
  const auto source = Text(builder, producerId);
  const auto parameters =
      RtpParameters(builder, kind, IsVideo(kind) ? kMappedVideoType : kMappedAudioType, ssrc);
  fbs::RtpEncodingParametersBuilder encoding(builder);
  encoding.add_ssrc(ssrc + 1'000'000);
  const std::vector<Offset<fbs::RtpEncodingParameters>> encodings = {encoding.Finish()};
  return BodyOf(FBS::Transport::CreateConsumeRequest(builder, id, source, KindOf(kind), parameters,
                                                     fbs::Type::SIMPLE, builder.CreateVector(encodings)));
}

}  // namespace ringcast::test
