#include "ringcast/channel/NotificationSender.hpp"

#include <string>

#include "channel/Enums.hpp"
#include "channel/Frame.hpp"
#include "channel/ToFbs.hpp"
#include "fbs/message_generated.h"

namespace ringcast::channel {

namespace {

using FBS::Notification::Event;

// Returns the kind that determines when the output queue drops the notification.
FrameKind KindOf(Event event) {
  switch (event) {
    case Event::PLAINTRANSPORT_TUPLE:
    case Event::PLAINTRANSPORT_RTCP_TUPLE:
    case Event::WEBRTCTRANSPORT_ICE_SELECTED_TUPLE_CHANGE:
    case Event::WEBRTCTRANSPORT_ICE_STATE_CHANGE:
    case Event::PRODUCER_SCORE:
    case Event::PRODUCER_VIDEO_ORIENTATION_CHANGE:
    case Event::CONSUMER_SCORE:
    case Event::CONSUMER_LAYERS_CHANGE:
    case Event::DATACONSUMER_SCTP_SENDBUFFER_FULL:
    case Event::DATACONSUMER_BUFFERED_AMOUNT_LOW:
    case Event::ACTIVESPEAKEROBSERVER_DOMINANT_SPEAKER:
    case Event::AUDIOLEVELOBSERVER_VOLUMES:
    case Event::AUDIOLEVELOBSERVER_SILENCE:
      return FrameKind::kValue;
    case Event::DIRECTTRANSPORT_RTCP:
    case Event::CONSUMER_RTP:
    case Event::DATACONSUMER_MESSAGE:
      return FrameKind::kPacket;
    case Event::PRODUCER_TRACE:
    case Event::CONSUMER_TRACE:
    case Event::TRANSPORT_TRACE:
      return FrameKind::kTrace;
    default:
      return FrameKind::kStateChange;
  }
}

// Returns the event whose queued value this one replaces.
Event Replaced(Event event) {
  return event == Event::AUDIOLEVELOBSERVER_SILENCE ? Event::AUDIOLEVELOBSERVER_VOLUMES : event;
}

}  // namespace

NotificationSender::NotificationSender(OutputQueue& output) : output_(output), builder_(kBuilderSize) {}

template <typename Body>
void NotificationSender::Notify(std::string_view handlerId, Event event, flatbuffers::Offset<Body> body) {
  Push(handlerId, event, FBS::Notification::BodyTraits<Body>::enum_value, body.Union());
}

void NotificationSender::Notify(std::string_view handlerId, Event event) {
  Push(handlerId, event, FBS::Notification::Body::NONE, 0);
}

void NotificationSender::Push(std::string_view handlerId, Event event, FBS::Notification::Body type,
                              flatbuffers::Offset<void> body) {
  const auto id = builder_.CreateString(handlerId.data(), handlerId.size());
  const auto notification = FBS::Notification::CreateNotification(builder_, id, event, type, body);
  const auto frame = FinishFrame(builder_, notification);
  if (const auto kind = KindOf(event); kind == FrameKind::kValue) {
    output_.PushValue(handlerId, static_cast<std::uint8_t>(Replaced(event)), frame);
  } else {
    output_.Push(kind, frame);
  }
  ReuseBuilder(builder_);
}

void NotificationSender::WorkerRunning(std::uint32_t pid) {
  Notify(std::to_string(pid), Event::WORKER_RUNNING);
}

void NotificationSender::PlainTransportTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(builder_, tuple);
  Notify(transportId, Event::PLAINTRANSPORT_TUPLE,
         FBS::PlainTransport::CreateTupleNotification(builder_, fbs));
}

void NotificationSender::PlainTransportRtcpTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(builder_, tuple);
  Notify(transportId, Event::PLAINTRANSPORT_RTCP_TUPLE,
         FBS::PlainTransport::CreateRtcpTupleNotification(builder_, fbs));
}

void NotificationSender::IceSelectedTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(builder_, tuple);
  Notify(transportId, Event::WEBRTCTRANSPORT_ICE_SELECTED_TUPLE_CHANGE,
         FBS::WebRtcTransport::CreateIceSelectedTupleChangeNotification(builder_, fbs));
}

void NotificationSender::IceState(std::string_view transportId, ice::AgentState state) {
  Notify(transportId, Event::WEBRTCTRANSPORT_ICE_STATE_CHANGE,
         FBS::WebRtcTransport::CreateIceStateChangeNotification(builder_, ToFbs(state)));
}

void NotificationSender::DtlsState(std::string_view transportId, dtls::State state,
                                   std::string_view remoteCertificate) {
  const auto certificate = remoteCertificate.empty()
                               ? flatbuffers::Offset<flatbuffers::String>()
                               : builder_.CreateString(remoteCertificate.data(), remoteCertificate.size());
  Notify(transportId, Event::WEBRTCTRANSPORT_DTLS_STATE_CHANGE,
         FBS::WebRtcTransport::CreateDtlsStateChangeNotification(builder_, ToFbs(state), certificate));
}

void NotificationSender::SctpState(std::string_view transportId, sctp::State state) {
  Notify(transportId, Event::TRANSPORT_SCTP_STATE_CHANGE,
         FBS::Transport::CreateSctpStateChangeNotification(builder_, ToFbs(state)));
}

void NotificationSender::SctpCapabilities(std::string_view transportId,
                                          const rtc::SctpCapabilities& capabilities) {
  const auto fbs = ToFbs(builder_, capabilities);
  Notify(transportId, Event::TRANSPORT_SCTP_NEGOTIATED_CAPABILITIES,
         FBS::Transport::CreateSctpNegotiatedCapabilitiesNotification(builder_, fbs));
}

