#include <optional>
#include <utility>

#include "channel/Enums.hpp"
#include "channel/FromFbs.hpp"
#include "channel/Requests.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

// Returns the limit, or nullopt for 0, which the controller sends to remove a limit.
std::optional<DataRate> LimitOf(std::uint64_t bitrate) {
  return bitrate == 0 ? std::nullopt : std::optional(DataRate(bitrate));
}

}  // namespace

Answer DescribeTransport(const Call& call, const rtc::Transport& transport) {
  const auto dump = transport.Dump();
  switch (transport.Kind()) {
    case rtc::TransportKind::kPlain:
      return AnswerWith(PlainToFbs(call.builder, dump));
    case rtc::TransportKind::kPipe:
      return AnswerWith(PipeToFbs(call.builder, dump));
    case rtc::TransportKind::kWebRtc:
      return AnswerWith(WebRtcToFbs(call.builder, dump));
    case rtc::TransportKind::kDirect:
      break;
  }
  return AnswerWith(FBS::DirectTransport::CreateDumpResponse(call.builder, ToFbs(call.builder, dump)));
}

Result<Answer> DumpTransport(const Call& call, rtc::Transport& transport) {
  return DescribeTransport(call, transport);
}

Result<Answer> TransportStats(const Call& call, rtc::Transport& transport) {
  const auto stats = transport.Stats(call.now);
  switch (transport.Kind()) {
    case rtc::TransportKind::kPlain:
      return AnswerWith(PlainToFbs(call.builder, stats));
    case rtc::TransportKind::kPipe:
      return AnswerWith(PipeToFbs(call.builder, stats));
    case rtc::TransportKind::kWebRtc:
      return AnswerWith(WebRtcToFbs(call.builder, stats));
    case rtc::TransportKind::kDirect:
      break;
  }
  return AnswerWith(FBS::DirectTransport::CreateGetStatsResponse(call.builder, ToFbs(call.builder, stats)));
}

Result<Answer> ConnectPlainTransport(const Call& call, rtc::PlainTransport& transport,
                                     const FBS::PlainTransport::ConnectRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto connected = transport.Connect(*options, call.now);
  if (!connected) return connected.Failure();
  return AnswerWith(ToFbs(call.builder, *connected));
}

Result<Answer> ConnectPipeTransport(const Call& call, rtc::PipeTransport& transport,
                                    const FBS::PipeTransport::ConnectRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto tuple = transport.Connect(*options, call.now);
  if (!tuple) return tuple.Failure();
  return AnswerWith(FBS::PipeTransport::CreateConnectResponse(call.builder, ToFbs(call.builder, *tuple)));
}

Result<Answer> ConnectWebRtcTransport(const Call& call, rtc::WebRtcTransport& transport,
                                      const FBS::WebRtcTransport::ConnectRequest& body) {
  const auto remote = FromFbs(body);
  if (!remote) return remote.Failure();
  const auto role = transport.Connect(*remote, call.now);
  if (!role) return role.Failure();
  return AnswerWith(FBS::WebRtcTransport::CreateConnectResponse(call.builder, ToFbs(*role)));
}

Result<Answer> RestartIce(const Call& call, rtc::WebRtcTransport& transport) {
  const auto parameters = transport.RestartIce(call.now);
  if (!parameters) return parameters.Failure();
  return AnswerWith(RestartToFbs(call.builder, *parameters));
}

Result<Answer> SetMaxOutgoingBitrate(const Call& /*call*/, rtc::Transport& transport,
                                     const FBS::Transport::SetMaxOutgoingBitrateRequest& body) {
  return AnswerOf(transport.Settings().SetMaxOutgoingBitrate(LimitOf(body.max_outgoing_bitrate())));
}

Result<Answer> SetMinOutgoingBitrate(const Call& /*call*/, rtc::Transport& transport,
                                     const FBS::Transport::SetMinOutgoingBitrateRequest& body) {
  return AnswerOf(transport.Settings().SetMinOutgoingBitrate(LimitOf(body.min_outgoing_bitrate())));
}

Result<Answer> SetMaxIncomingBitrate(const Call& call, rtc::Transport& transport,
                                     const FBS::Transport::SetMaxIncomingBitrateRequest& body) {
  return AnswerOf(transport.Rtcp().SetMaxIncomingBitrate(LimitOf(body.max_incoming_bitrate()), call.now));
}

Result<Answer> Produce(const Call& call, rtc::Transport& transport,
                       const FBS::Transport::ProduceRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto produced = transport.Produce(*options, call.now);
  if (!produced) return produced.Failure();
  return AnswerWith(FBS::Transport::CreateProduceResponse(call.builder, ToFbs(produced->type)));
}

Result<Answer> Consume(const Call& call, rtc::Transport& transport,
                       const FBS::Transport::ConsumeRequest& body) {
  const auto options = FromFbs(body);
  if (!options) return options.Failure();
  const auto consumed = transport.Consume(*options, call.now);
  if (!consumed) return consumed.Failure();
  return AnswerWith(ToFbs(call.builder, *consumed));
}

Result<Answer> TraceTransport(const Call& /*call*/, rtc::Transport& transport,
                              const FBS::Transport::EnableTraceEventRequest& body) {
  auto events = FromFbs(body);
  if (!events) return events.Failure();
  transport.Settings().EnableTraceEvents(std::move(*events));
  return Answer{};
}

Result<Answer> CloseProducer(const Call& /*call*/, rtc::Transport& transport,
                             const FBS::Transport::CloseProducerRequest& body) {
  const auto id = IdFrom("producerId", body.producer_id());
  if (!id) return id.Failure();
  return AnswerOf(transport.CloseProducer(*id));
}

Result<Answer> CloseConsumer(const Call& /*call*/, rtc::Transport& transport,
                             const FBS::Transport::CloseConsumerRequest& body) {
  const auto id = IdFrom("consumerId", body.consumer_id());
  if (!id) return id.Failure();
  return AnswerOf(transport.CloseConsumer(*id));
}

}  // namespace ringcast::channel
