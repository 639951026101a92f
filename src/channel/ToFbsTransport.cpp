#include <utility>

#include "channel/Enums.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

using SsrcNames = std::vector<std::pair<Ssrc, std::string>>;
using TextNames = std::vector<std::pair<std::string, std::string>>;

auto Table(Builder& builder, const SsrcNames& names) {
  return ListToFbs(builder, names, [&builder](const auto& entry) {
    return FBS::Common::CreateUint32String(builder, entry.first.Value(), builder.CreateString(entry.second));
  });
}

auto Table(Builder& builder, const TextNames& names) {
  return ListToFbs(builder, names, [&builder](const auto& entry) {
    const auto key = builder.CreateString(entry.first);
    return FBS::Common::CreateStringString(builder, key, builder.CreateString(entry.second));
  });
}

Offset<FBS::Transport::RecvRtpHeaderExtensions> Extensions(Builder& builder, const rtc::TransportDump& dump) {
  FBS::Transport::RecvRtpHeaderExtensionsBuilder table(builder);
  if (dump.midExtensionId) table.add_mid(*dump.midExtensionId);
  if (dump.ridExtensionId) table.add_rid(*dump.ridExtensionId);
  if (dump.rridExtensionId) table.add_rrid(*dump.rridExtensionId);
  if (dump.absSendTimeExtensionId) table.add_abs_send_time(*dump.absSendTimeExtensionId);
  if (dump.transportWideCcExtensionId) table.add_transport_wide_cc01(*dump.transportWideCcExtensionId);
  return table.Finish();
}

Offset<FBS::Transport::RtpListener> Listener(Builder& builder, const rtc::TransportDump& dump) {
  const auto ssrcs = Table(builder, dump.ssrcTable);
  const auto mids = Table(builder, dump.midTable);
  const auto rids = Table(builder, dump.ridTable);
  return FBS::Transport::CreateRtpListener(builder, ssrcs, mids, rids);
}

Offset<FBS::SctpParameters::SctpParameters> Sctp(Builder& builder, const rtc::SctpParameters& sctp) {
  return FBS::SctpParameters::CreateSctpParameters(
      builder, sctp.port, sctp.maxSendMessageSize, sctp.maxReceiveMessageSize, sctp.sendBufferSize,
      sctp.perStreamSendQueueLimit, sctp.maxReceiverWindowBufferSize, sctp.isDataChannel);
}

Offset<FBS::Transport::SctpListener> SctpListener(Builder& builder, const rtc::TransportDump& dump) {
  const auto streams = ListToFbs(builder, dump.sctpStreamProducerId, [&builder](const auto& entry) {
    return FBS::Common::CreateUint16String(builder, entry.first, builder.CreateString(entry.second));
  });
  return FBS::Transport::CreateSctpListener(builder, streams);
}

Offset<FBS::SrtpParameters::SrtpParameters> SrtpIfAny(Builder& builder,
                                                      const std::optional<rtc::SrtpParameters>& parameters) {
  return parameters ? ToFbs(builder, *parameters) : Offset<FBS::SrtpParameters::SrtpParameters>();
}

}  // namespace

Offset<FBS::Transport::Tuple> ToFbs(Builder& builder, const rtc::Tuple& tuple) {
  const auto localAddress = builder.CreateString(tuple.localAddress);
  const auto remoteIp =
      tuple.remoteIp ? builder.CreateString(*tuple.remoteIp) : Offset<flatbuffers::String>();
  return FBS::Transport::CreateTuple(builder, localAddress, tuple.localPort, remoteIp, tuple.remotePort,
                                     ToFbs(tuple.protocol));
}

Offset<FBS::SrtpParameters::SrtpParameters> ToFbs(Builder& builder, const rtc::SrtpParameters& parameters) {
  const auto key = builder.CreateString(parameters.keyBase64);
  return FBS::SrtpParameters::CreateSrtpParameters(builder, ToFbs(parameters.cryptoSuite), key);
}

Offset<FBS::Transport::Dump> ToFbs(Builder& builder, const rtc::TransportDump& dump) {
  const auto id = builder.CreateString(dump.id);
  const auto producerIds = builder.CreateVectorOfStrings(dump.producerIds);
  const auto consumerIds = builder.CreateVectorOfStrings(dump.consumerIds);
  const auto ssrcConsumerId = Table(builder, dump.ssrcConsumerId);
  const auto rtxSsrcConsumerId = Table(builder, dump.rtxSsrcConsumerId);
  const auto dataProducerIds = builder.CreateVectorOfStrings(dump.dataProducerIds);
  const auto dataConsumerIds = builder.CreateVectorOfStrings(dump.dataConsumerIds);
  const auto extensions = Extensions(builder, dump);
  const auto listener = Listener(builder, dump);
  const auto sctp = dump.sctpParameters ? Sctp(builder, *dump.sctpParameters)
                                        : Offset<FBS::SctpParameters::SctpParameters>();
  // The controller shows the capabilities as numbers from the start.
  const auto sctpCapabilities = dump.sctpParameters
                                    ? ToFbs(builder, dump.sctp.negotiated)
                                    : Offset<FBS::SctpAssociation::SctpNegotiatedCapabilities>();
  const auto sctpListener =
      dump.sctpParameters ? SctpListener(builder, dump) : Offset<FBS::Transport::SctpListener>();
  const auto traceEvents = EnumsToFbs(builder, dump.traceEvents);

  FBS::Transport::DumpBuilder table(builder);
  table.add_id(id);
  table.add_direct(dump.direct);
  table.add_producer_ids(producerIds);
  table.add_consumer_ids(consumerIds);
  table.add_map_ssrc_consumer_id(ssrcConsumerId);
  table.add_map_rtx_ssrc_consumer_id(rtxSsrcConsumerId);
  table.add_data_producer_ids(dataProducerIds);
  table.add_data_consumer_ids(dataConsumerIds);
  table.add_recv_rtp_header_extensions(extensions);
  table.add_rtp_listener(listener);
  table.add_max_send_message_size(dump.maxSendMessageSize);
  table.add_max_receive_message_size(dump.maxReceiveMessageSize);
  table.add_sctp_parameters(sctp);
  if (dump.sctpParameters) table.add_sctp_state(ToFbs(dump.sctp.state));
  table.add_sctp_negotiated_capabilities(sctpCapabilities);
  table.add_sctp_listener(sctpListener);
  table.add_trace_event_types(traceEvents);
  return table.Finish();
}

