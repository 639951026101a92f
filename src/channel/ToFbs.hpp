#pragma once

#include <optional>
#include <string>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "fbs/consumer_generated.h"
#include "fbs/dataConsumer_generated.h"
#include "fbs/dataProducer_generated.h"
#include "fbs/directTransport_generated.h"
#include "fbs/plainTransport_generated.h"
#include "fbs/producer_generated.h"
#include "fbs/router_generated.h"
#include "fbs/rtpParameters_generated.h"
#include "fbs/rtpStream_generated.h"
#include "fbs/sctpAssociation_generated.h"
#include "fbs/srtpParameters_generated.h"
#include "fbs/transport_generated.h"
#include "fbs/webRtcServer_generated.h"
#include "fbs/webRtcTransport_generated.h"
#include "fbs/worker_generated.h"
#include "ringcast/channel/Host.hpp"
#include "ringcast/channel/OutputQueue.hpp"
#include "ringcast/rtc/Descriptions.hpp"

// Converts types of the media core to tables of the schema. An empty text is omitted, unless the controller
// reads the field without checking that it exists.
namespace ringcast::channel {

using Builder = flatbuffers::FlatBufferBuilder;
template <typename T>
using Offset = flatbuffers::Offset<T>;

// Returns offset 0 for an empty text, so that the field is omitted.
[[nodiscard]] inline Offset<flatbuffers::String> TextIfAny(Builder& builder, const std::string& text) {
  return text.empty() ? Offset<flatbuffers::String>() : builder.CreateString(text);
}

// Returns a vector of the results of `convert` for each element.
template <typename Elements, typename Convert>
[[nodiscard]] auto ListToFbs(Builder& builder, const Elements& elements, Convert convert) {
  std::vector<decltype(convert(*elements.begin()))> offsets;
  offsets.reserve(elements.size());
  for (const auto& element : elements) offsets.push_back(convert(element));
  return builder.CreateVector(offsets);
}

// ToFbsRtpParameters.cpp
[[nodiscard]] Offset<FBS::RtpParameters::RtpParameters> ToFbs(Builder& builder,
                                                              const rtc::RtpParameters& parameters);
[[nodiscard]] Offset<FBS::RtpParameters::RtpMapping> ToFbs(Builder& builder, const rtc::RtpMapping& mapping);
[[nodiscard]] Offset<FBS::RtpParameters::RtpEncodingParameters> ToFbs(
    Builder& builder, const rtc::RtpEncodingParameters& encoding);

// ToFbsWorker.cpp
[[nodiscard]] Offset<FBS::Worker::DumpResponse> ToFbs(Builder& builder, const rtc::WorkerDump& dump,
                                                      const rtc::WorkerReport& report);
[[nodiscard]] Offset<FBS::Worker::ResourceUsageResponse> ToFbs(Builder& builder, const ProcessUsage& usage);
[[nodiscard]] Offset<FBS::Router::DumpResponse> ToFbs(Builder& builder, const rtc::RouterDump& dump);

// ToFbsTransport.cpp
[[nodiscard]] Offset<FBS::Transport::Tuple> ToFbs(Builder& builder, const rtc::Tuple& tuple);
// Returns offset 0 if there is none.
[[nodiscard]] inline Offset<FBS::Transport::Tuple> TupleIfAny(Builder& builder,
                                                              const std::optional<rtc::Tuple>& tuple) {
  return tuple ? ToFbs(builder, *tuple) : Offset<FBS::Transport::Tuple>();
}
[[nodiscard]] Offset<FBS::SrtpParameters::SrtpParameters> ToFbs(Builder& builder,
                                                                const rtc::SrtpParameters& parameters);
[[nodiscard]] Offset<FBS::Transport::Dump> ToFbs(Builder& builder, const rtc::TransportDump& dump);
[[nodiscard]] Offset<FBS::Transport::Stats> ToFbs(Builder& builder, const rtc::TransportStats& stats);
// ToFbsData.cpp
[[nodiscard]] Offset<FBS::SctpAssociation::SctpNegotiatedCapabilities> ToFbs(
    Builder& builder, const rtc::SctpCapabilities& capabilities);
[[nodiscard]] Offset<FBS::DataProducer::DumpResponse> ToFbs(Builder& builder,
                                                            const rtc::ProduceDataOptions& dump);
[[nodiscard]] Offset<FBS::DataConsumer::DumpResponse> ToFbs(Builder& builder,
                                                            const rtc::DataConsumerDump& dump);

[[nodiscard]] Offset<FBS::PipeTransport::DumpResponse> PipeToFbs(Builder& builder,
                                                                 const rtc::TransportDump& dump);
[[nodiscard]] Offset<FBS::PipeTransport::GetStatsResponse> PipeToFbs(Builder& builder,
                                                                     const rtc::TransportStats& stats);
[[nodiscard]] Offset<FBS::PlainTransport::DumpResponse> PlainToFbs(Builder& builder,
                                                                   const rtc::TransportDump& dump);
[[nodiscard]] Offset<FBS::PlainTransport::GetStatsResponse> PlainToFbs(Builder& builder,
                                                                       const rtc::TransportStats& stats);
[[nodiscard]] Offset<FBS::PlainTransport::ConnectResponse> ToFbs(Builder& builder,
                                                                 const rtc::PlainConnectResult& result);

// ToFbsWebRtc.cpp
[[nodiscard]] Offset<FBS::WebRtcTransport::DumpResponse> WebRtcToFbs(Builder& builder,
                                                                     const rtc::TransportDump& dump);
[[nodiscard]] Offset<FBS::WebRtcTransport::GetStatsResponse> WebRtcToFbs(Builder& builder,
                                                                         const rtc::TransportStats& stats);
[[nodiscard]] Offset<FBS::Transport::RestartIceResponse> RestartToFbs(Builder& builder,
                                                                      const rtc::IceParameters& parameters);
[[nodiscard]] Offset<FBS::WebRtcServer::DumpResponse> ToFbs(Builder& builder,
                                                            const rtc::WebRtcServerDump& dump);

// ToFbsStreams.cpp
[[nodiscard]] Offset<FBS::RtpStream::Dump> ToFbs(Builder& builder, const rtc::RtpStreamDump& dump);
[[nodiscard]] Offset<FBS::RtpStream::Stats> ToFbs(Builder& builder, const rtc::RtpStreamStats& stats);
[[nodiscard]] Offset<FBS::Producer::DumpResponse> ToFbs(Builder& builder, const rtc::ProducerDump& dump);
[[nodiscard]] Offset<FBS::Producer::Score> ToFbs(Builder& builder, const rtc::ProducerScore& score);
[[nodiscard]] Offset<FBS::Consumer::DumpResponse> ToFbs(Builder& builder, const rtc::ConsumerDump& dump);
[[nodiscard]] Offset<FBS::Consumer::ConsumerScore> ToFbs(Builder& builder, const rtc::ConsumerScore& score);
[[nodiscard]] Offset<FBS::Consumer::ConsumerLayers> ToFbs(Builder& builder,
                                                          const rtc::ConsumerLayers& layers);
// Returns offset 0 if there is none.
[[nodiscard]] inline Offset<FBS::Consumer::ConsumerLayers> LayersIfAny(
    Builder& builder, const std::optional<rtc::ConsumerLayers>& layers) {
  return layers ? ToFbs(builder, *layers) : Offset<FBS::Consumer::ConsumerLayers>();
}
[[nodiscard]] Offset<FBS::Transport::ConsumeResponse> ToFbs(Builder& builder,
                                                            const rtc::ConsumeResult& result);

// ToFbsTrace.cpp
[[nodiscard]] Offset<FBS::Producer::TraceNotification> ToFbs(
    Builder& builder, const rtc::Trace<rtc::ProducerTraceEvent>& trace);
[[nodiscard]] Offset<FBS::Consumer::TraceNotification> ToFbs(
    Builder& builder, const rtc::Trace<rtc::ConsumerTraceEvent>& trace);

}  // namespace ringcast::channel
