#include <optional>
#include <string>

#include "channel/Enums.hpp"
#include "channel/Frame.hpp"
#include "channel/Text.hpp"
#include "channel/ToFbs.hpp"
#include "fbs/message_generated.h"
#include "ringcast/base/Log.hpp"
#include "ringcast/channel/Channel.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

// Notifications in both directions: packets and the close command from the controller, events to it.
namespace ringcast::channel {

namespace {

using FBS::Notification::Event;

// Rejected notifications can arrive at packet rate. All are counted, but only one per interval is logged.
constexpr Duration kWarningInterval = Seconds(10);

// Returns the field `data` of the notification's body, or nullopt if the body is missing or of another type.
template <typename Body>
std::optional<ByteView> Data(const FBS::Notification::Notification& notification) {
  if (notification.body_type() != FBS::Notification::BodyTraits<Body>::enum_value ||
      notification.body() == nullptr) {
    return std::nullopt;
  }
  const auto& data = *static_cast<const Body*>(notification.body())->data();
  return ByteView(data.data(), data.size());
}

Error NoSuch(const char* noun, std::string_view id) {
  return NotFoundError(noun + (" " + Quote(id)) + " not found");
}

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
      return FrameKind::kValue;
    case Event::DIRECTTRANSPORT_RTCP:
    case Event::CONSUMER_RTP:
      return FrameKind::kPacket;
    case Event::PRODUCER_TRACE:
    case Event::CONSUMER_TRACE:
    case Event::TRANSPORT_TRACE:
      return FrameKind::kTrace;
    default:
      return FrameKind::kStateChange;
  }
}

Error NoData() { return TypeError("it has not the body that belongs to it"); }

}  // namespace

// --- From the controller ---

Status Channel::Deliver(const FBS::Notification::Notification& notification, Instant now) {
  const auto handlerId = View(notification.handler_id());
  switch (notification.event()) {
    case Event::WORKER_CLOSE:
      closed_ = true;
      host_.Close();
      return OkStatus();
    case Event::TRANSPORT_SEND_RTCP: {
      auto* any = worker_->FindTransport(handlerId);
      if (any == nullptr) return NoSuch("transport", handlerId);
      auto* transport = rtc::OfKind<rtc::DirectTransport>(any);
      if (transport == nullptr)
        return GenericError("transport " + Quote(handlerId) + " is not a direct transport");
      const auto data = Data<FBS::Transport::SendRtcpNotification>(notification);
      return data ? transport->ReceiveFromController(*data, now) : NoData();
    }
    case Event::PRODUCER_SEND: {
      auto* producer = worker_->FindProducer(handlerId);
      if (producer == nullptr) return NoSuch("producer", handlerId);
      const auto data = Data<FBS::Producer::SendNotification>(notification);
      return data ? producer->Send(*data, now) : NoData();
    }
    case Event::DATAPRODUCER_SEND:
      return NoSuch("data producer", handlerId);
    default:
      return GenericError("it is not one that a controller sends");
  }
}

void Channel::OnNotification(const FBS::Notification::Notification& notification, Instant now) {
  counts_.Count(ChannelCount::kNotifications);
  // the notification may contain media, which must be sent before the next request is handled
  requestsBegun_ = false;
  const auto status = Deliver(notification, now);
  if (status) return;
  const auto& error = status.Failure();
  counts_.Count(error.kind == ErrorKind::kNotFound ? ChannelCount::kUnknownHandlers
                                                   : ChannelCount::kFailedNotifications);
  if (lastWarning_ && now - *lastWarning_ < kWarningInterval) return;
  lastWarning_ = now;
  const std::string name = FBS::Notification::EnumNameEvent(notification.event());
  log::Warn("channel: notification " +
            (name.empty() ? std::to_string(static_cast<unsigned>(notification.event())) : name) +
            " dropped: " + error.reason + " (up to now " +
            std::to_string(counts_[ChannelCount::kUnknownHandlers]) + " for unknown objects and " +
            std::to_string(counts_[ChannelCount::kFailedNotifications]) + " refused)");
}

// --- To the controller ---

template <typename Body>
void Channel::Notify(std::string_view handlerId, Event event, flatbuffers::Offset<Body> body) {
  PushNotification(handlerId, event, FBS::Notification::BodyTraits<Body>::enum_value, body.Union());
}

void Channel::Notify(std::string_view handlerId, Event event) {
  PushNotification(handlerId, event, FBS::Notification::Body::NONE, 0);
}

void Channel::PushNotification(std::string_view handlerId, Event event, FBS::Notification::Body type,
                               flatbuffers::Offset<void> body) {
  const auto id = notifications_.CreateString(handlerId.data(), handlerId.size());
  const auto notification = FBS::Notification::CreateNotification(notifications_, id, event, type, body);
  const auto frame = FinishFrame(notifications_, notification);
  if (const auto kind = KindOf(event); kind == FrameKind::kValue) {
    output_.PushValue(handlerId, static_cast<std::uint8_t>(event), frame);
  } else {
    output_.Push(kind, frame);
  }
  ReuseBuilder(notifications_);
}

