#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

Offset<FBS::SctpParameters::SctpStreamParameters> StreamIfAny(
    Builder& builder, const std::optional<rtc::SctpStreamParameters>& stream) {
  if (!stream) return {};
  FBS::SctpParameters::SctpStreamParametersBuilder table(builder);
  table.add_stream_id(stream->streamId);
  table.add_ordered(stream->ordered);
  if (stream->maxPacketLifeTime) table.add_max_packet_life_time(*stream->maxPacketLifeTime);
  if (stream->maxRetransmits) table.add_max_retransmits(*stream->maxRetransmits);
  return table.Finish();
}

}  // namespace

Offset<FBS::SctpAssociation::SctpNegotiatedCapabilities> ToFbs(Builder& builder,
                                                               const rtc::SctpCapabilities& capabilities) {
  return FBS::SctpAssociation::CreateSctpNegotiatedCapabilities(builder, capabilities.outboundStreams,
                                                                capabilities.inboundStreams);
}

Offset<FBS::DataProducer::DumpResponse> ToFbs(Builder& builder, const rtc::ProduceDataOptions& dump) {
  const auto id = builder.CreateString(dump.dataProducerId);
  const auto stream = StreamIfAny(builder, dump.stream);
  const auto label = builder.CreateString(dump.label);
  const auto protocol = builder.CreateString(dump.protocol);
  return FBS::DataProducer::CreateDumpResponse(builder, id, static_cast<FBS::DataProducer::Type>(dump.type),
                                               stream, label, protocol, dump.paused);
}

Offset<FBS::DataConsumer::DumpResponse> ToFbs(Builder& builder, const rtc::DataConsumerDump& dump) {
  const auto& options = dump.options;
  const auto id = builder.CreateString(options.dataConsumerId);
  const auto producerId = builder.CreateString(options.dataProducerId);
  const auto stream = StreamIfAny(builder, options.stream);
  const auto label = builder.CreateString(options.label);
  const auto protocol = builder.CreateString(options.protocol);
  const auto subchannels = builder.CreateVector(options.subchannels);
  return FBS::DataConsumer::CreateDumpResponse(
      builder, id, producerId, static_cast<FBS::DataConsumer::Type>(options.type), stream, label, protocol,
      dump.bufferedAmount, dump.bufferedAmountLowThreshold, options.paused, dump.producerPaused, subchannels);
}

}  // namespace ringcast::channel