Offset<FBS::Transport::Stats> ToFbs(Builder& builder, const rtc::TransportStats& stats) {
  const auto transportId = builder.CreateString(stats.transportId);
  FBS::Transport::StatsBuilder table(builder);
  table.add_transport_id(transportId);
  table.add_timestamp(stats.timestampMs);
  if (stats.sctpState) table.add_sctp_state(ToFbs(*stats.sctpState));
  table.add_bytes_received(stats.bytesReceived);
  table.add_recv_bitrate(stats.recvBitrate);
  table.add_bytes_sent(stats.bytesSent);
  table.add_send_bitrate(stats.sendBitrate);
  table.add_rtp_bytes_received(stats.rtpBytesReceived);
  table.add_rtp_recv_bitrate(stats.rtpRecvBitrate);
  table.add_rtp_bytes_sent(stats.rtpBytesSent);
  table.add_rtp_send_bitrate(stats.rtpSendBitrate);
  table.add_rtx_bytes_received(stats.rtxBytesReceived);
  table.add_rtx_recv_bitrate(stats.rtxRecvBitrate);
  table.add_rtx_bytes_sent(stats.rtxBytesSent);
  table.add_rtx_send_bitrate(stats.rtxSendBitrate);
  table.add_probation_bytes_sent(stats.probationBytesSent);
  table.add_probation_send_bitrate(stats.probationSendBitrate);
  if (stats.maxOutgoingBitrate) table.add_max_outgoing_bitrate(stats.maxOutgoingBitrate->Value());
  if (stats.minOutgoingBitrate) table.add_min_outgoing_bitrate(stats.minOutgoingBitrate->Value());
  if (stats.availableIncomingBitrate)
    table.add_available_incoming_bitrate(stats.availableIncomingBitrate->Value());
  if (stats.maxIncomingBitrate) table.add_max_incoming_bitrate(stats.maxIncomingBitrate->Value());
  if (stats.availableOutgoingBitrate)
    table.add_available_outgoing_bitrate(stats.availableOutgoingBitrate->Value());
  if (stats.packetLossReceived) table.add_rtp_packet_loss_received(*stats.packetLossReceived);
  if (stats.packetLossSent) table.add_rtp_packet_loss_sent(*stats.packetLossSent);
  return table.Finish();
}

Offset<FBS::PipeTransport::DumpResponse> PipeToFbs(Builder& builder, const rtc::TransportDump& dump) {
  const auto base = ToFbs(builder, dump);
  const auto tuple = ToFbs(builder, dump.pipe->tuple);
  const auto srtp = SrtpIfAny(builder, dump.pipe->srtpParameters);
  return FBS::PipeTransport::CreateDumpResponse(builder, base, tuple, dump.pipe->rtx, srtp);
}

Offset<FBS::PipeTransport::GetStatsResponse> PipeToFbs(Builder& builder, const rtc::TransportStats& stats) {
  const auto base = ToFbs(builder, stats);
  return FBS::PipeTransport::CreateGetStatsResponse(builder, base, ToFbs(builder, *stats.pipeTuple));
}

Offset<FBS::PlainTransport::DumpResponse> PlainToFbs(Builder& builder, const rtc::TransportDump& dump) {
  const auto base = ToFbs(builder, dump);
  const auto tuple = ToFbs(builder, dump.plain->tuple);
  const auto rtcpTuple = TupleIfAny(builder, dump.plain->rtcpTuple);
  const auto srtp = SrtpIfAny(builder, dump.plain->srtpParameters);
  return FBS::PlainTransport::CreateDumpResponse(builder, base, dump.plain->rtcpMux, dump.plain->comedia,
                                                 tuple, rtcpTuple, srtp);
}

Offset<FBS::PlainTransport::GetStatsResponse> PlainToFbs(Builder& builder, const rtc::TransportStats& stats) {
  const auto base = ToFbs(builder, stats);
  const auto tuple = ToFbs(builder, stats.plain->tuple);
  const auto rtcpTuple = TupleIfAny(builder, stats.plain->rtcpTuple);
  return FBS::PlainTransport::CreateGetStatsResponse(builder, base, stats.plain->rtcpMux,
                                                     stats.plain->comedia, tuple, rtcpTuple);
}

Offset<FBS::PlainTransport::ConnectResponse> ToFbs(Builder& builder, const rtc::PlainConnectResult& result) {
  const auto tuple = TupleIfAny(builder, result.tuple);
  const auto rtcpTuple = TupleIfAny(builder, result.rtcpTuple);
  const auto srtp = SrtpIfAny(builder, result.srtpParameters);
  return FBS::PlainTransport::CreateConnectResponse(builder, tuple, rtcpTuple, srtp);
}

}  // namespace ringcast::channel