void Channel::NotifyRunning(std::uint32_t pid) { Notify(std::to_string(pid), Event::WORKER_RUNNING); }

void Channel::PlainTransportTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(notifications_, tuple);
  Notify(transportId, Event::PLAINTRANSPORT_TUPLE,
         FBS::PlainTransport::CreateTupleNotification(notifications_, fbs));
}

void Channel::PlainTransportRtcpTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(notifications_, tuple);
  Notify(transportId, Event::PLAINTRANSPORT_RTCP_TUPLE,
         FBS::PlainTransport::CreateRtcpTupleNotification(notifications_, fbs));
}

void Channel::IceSelectedTuple(std::string_view transportId, const rtc::Tuple& tuple) {
  const auto fbs = ToFbs(notifications_, tuple);
  Notify(transportId, Event::WEBRTCTRANSPORT_ICE_SELECTED_TUPLE_CHANGE,
         FBS::WebRtcTransport::CreateIceSelectedTupleChangeNotification(notifications_, fbs));
}

void Channel::IceState(std::string_view transportId, ice::AgentState state) {
  Notify(transportId, Event::WEBRTCTRANSPORT_ICE_STATE_CHANGE,
         FBS::WebRtcTransport::CreateIceStateChangeNotification(notifications_, ToFbs(state)));
}

void Channel::DtlsState(std::string_view transportId, dtls::State state, std::string_view remoteCertificate) {
  const auto certificate = remoteCertificate.empty() ? flatbuffers::Offset<flatbuffers::String>()
                                                     : notifications_.CreateString(remoteCertificate.data(),
                                                                                   remoteCertificate.size());
  Notify(transportId, Event::WEBRTCTRANSPORT_DTLS_STATE_CHANGE,
         FBS::WebRtcTransport::CreateDtlsStateChangeNotification(notifications_, ToFbs(state), certificate));
}

void Channel::DirectTransportRtcp(std::string_view transportId, ByteView compound) {
  const auto data = notifications_.CreateVector(compound.data(), compound.size());
  Notify(transportId, Event::DIRECTTRANSPORT_RTCP,
         FBS::DirectTransport::CreateRtcpNotification(notifications_, data));
}

void Channel::ProducerScores(std::string_view producerId, const std::vector<rtc::ProducerScore>& scores) {
  const auto fbs = ListToFbs(notifications_, scores, [this](const rtc::ProducerScore& score) {
    return ToFbs(notifications_, score);
  });
  Notify(producerId, Event::PRODUCER_SCORE, FBS::Producer::CreateScoreNotification(notifications_, fbs));
}

void Channel::ProducerVideoOrientation(std::string_view producerId,
                                       const rtp::VideoOrientation& orientation) {
  Notify(producerId, Event::PRODUCER_VIDEO_ORIENTATION_CHANGE,
         FBS::Producer::CreateVideoOrientationChangeNotification(notifications_, orientation.camera,
                                                                 orientation.flip, orientation.rotation));
}

void Channel::ProducerTrace(std::string_view producerId, const rtc::Trace<rtc::ProducerTraceEvent>& trace) {
  Notify(producerId, Event::PRODUCER_TRACE, ToFbs(notifications_, trace));
}

void Channel::ConsumerProducerPause(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_PAUSE);
}

void Channel::ConsumerProducerResume(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_RESUME);
}

void Channel::ConsumerProducerClose(std::string_view consumerId) {
  Notify(consumerId, Event::CONSUMER_PRODUCER_CLOSE);
}

void Channel::ConsumerScores(std::string_view consumerId, const rtc::ConsumerScore& score) {
  const auto fbs = ToFbs(notifications_, score);
  Notify(consumerId, Event::CONSUMER_SCORE, FBS::Consumer::CreateScoreNotification(notifications_, fbs));
}

void Channel::ConsumerLayersChange(std::string_view consumerId,
                                   const std::optional<rtc::ConsumerLayers>& layers) {
  const auto fbs = LayersIfAny(notifications_, layers);
  Notify(consumerId, Event::CONSUMER_LAYERS_CHANGE,
         FBS::Consumer::CreateLayersChangeNotification(notifications_, fbs));
}

void Channel::ConsumerTrace(std::string_view consumerId, const rtc::Trace<rtc::ConsumerTraceEvent>& trace) {
  Notify(consumerId, Event::CONSUMER_TRACE, ToFbs(notifications_, trace));
}

void Channel::ConsumerRtp(std::string_view consumerId, ByteView packet) {
  const auto data = notifications_.CreateVector(packet.data(), packet.size());
  Notify(consumerId, Event::CONSUMER_RTP, FBS::Consumer::CreateRtpNotification(notifications_, data));
}

}  // namespace ringcast::channel
