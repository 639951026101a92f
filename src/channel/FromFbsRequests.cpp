#include <algorithm>
#include <utility>

#include "channel/Conversion.hpp"
#include "channel/Enums.hpp"
#include "channel/FromFbs.hpp"
#include "channel/Text.hpp"

namespace ringcast::channel {

namespace {

template <typename Value>
Result<Value> Finish(const Conversion& conversion, Value value) {
  if (!conversion.Ok()) return conversion.Failure();
  return value;
}

// Returns the events without duplicates: the controller replaces each name that it does not know by the first
// event.
template <typename Event, typename FbsEvent>
Result<std::vector<Event>> TraceEvents(const flatbuffers::Vector<FbsEvent>* fbs) {
  Conversion conversion;
  std::vector<Event> events;
  conversion.Each("events", fbs, kMaxTraceEvents, [&](FbsEvent event) {
    const auto known = conversion.Known<Event>("", event);
    if (std::find(events.begin(), events.end(), known) == events.end()) events.push_back(known);
  });
  return Finish(conversion, std::move(events));
}

net::TransportProtocol FromFbs(Conversion& conversion, FBS::Transport::Protocol protocol) {
  switch (protocol) {
    case FBS::Transport::Protocol::UDP:
      return net::TransportProtocol::kUdp;
    case FBS::Transport::Protocol::TCP:
      return net::TransportProtocol::kTcp;
  }
  conversion.Fail("protocol", std::to_string(static_cast<unsigned>(protocol)) + ", which names nothing");
  return net::TransportProtocol::kUdp;
}

// Returns the listen infos; at least one is required.
std::vector<rtc::ListenInfo> ListenInfos(
    Conversion& conversion, const flatbuffers::Vector<flatbuffers::Offset<FBS::Transport::ListenInfo>>* fbs) {
  std::vector<rtc::ListenInfo> infos;
  conversion.Each("listenInfos", fbs, rtc::kMaxListenInfos, [&](const FBS::Transport::ListenInfo* info) {
    infos.push_back(channel::FromFbs(conversion, *info));
  });
  if (infos.empty()) conversion.Fail("listenInfos", "empty");
  return infos;
}

void ReadListen(Conversion& conversion, const FBS::WebRtcTransport::WebRtcTransportOptions& fbs,
                rtc::WebRtcTransportOptions& options) {
  if (const auto* individual = fbs.listen_as_ListenIndividual()) {
    options.listenInfos = ListenInfos(conversion, individual->listen_infos());
  } else if (const auto* server = fbs.listen_as_ListenServer()) {
    options.webRtcServerId = conversion.Id("webRtcServerId", server->web_rtc_server_id());
  } else {
    const auto type = static_cast<unsigned>(fbs.listen_type());
    conversion.Fail("listen", "of type " + std::to_string(type) + ", which names nothing");
  }
}

void ReadFingerprint(Conversion& conversion, const FBS::WebRtcTransport::Fingerprint& fbs,
                     rtc::DtlsParameters& parameters) {
  const auto algorithm = conversion.Known<dtls::HashAlgorithm>("algorithm", fbs.algorithm());
  if (!conversion.Ok()) return;
  // The error message quotes the text. No valid fingerprint is longer: the longest digest has 191 characters.
  constexpr std::size_t kMaxFingerprintText = 200;
  const auto fingerprint =
      dtls::Fingerprint::Parse(algorithm, View(fbs.value()).substr(0, kMaxFingerprintText));
  if (!fingerprint) {
    conversion.Fail("value", "wrong: " + fingerprint.Failure().reason);
    return;
  }
  parameters.fingerprints.push_back(*fingerprint);
}

std::optional<rtc::SctpStreamParameters> StreamParameters(
    const FBS::SctpParameters::SctpStreamParameters* fbs) {
  if (fbs == nullptr) return std::nullopt;
  rtc::SctpStreamParameters parameters;
  parameters.streamId = fbs->stream_id();
  if (fbs->max_packet_life_time().has_value()) parameters.maxPacketLifeTime = *fbs->max_packet_life_time();
  if (fbs->max_retransmits().has_value()) parameters.maxRetransmits = *fbs->max_retransmits();
  parameters.ordered = fbs->ordered().has_value() ? *fbs->ordered() : true;
  return parameters;
}

std::vector<std::uint16_t> Subchannels(Conversion& conversion,
                                       const flatbuffers::Vector<std::uint16_t>* fbs) {
  std::vector<std::uint16_t> subchannels;
  conversion.Each("subchannels", fbs, kMaxSubchannels,
                  [&](std::uint16_t subchannel) { subchannels.push_back(subchannel); });
  return subchannels;
}

}  // namespace

rtc::ListenInfo FromFbs(Conversion& conversion, const FBS::Transport::ListenInfo& fbs) {
  rtc::ListenInfo info;
  info.protocol = FromFbs(conversion, fbs.protocol());
  info.ip = conversion.Text("ip", fbs.ip());
  info.announcedAddress = conversion.Text("announcedAddress", fbs.announced_address());
  info.exposeInternalIp = fbs.expose_internal_ip();
  info.port = fbs.port();
  info.portMin = fbs.port_range()->min();
  info.portMax = fbs.port_range()->max();
  info.ipv6Only = fbs.flags()->ipv6_only();
  info.udpReusePort = fbs.flags()->udp_reuse_port();
  info.sendBufferSize = fbs.send_buffer_size();
  info.recvBufferSize = fbs.recv_buffer_size();
  return info;
}

rtc::TransportOptions FromFbs(const FBS::Transport::Options& fbs) {
  rtc::TransportOptions options;
  options.direct = fbs.direct();
  if (fbs.initial_available_outgoing_bitrate().has_value()) {
    options.initialAvailableOutgoingBitrate = *fbs.initial_available_outgoing_bitrate();
  }
  options.enableSctp = fbs.enable_sctp();
  options.maxSendMessageSize = fbs.max_send_message_size();
  options.maxReceiveMessageSize = fbs.max_receive_message_size();
  options.sctpSendBufferSize = fbs.sctp_send_buffer_size();
  options.sctpPerStreamSendQueueLimit = fbs.sctp_per_stream_send_queue_limit();
  options.sctpMaxReceiverWindowBufferSize = fbs.sctp_max_receiver_window_buffer_size();
  options.sctpBufferedAmountLowThreshold = fbs.sctp_default_stream_buffered_amount_low_threshold();
  options.isDataChannel = fbs.is_data_channel();
  return options;
}

rtc::SrtpParameters FromFbs(Conversion& conversion, const FBS::SrtpParameters::SrtpParameters& fbs) {
  const auto scope = conversion.In("srtpParameters");
  return {conversion.Known<srtp::CryptoSuite>("cryptoSuite", fbs.crypto_suite()),
          conversion.Text("keyBase64", fbs.key_base64())};
}

rtc::ConsumerLayers FromFbs(const FBS::Consumer::ConsumerLayers& fbs) {
  rtc::ConsumerLayers layers;
  layers.spatialLayer = fbs.spatial_layer();
  if (fbs.temporal_layer().has_value()) layers.temporalLayer = *fbs.temporal_layer();
  return layers;
}

Result<std::string> IdFrom(std::string_view field, const flatbuffers::String* text) {
  Conversion conversion;
  auto id = conversion.Id(field, text);
  return Finish(conversion, std::move(id));
}

Result<rtc::PlainTransportOptions> FromFbs(const FBS::PlainTransport::PlainTransportOptions& fbs) {
  Conversion conversion;
  rtc::PlainTransportOptions options;
  options.base = FromFbs(*fbs.base());
  {
    const auto scope = conversion.In("listenInfo");
    options.listenInfo = FromFbs(conversion, *fbs.listen_info());
  }
  if (fbs.rtcp_listen_info() != nullptr) {
    const auto scope = conversion.In("rtcpListenInfo");
    options.rtcpListenInfo = FromFbs(conversion, *fbs.rtcp_listen_info());
  }
  options.rtcpMux = fbs.rtcp_mux();
  options.comedia = fbs.comedia();
  options.enableSrtp = fbs.enable_srtp();
  if (fbs.srtp_crypto_suite().has_value()) {
    options.srtpCryptoSuite =
        conversion.Known<srtp::CryptoSuite>("srtpCryptoSuite", *fbs.srtp_crypto_suite());
  }
  return Finish(conversion, std::move(options));
}

Result<rtc::PlainConnectOptions> FromFbs(const FBS::PlainTransport::ConnectRequest& fbs) {
  Conversion conversion;
  rtc::PlainConnectOptions options;
  if (fbs.ip() != nullptr) options.ip = conversion.Text("ip", fbs.ip());
  if (fbs.port().has_value()) options.port = *fbs.port();
  if (fbs.rtcp_port().has_value()) options.rtcpPort = *fbs.rtcp_port();
  if (fbs.srtp_parameters() != nullptr) options.srtpParameters = FromFbs(conversion, *fbs.srtp_parameters());
  return Finish(conversion, std::move(options));
}

Result<rtc::PipeTransportOptions> FromFbs(const FBS::PipeTransport::PipeTransportOptions& fbs) {
  Conversion conversion;
  rtc::PipeTransportOptions options;
  options.base = FromFbs(*fbs.base());
  {
    const auto scope = conversion.In("listenInfo");
    options.listenInfo = FromFbs(conversion, *fbs.listen_info());
  }
  options.enableRtx = fbs.enable_rtx();
  options.enableSrtp = fbs.enable_srtp();
  return Finish(conversion, std::move(options));
}

Result<rtc::PipeConnectOptions> FromFbs(const FBS::PipeTransport::ConnectRequest& fbs) {
  Conversion conversion;
  rtc::PipeConnectOptions options;
  options.ip = conversion.Text("ip", fbs.ip());
  if (fbs.port().has_value()) options.port = *fbs.port();
  if (fbs.srtp_parameters() != nullptr) options.srtpParameters = FromFbs(conversion, *fbs.srtp_parameters());
  return Finish(conversion, std::move(options));
}

Result<rtc::WebRtcTransportOptions> FromFbs(const FBS::WebRtcTransport::WebRtcTransportOptions& fbs) {
  Conversion conversion;
  rtc::WebRtcTransportOptions options;
  options.base = FromFbs(*fbs.base());
  ReadListen(conversion, fbs, options);
  options.enableUdp = fbs.enable_udp();
  options.enableTcp = fbs.enable_tcp();
  options.preferUdp = fbs.prefer_udp();
  options.preferTcp = fbs.prefer_tcp();
  options.iceConsentTimeoutSeconds = fbs.ice_consent_timeout();
  return Finish(conversion, std::move(options));
}

Result<rtc::DtlsParameters> FromFbs(const FBS::WebRtcTransport::ConnectRequest& fbs) {
  Conversion conversion;
  const auto scope = conversion.In("dtlsParameters");
  rtc::DtlsParameters parameters;
  conversion.Each("fingerprints", fbs.dtls_parameters()->fingerprints(), kMaxFingerprints,
                  [&](const auto* fingerprint) { ReadFingerprint(conversion, *fingerprint, parameters); });
  // Without a fingerprint the peer cannot be authenticated (RFC 8827 section 6.5).
  if (parameters.fingerprints.empty()) conversion.Fail("fingerprints", "empty");
  parameters.role = conversion.Known<dtls::Role>("role", fbs.dtls_parameters()->role());
  return Finish(conversion, std::move(parameters));
}

Result<std::vector<rtc::ListenInfo>> FromFbs(const FBS::Worker::CreateWebRtcServerRequest& fbs) {
  Conversion conversion;
  auto infos = ListenInfos(conversion, fbs.listen_infos());
  return Finish(conversion, std::move(infos));
}

Result<rtc::ProduceOptions> FromFbs(const FBS::Transport::ProduceRequest& fbs) {
  Conversion conversion;
  rtc::ProduceOptions options;
  options.producerId = conversion.Id("producerId", fbs.producer_id());
  options.kind = conversion.Known<MediaKind>("kind", fbs.kind());
  {
    const auto scope = conversion.In("rtpParameters");
    options.rtpParameters = FromFbs(conversion, *fbs.rtp_parameters());
  }
  {
    const auto scope = conversion.In("rtpMapping");
    options.rtpMapping = FromFbs(conversion, *fbs.rtp_mapping());
  }
  options.paused = fbs.paused();
  options.keyFrameRequestDelayMs = fbs.key_frame_request_delay();
  options.enableMediasoupPacketIdHeaderExtension = fbs.enable_mediasoup_packet_id_header_extension();
  return Finish(conversion, std::move(options));
}

Result<rtc::ConsumeOptions> FromFbs(const FBS::Transport::ConsumeRequest& fbs) {
  Conversion conversion;
  rtc::ConsumeOptions options;
  options.consumerId = conversion.Id("consumerId", fbs.consumer_id());
  options.producerId = conversion.Id("producerId", fbs.producer_id());
  options.kind = conversion.Known<MediaKind>("kind", fbs.kind());
  {
    const auto scope = conversion.In("rtpParameters");
    options.rtpParameters = FromFbs(conversion, *fbs.rtp_parameters());
  }
  options.type = conversion.Known<rtc::RtpType>("type", fbs.type());
  conversion.Each("consumableRtpEncodings", fbs.consumable_rtp_encodings(), kMaxEncodings,
                  [&](const auto* encoding) {
                    options.consumableRtpEncodings.push_back(FromFbs(conversion, *encoding));
                  });
  options.paused = fbs.paused();
  if (fbs.preferred_layers() != nullptr) options.preferredLayers = FromFbs(*fbs.preferred_layers());
  options.ignoreDtx = fbs.ignore_dtx();
  return Finish(conversion, std::move(options));
}

Result<rtc::ProduceDataOptions> FromFbs(const FBS::Transport::ProduceDataRequest& fbs) {
  Conversion conversion;
  rtc::ProduceDataOptions options;
  options.dataProducerId = conversion.Id("dataProducerId", fbs.data_producer_id());
  options.type = conversion.Known<rtc::DataType>("type", fbs.type());
  options.stream = StreamParameters(fbs.sctp_stream_parameters());
  options.label = conversion.Text("label", fbs.label());
  options.protocol = conversion.Text("protocol", fbs.protocol());
  options.paused = fbs.paused();
  return Finish(conversion, std::move(options));
}

Result<rtc::ConsumeDataOptions> FromFbs(const FBS::Transport::ConsumeDataRequest& fbs) {
  Conversion conversion;
  rtc::ConsumeDataOptions options;
  options.dataConsumerId = conversion.Id("dataConsumerId", fbs.data_consumer_id());
  options.dataProducerId = conversion.Id("dataProducerId", fbs.data_producer_id());
  options.type = conversion.Known<rtc::DataType>("type", fbs.type());
  options.stream = StreamParameters(fbs.sctp_stream_parameters());
  options.label = conversion.Text("label", fbs.label());
  options.protocol = conversion.Text("protocol", fbs.protocol());
  options.paused = fbs.paused();
  options.subchannels = Subchannels(conversion, fbs.subchannels());
  return Finish(conversion, std::move(options));
}

Result<rtc::DataMessage> FromFbs(const FBS::DataProducer::SendNotification& fbs) {
  Conversion conversion;
  rtc::DataMessage message;
  message.ppid = fbs.ppid();
  message.payload = {fbs.data()->data(), fbs.data()->size()};
  message.subchannels = Subchannels(conversion, fbs.subchannels());
  if (fbs.required_subchannel().has_value()) message.requiredSubchannel = *fbs.required_subchannel();
  if (fbs.ignored_subchannel().has_value()) message.ignoredSubchannel = *fbs.ignored_subchannel();
  return Finish(conversion, std::move(message));
}

Result<std::vector<rtc::TransportTraceEvent>> FromFbs(const FBS::Transport::EnableTraceEventRequest& fbs) {
  return TraceEvents<rtc::TransportTraceEvent>(fbs.events());
}

Result<std::vector<rtc::ProducerTraceEvent>> FromFbs(const FBS::Producer::EnableTraceEventRequest& fbs) {
  return TraceEvents<rtc::ProducerTraceEvent>(fbs.events());
}

Result<std::vector<rtc::ConsumerTraceEvent>> FromFbs(const FBS::Consumer::EnableTraceEventRequest& fbs) {
  return TraceEvents<rtc::ConsumerTraceEvent>(fbs.events());
}

}  // namespace ringcast::channel
