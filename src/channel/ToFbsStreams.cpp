#include <string>

#include "channel/Enums.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

Offset<FBS::RtpStream::Params> Params(Builder& builder, const rtc::RtpStreamParams& params) {
  const auto mimeType = builder.CreateString(params.mimeType);
  // required: the controller reads its length without checking that it exists
  const auto rid = builder.CreateString(params.rid);
  const auto cname = builder.CreateString(params.cname);
  FBS::RtpStream::ParamsBuilder table(builder);
  table.add_encoding_idx(params.encodingIdx);
  table.add_ssrc(params.ssrc.Value());
  table.add_payload_type(params.payloadType.Value());
  table.add_mime_type(mimeType);
  table.add_clock_rate(params.clockRate);
  table.add_rid(rid);
  table.add_cname(cname);
  if (params.rtxSsrc) table.add_rtx_ssrc(params.rtxSsrc->Value());
  if (params.rtxPayloadType) table.add_rtx_payload_type(params.rtxPayloadType->Value());
  table.add_use_nack(params.useNack);
  table.add_use_pli(params.usePli);
  table.add_use_fir(params.useFir);
  table.add_use_in_band_fec(params.useInBandFec);
  table.add_use_dtx(params.useDtx);
  table.add_spatial_layers(params.spatialLayers);
  table.add_temporal_layers(params.temporalLayers);
  return table.Finish();
}

// Returns offset 0 if there is none.
Offset<FBS::RtxStream::RtxDump> RtxIfAny(Builder& builder, const std::optional<rtc::RtxStreamParams>& rtx) {
  if (!rtx) return {};
  const auto mimeType = builder.CreateString(rtx->mimeType);
  // required: the controller reads its length without checking that it exists
  const auto rrid = builder.CreateString(rtx->repairedRid);
  const auto cname = builder.CreateString(rtx->cname);
  return FBS::RtxStream::CreateRtxDump(
      builder, FBS::RtxStream::CreateParams(builder, rtx->ssrc.Value(), rtx->payloadType.Value(), mimeType,
                                            rtx->clockRate, rrid, cname));
}

Offset<FBS::RtpStream::BitrateByLayer> Layer(Builder& builder, const rtc::LayerBitrate& layer) {
  auto key = std::to_string(layer.spatialLayer);
  key.append(".").append(std::to_string(layer.temporalLayer));
  return FBS::RtpStream::CreateBitrateByLayer(builder, builder.CreateString(key), layer.bitrate);
}

Offset<FBS::RtpStream::Stats> BaseStats(Builder& builder, const rtc::RtpStreamStats& stats) {
  const auto mimeType = builder.CreateString(stats.mimeType);
  const auto rid = TextIfAny(builder, stats.rid);
  FBS::RtpStream::BaseStatsBuilder table(builder);
  table.add_timestamp(stats.timestampMs);
  table.add_ssrc(stats.ssrc.Value());
  table.add_kind(ToFbs(stats.kind));
  table.add_mime_type(mimeType);
  table.add_packets_lost(stats.packetsLost);
  table.add_fraction_lost(stats.fractionLost);
  table.add_jitter(stats.jitter);
  table.add_packets_discarded(stats.packetsDiscarded);
  table.add_packets_retransmitted(stats.packetsRetransmitted);
  table.add_packets_repaired(stats.packetsRepaired);
  table.add_nack_count(stats.nackCount);
  table.add_nack_packet_count(stats.nackPacketCount);
  table.add_pli_count(stats.pliCount);
  table.add_fir_count(stats.firCount);
  table.add_rid(rid);
  if (stats.rtxSsrc) table.add_rtx_ssrc(stats.rtxSsrc->Value());
  table.add_rtx_packets_discarded(stats.rtxPacketsDiscarded);
  table.add_round_trip_time(stats.roundTripTimeMs);
  table.add_score(stats.score);
  const auto base = table.Finish();
  return FBS::RtpStream::CreateStats(builder, FBS::RtpStream::StatsData::BaseStats, base.Union());
}

auto Streams(Builder& builder, const std::vector<rtc::RtpStreamDump>& streams) {
  return ListToFbs(builder, streams, [&](const auto& stream) { return ToFbs(builder, stream); });
}

Offset<FBS::Consumer::BaseConsumerDump> Base(Builder& builder, const rtc::ConsumerDump& dump) {
  const auto id = builder.CreateString(dump.id);
  const auto producerId = builder.CreateString(dump.producerId);
  const auto rtpParameters = ToFbs(builder, dump.rtpParameters);
  const auto encodings = ListToFbs(builder, dump.consumableRtpEncodings,
                                   [&](const auto& encoding) { return ToFbs(builder, encoding); });
  std::vector<std::uint8_t> payloadTypes;
  for (const auto payloadType : dump.supportedCodecPayloadTypes) payloadTypes.push_back(payloadType.Value());
  const auto supported = builder.CreateVector(payloadTypes);
  const auto traceEvents = EnumsToFbs(builder, dump.traceEvents);

  FBS::Consumer::BaseConsumerDumpBuilder table(builder);
  table.add_id(id);
  table.add_type(ToFbs(dump.type));
  table.add_producer_id(producerId);
  table.add_kind(ToFbs(dump.kind));
  table.add_rtp_parameters(rtpParameters);
  table.add_consumable_rtp_encodings(encodings);
  table.add_supported_codec_payload_types(supported);
  table.add_trace_event_types(traceEvents);
  table.add_paused(dump.paused);
  table.add_producer_paused(dump.producerPaused);
  table.add_priority(dump.priority);
  return table.Finish();
}

