#include "channel/Dispatcher.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>

#include "channel/Requests.hpp"

namespace ringcast::channel {

namespace {

using FBS::Request::Method;

// --- Lookup of the object that a handler id refers to ---

template <typename Entity>
Entity* Find(const Call& call) = delete;

template <>
rtc::Worker* Find(const Call& call) {
  return call.HandlerId().empty() ? &call.worker : nullptr;
}
template <>
rtc::WebRtcServer* Find(const Call& call) {
  return call.worker.FindWebRtcServer(call.HandlerId());
}
template <>
rtc::Router* Find(const Call& call) {
  return call.worker.FindRouter(call.HandlerId());
}
template <>
rtc::Transport* Find(const Call& call) {
  return call.worker.FindTransport(call.HandlerId());
}
template <>
rtc::PlainTransport* Find(const Call& call) {
  return rtc::OfKind<rtc::PlainTransport>(call.worker.FindTransport(call.HandlerId()));
}
template <>
rtc::PipeTransport* Find(const Call& call) {
  return rtc::OfKind<rtc::PipeTransport>(call.worker.FindTransport(call.HandlerId()));
}
template <>
rtc::WebRtcTransport* Find(const Call& call) {
  return rtc::OfKind<rtc::WebRtcTransport>(call.worker.FindTransport(call.HandlerId()));
}
template <>
rtc::Producer* Find(const Call& call) {
  return call.worker.FindProducer(call.HandlerId());
}
template <>
rtc::Consumer* Find(const Call& call) {
  return call.worker.FindConsumer(call.HandlerId());
}
template <>
rtc::DataProducer* Find(const Call& call) {
  return call.worker.FindDataProducer(call.HandlerId());
}
template <>
rtc::DataConsumer* Find(const Call& call) {
  return call.worker.FindDataConsumer(call.HandlerId());
}
template <>
rtc::RtpObserver* Find(const Call& call) {
  return call.worker.FindRtpObserver(call.HandlerId());
}

template <typename Entity>
constexpr const char* kNoun = nullptr;
template <>
constexpr const char* kNoun<rtc::Worker> = "worker";
template <>
constexpr const char* kNoun<rtc::WebRtcServer> = "WebRTC server";
template <>
constexpr const char* kNoun<rtc::Router> = "router";
template <>
constexpr const char* kNoun<rtc::Transport> = "transport";
template <>
constexpr const char* kNoun<rtc::PlainTransport> = "plain transport";
template <>
constexpr const char* kNoun<rtc::PipeTransport> = "pipe transport";
template <>
constexpr const char* kNoun<rtc::WebRtcTransport> = "WebRTC transport";
template <>
constexpr const char* kNoun<rtc::Producer> = "producer";
template <>
constexpr const char* kNoun<rtc::Consumer> = "consumer";
template <>
constexpr const char* kNoun<rtc::DataProducer> = "data producer";
template <>
constexpr const char* kNoun<rtc::DataConsumer> = "data consumer";
template <>
constexpr const char* kNoun<rtc::RtpObserver> = "RTP observer";

Error NotFound(const Call& call, const std::string& noun) {
  return NotFoundError(call.MethodName() + ": " + noun + " " + Quote(call.HandlerId()) + " not found");
}

template <typename Entity>
Error Missing(const Call& call) {
  // The transport may exist but have another type.
  if constexpr (std::is_base_of_v<rtc::Transport, Entity>) {
    if (call.worker.FindTransport(call.HandlerId()) != nullptr)
      return GenericError(call.MethodName() + ": transport " + Quote(call.HandlerId()) + " is not a " +
                          kNoun<Entity>);
  }
  return NotFound(call, kNoun<Entity>);
}

// --- Request bodies ---

using FbsBody = FBS::Request::Body;

std::string BodyName(FbsBody body) {
  const std::string name = FBS::Request::EnumNameBody(body);
  return name.empty() ? "of unknown type " + std::to_string(static_cast<unsigned>(body)) : name;
}

Error WrongBody(const Call& call, FbsBody expected) {
  const auto given = call.request.body_type();
  std::string reason = call.MethodName();
  reason += expected == FbsBody::NONE ? " takes no body" : " needs a body " + BodyName(expected);
  reason += given == FbsBody::NONE || call.request.body() == nullptr ? ", there is none"
                                                                     : ", there is one " + BodyName(given);
  return TypeError(std::move(reason));
}

bool HasBody(const Call& call, FbsBody expected) {
  if (call.request.body_type() != expected) return false;
  return expected == FbsBody::NONE || call.request.body() != nullptr;
}

// --- Routes ---

struct Route {
  Method method;
  Result<Answer> (*run)(const Call& call);
};

// Calls a handler with the object and the body that its signature requires.
template <auto handler>
struct Runner;

template <typename Entity, Result<Answer> (*handler)(const Call&, Entity&)>
struct Runner<handler> {
  static Result<Answer> Run(const Call& call) {
    auto* entity = Find<Entity>(call);
    if (entity == nullptr) return Missing<Entity>(call);
    if (!HasBody(call, FbsBody::NONE)) return WrongBody(call, FbsBody::NONE);
    return handler(call, *entity);
  }
};

template <typename Entity, typename Body, Result<Answer> (*handler)(const Call&, Entity&, const Body&)>
struct Runner<handler> {
  static Result<Answer> Run(const Call& call) {
    constexpr auto kExpected = FBS::Request::BodyTraits<Body>::enum_value;
    auto* entity = Find<Entity>(call);
    if (entity == nullptr) return Missing<Entity>(call);
    if (!HasBody(call, kExpected)) return WrongBody(call, kExpected);
    return handler(call, *entity, *static_cast<const Body*>(call.request.body()));
  }
};

template <auto handler>
constexpr Route To(Method method) {
  return {method, &Runner<handler>::Run};
}

// Returns the error for a method that the media core does not support, on an object that exists.
Error NotSupported(const Call& call) { return GenericError("not supported yet: " + call.MethodName()); }

template <typename Entity>
Result<Answer> Refuse(const Call& call, Entity& /*entity*/) {
  return NotSupported(call);
}
template <typename Entity>
constexpr Route Later(Method method) {
  return To<&Refuse<Entity>>(method);
}
using rtc::Transport;

constexpr std::size_t kMethods = static_cast<std::size_t>(Method::MAX) + 1;

// Ordered by method number.
constexpr std::array<Route, kMethods> kRoutes = {{
    To<&DumpWorker>(Method::WORKER_DUMP),
    To<&ReadResourceUsage>(Method::WORKER_GET_RESOURCE_USAGE),
    To<&UpdateSettings>(Method::WORKER_UPDATE_SETTINGS),
    To<&CreateWebRtcServer>(Method::WORKER_CREATE_WEBRTCSERVER),
    To<&CreateRouter>(Method::WORKER_CREATE_ROUTER),
    To<&CloseWebRtcServer>(Method::WORKER_WEBRTCSERVER_CLOSE),
    To<&CloseRouter>(Method::WORKER_CLOSE_ROUTER),
    To<&DumpWebRtcServer>(Method::WEBRTCSERVER_DUMP),

    To<&DumpRouter>(Method::ROUTER_DUMP),
    To<&CreateWebRtcTransport>(Method::ROUTER_CREATE_WEBRTCTRANSPORT),
    To<&CreateWebRtcTransport>(Method::ROUTER_CREATE_WEBRTCTRANSPORT_WITH_SERVER),
    To<&CreatePlainTransport>(Method::ROUTER_CREATE_PLAINTRANSPORT),
    To<&CreatePipeTransport>(Method::ROUTER_CREATE_PIPETRANSPORT),
    To<&CreateDirectTransport>(Method::ROUTER_CREATE_DIRECTTRANSPORT),
    To<&CloseTransport>(Method::ROUTER_CLOSE_TRANSPORT),
    To<&CreateActiveSpeakerObserver>(Method::ROUTER_CREATE_ACTIVESPEAKEROBSERVER),
    To<&CreateAudioLevelObserver>(Method::ROUTER_CREATE_AUDIOLEVELOBSERVER),
    To<&CloseRtpObserver>(Method::ROUTER_CLOSE_RTPOBSERVER),

    To<&DumpTransport>(Method::TRANSPORT_DUMP),
    To<&TransportStats>(Method::TRANSPORT_GET_STATS),
    Later<Transport>(Method::TRANSPORT_CONNECT),
    To<&SetMaxIncomingBitrate>(Method::TRANSPORT_SET_MAX_INCOMING_BITRATE),
    To<&SetMaxOutgoingBitrate>(Method::TRANSPORT_SET_MAX_OUTGOING_BITRATE),
    To<&SetMinOutgoingBitrate>(Method::TRANSPORT_SET_MIN_OUTGOING_BITRATE),
    To<&RestartIce>(Method::TRANSPORT_RESTART_ICE),
    To<&Produce>(Method::TRANSPORT_PRODUCE),
    To<&ProduceData>(Method::TRANSPORT_PRODUCE_DATA),
    To<&Consume>(Method::TRANSPORT_CONSUME),
    To<&ConsumeData>(Method::TRANSPORT_CONSUME_DATA),
    To<&TraceTransport>(Method::TRANSPORT_ENABLE_TRACE_EVENT),
    To<&CloseProducer>(Method::TRANSPORT_CLOSE_PRODUCER),
    To<&CloseConsumer>(Method::TRANSPORT_CLOSE_CONSUMER),
    To<&CloseDataProducer>(Method::TRANSPORT_CLOSE_DATAPRODUCER),
    To<&CloseDataConsumer>(Method::TRANSPORT_CLOSE_DATACONSUMER),
    To<&ConnectPlainTransport>(Method::PLAINTRANSPORT_CONNECT),
    To<&ConnectPipeTransport>(Method::PIPETRANSPORT_CONNECT),
    To<&ConnectWebRtcTransport>(Method::WEBRTCTRANSPORT_CONNECT),

    To<&DumpProducer>(Method::PRODUCER_DUMP),
    To<&ProducerStats>(Method::PRODUCER_GET_STATS),
    To<&PauseProducer>(Method::PRODUCER_PAUSE),
    To<&ResumeProducer>(Method::PRODUCER_RESUME),
    To<&TraceProducer>(Method::PRODUCER_ENABLE_TRACE_EVENT),

    To<&DumpConsumer>(Method::CONSUMER_DUMP),
    To<&ConsumerStats>(Method::CONSUMER_GET_STATS),
    To<&PauseConsumer>(Method::CONSUMER_PAUSE),
    To<&ResumeConsumer>(Method::CONSUMER_RESUME),
    To<&SetPreferredLayers>(Method::CONSUMER_SET_PREFERRED_LAYERS),
    To<&SetPriority>(Method::CONSUMER_SET_PRIORITY),
    To<&RequestKeyFrame>(Method::CONSUMER_REQUEST_KEY_FRAME),
    To<&TraceConsumer>(Method::CONSUMER_ENABLE_TRACE_EVENT),

    To<&DumpDataProducer>(Method::DATAPRODUCER_DUMP),
    To<&DataProducerStats>(Method::DATAPRODUCER_GET_STATS),
    To<&PauseDataProducer>(Method::DATAPRODUCER_PAUSE),
    To<&ResumeDataProducer>(Method::DATAPRODUCER_RESUME),

    To<&DumpDataConsumer>(Method::DATACONSUMER_DUMP),
    To<&DataConsumerStats>(Method::DATACONSUMER_GET_STATS),
    To<&PauseDataConsumer>(Method::DATACONSUMER_PAUSE),
    To<&ResumeDataConsumer>(Method::DATACONSUMER_RESUME),
    To<&ReadBufferedAmount>(Method::DATACONSUMER_GET_BUFFERED_AMOUNT),
    To<&SetBufferedAmountLowThreshold>(Method::DATACONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD),
    To<&SendToDataConsumer>(Method::DATACONSUMER_SEND),
    To<&SetSubchannels>(Method::DATACONSUMER_SET_SUBCHANNELS),
    To<&AddSubchannel>(Method::DATACONSUMER_ADD_SUBCHANNEL),
    To<&RemoveSubchannel>(Method::DATACONSUMER_REMOVE_SUBCHANNEL),

    To<&PauseRtpObserver>(Method::RTPOBSERVER_PAUSE),
    To<&ResumeRtpObserver>(Method::RTPOBSERVER_RESUME),
    To<&AddObservedProducer>(Method::RTPOBSERVER_ADD_PRODUCER),
    To<&RemoveObservedProducer>(Method::RTPOBSERVER_REMOVE_PRODUCER),
}};

constexpr bool EachMethodAtItsNumber() {
  for (std::size_t i = 0; i < kRoutes.size(); ++i) {
    if (static_cast<std::size_t>(kRoutes[i].method) != i) return false;
  }
  return true;
}
static_assert(EachMethodAtItsNumber());

}  // namespace

Result<Answer> Dispatch(const Call& call) {
  const auto number = static_cast<std::size_t>(call.request.method());
  if (number >= kRoutes.size()) return GenericError("unknown method " + std::to_string(number));
  return kRoutes[number].run(call);
}

}  // namespace ringcast::channel