void NotificationSender::DirectTransportRtcp(std::string_view transportId, ByteView compound) {
  const auto data = builder_.CreateVector(compound.data(), compound.size());
  Notify(transportId, Event::DIRECTTRANSPORT_RTCP,
         FBS::DirectTransport::CreateRtcpNotification(builder_, data));
}

void NotificationSender::ProducerScores(std::string_view producerId,
                                        const std::vector<rtc::ProducerScore>& scores) {
  const auto fbs =
      ListToFbs(builder_, scores, [this](const rtc::ProducerScore& score) { return ToFbs(builder_, score); });
  Notify(producerId, Event::PRODUCER_SCORE, FBS::Producer::CreateScoreNotification(builder_, fbs));
}

void NotificationSender::ProducerVideoOrientation(std::string_view producerId,
                                                  const rtp::VideoOrientation& orientation) {
  Notify(producerId, Event::PRODUCER_VIDEO_ORIENTATION_CHANGE,
         FBS::Producer::CreateVideoOrientationChangeNotification(builder_, orientation.camera,
                                                                 orientation.flip, orientation.rotation));
}

void NotificationSender::ProducerTrace(std::string_view producerId,
                                       const rtc::Trace<rtc::ProducerTraceEvent>& trace) {
  Notify(producerId, Event::PRODUCER_TRACE, ToFbs(builder_, trace));
}

void NotificationSender::ConsumerProducerPause(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_PAUSE);
}

void NotificationSender::ConsumerProducerResume(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_RESUME);
}

void NotificationSender::ConsumerProducerClose(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_CLOSE);
}

void NotificationSender::ConsumerScores(std::string_view consumerId, const rtc::ConsumerScore& score) {
  const auto fbs = ToFbs(builder_, score);
  Notify(consumerId, Event::CONSUMER_SCORE, FBS::Consumer::CreateScoreNotification(builder_, fbs));
}

void NotificationSender::ConsumerLayersChange(std::string_view consumerId,
                                              const std::optional<rtc::ConsumerLayers>& layers) {
  const auto fbs = LayersIfAny(builder_, layers);
  Notify(consumerId, Event::CONSUMER_LAYERS_CHANGE,
         FBS::Consumer::CreateLayersChangeNotification(builder_, fbs));
}

void NotificationSender::ConsumerTrace(std::string_view consumerId,
                                       const rtc::Trace<rtc::ConsumerTraceEvent>& trace) {
  Notify(consumerId, Event::CONSUMER_TRACE, ToFbs(builder_, trace));
}

void NotificationSender::ConsumerRtp(std::string_view consumerId, ByteView packet) {
  const auto data = builder_.CreateVector(packet.data(), packet.size());
  Notify(consumerId, Event::CONSUMER_RTP, FBS::Consumer::CreateRtpNotification(builder_, data));
}

void NotificationSender::DataConsumerProducerPause(std::string_view consumerId) {
  Notify(consumerId, Event::DATACONSUMER_DATAPRODUCER_PAUSE);
}

void NotificationSender::DataConsumerProducerResume(std::string_view consumerId) {
  Notify(consumerId, Event::DATACONSUMER_DATAPRODUCER_RESUME);
}

void NotificationSender::DataConsumerProducerClose(std::string_view consumerId) {
  Notify(consumerId, Event::DATACONSUMER_DATAPRODUCER_CLOSE);
}

void NotificationSender::DataConsumerSendBufferFull(std::string_view consumerId) {
  Notify(consumerId, Event::DATACONSUMER_SCTP_SENDBUFFER_FULL);
}

void NotificationSender::DataConsumerBufferedAmountLow(std::string_view consumerId, std::uint32_t bytes) {
  Notify(consumerId, Event::DATACONSUMER_BUFFERED_AMOUNT_LOW,
         FBS::DataConsumer::CreateBufferedAmountLowNotification(builder_, bytes));
}

void NotificationSender::DataConsumerMessage(std::string_view consumerId, std::uint32_t ppid,
                                             ByteView payload) {
  const auto data = builder_.CreateVector(payload.data(), payload.size());
  Notify(consumerId, Event::DATACONSUMER_MESSAGE,
         FBS::DataConsumer::CreateMessageNotification(builder_, ppid, data));
}

void NotificationSender::DominantSpeaker(std::string_view observerId, std::string_view producerId) {
  const auto id = builder_.CreateString(producerId.data(), producerId.size());
  Notify(observerId, Event::ACTIVESPEAKEROBSERVER_DOMINANT_SPEAKER,
         FBS::ActiveSpeakerObserver::CreateDominantSpeakerNotification(builder_, id));
}

void NotificationSender::AudioLevels(std::string_view observerId,
                                     const std::vector<rtc::ProducerAudioLevel>& levels) {
  const auto fbs = ListToFbs(builder_, levels, [this](const rtc::ProducerAudioLevel& level) {
    const auto id = builder_.CreateString(level.producerId);
    return FBS::AudioLevelObserver::CreateVolume(builder_, id, level.level);
  });
  Notify(observerId, Event::AUDIOLEVELOBSERVER_VOLUMES,
         FBS::AudioLevelObserver::CreateVolumesNotification(builder_, fbs));
}

void NotificationSender::AudioSilence(std::string_view observerId) {
  Notify(observerId, Event::AUDIOLEVELOBSERVER_SILENCE);
}

}  // namespace ringcast::channel