constexpr std::int16_t kNoLayer = -1;

std::int16_t SpatialLayer(const std::optional<rtc::ConsumerLayers>& layers) {
  return layers ? std::int16_t{layers->spatialLayer} : kNoLayer;
}

std::int16_t TemporalLayer(const std::optional<rtc::ConsumerLayers>& layers) {
  return layers && layers->temporalLayer ? std::int16_t{*layers->temporalLayer} : kNoLayer;
}

void AddLayers(FBS::Consumer::ConsumerDumpBuilder& table, const rtc::ConsumerLayersDump& layers) {
  table.add_preferred_spatial_layer(SpatialLayer(layers.preferred));
  table.add_target_spatial_layer(SpatialLayer(layers.target));
  table.add_current_spatial_layer(SpatialLayer(layers.current));
  table.add_preferred_temporal_layer(TemporalLayer(layers.preferred));
  table.add_target_temporal_layer(TemporalLayer(layers.target));
  table.add_current_temporal_layer(TemporalLayer(layers.current));
}

}  // namespace

Offset<FBS::RtpStream::Dump> ToFbs(Builder& builder, const rtc::RtpStreamDump& dump) {
  const auto params = Params(builder, dump.params);
  return FBS::RtpStream::CreateDump(builder, params, dump.score, RtxIfAny(builder, dump.rtx));
}

Offset<FBS::RtpStream::Stats> ToFbs(Builder& builder, const rtc::RtpStreamStats& stats) {
  const auto base = BaseStats(builder, stats);
  if (!stats.receive) {
    const auto send =
        FBS::RtpStream::CreateSendStats(builder, base, stats.packetCount, stats.byteCount, stats.bitrate);
    return FBS::RtpStream::CreateStats(builder, FBS::RtpStream::StatsData::SendStats, send.Union());
  }
  const auto layers = ListToFbs(builder, stats.bitrateByLayer,
                                [&](const rtc::LayerBitrate& layer) { return Layer(builder, layer); });
  const auto receive = FBS::RtpStream::CreateRecvStats(builder, base, stats.packetCount, stats.byteCount,
                                                       stats.bitrate, layers);
  return FBS::RtpStream::CreateStats(builder, FBS::RtpStream::StatsData::RecvStats, receive.Union());
}

Offset<FBS::Producer::DumpResponse> ToFbs(Builder& builder, const rtc::ProducerDump& dump) {
  const auto id = builder.CreateString(dump.id);
  const auto rtpParameters = ToFbs(builder, dump.rtpParameters);
  const auto rtpMapping = ToFbs(builder, dump.rtpMapping);
  const auto streams = Streams(builder, dump.rtpStreams);
  const auto traceEvents = EnumsToFbs(builder, dump.traceEvents);
  return FBS::Producer::CreateDumpResponse(builder, id, ToFbs(dump.kind), ToFbs(dump.type), rtpParameters,
                                           rtpMapping, streams, traceEvents, dump.paused);
}

Offset<FBS::Producer::Score> ToFbs(Builder& builder, const rtc::ProducerScore& score) {
  return FBS::Producer::CreateScore(builder, score.encodingIdx, score.ssrc.Value(),
                                    TextIfAny(builder, score.rid), score.score);
}

Offset<FBS::Consumer::DumpResponse> ToFbs(Builder& builder, const rtc::ConsumerDump& dump) {
  const auto base = Base(builder, dump);
  const auto streams = Streams(builder, dump.rtpStreams);
  FBS::Consumer::ConsumerDumpBuilder table(builder);
  table.add_base(base);
  table.add_rtp_streams(streams);
  if (dump.layers) AddLayers(table, *dump.layers);
  return FBS::Consumer::CreateDumpResponse(builder, table.Finish());
}

Offset<FBS::Consumer::ConsumerScore> ToFbs(Builder& builder, const rtc::ConsumerScore& score) {
  return FBS::Consumer::CreateConsumerScore(builder, score.score, score.producerScore,
                                            builder.CreateVector(score.producerScores));
}

Offset<FBS::Consumer::ConsumerLayers> ToFbs(Builder& builder, const rtc::ConsumerLayers& layers) {
  FBS::Consumer::ConsumerLayersBuilder table(builder);
  table.add_spatial_layer(layers.spatialLayer);
  if (layers.temporalLayer) table.add_temporal_layer(*layers.temporalLayer);
  return table.Finish();
}

Offset<FBS::Transport::ConsumeResponse> ToFbs(Builder& builder, const rtc::ConsumeResult& result) {
  const auto score = ToFbs(builder, result.score);
  const auto layers = LayersIfAny(builder, result.preferredLayers);
  return FBS::Transport::CreateConsumeResponse(builder, result.paused, result.producerPaused, score, layers);
}

}  // namespace ringcast::channel
