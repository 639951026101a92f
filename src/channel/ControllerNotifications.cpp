#include <optional>
#include <string>

#include "channel/FromFbs.hpp"
#include "channel/Text.hpp"
#include "fbs/message_generated.h"
#include "ringcast/base/Log.hpp"
#include "ringcast/channel/Channel.hpp"
#include "ringcast/rtc/data/DataProducer.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/DirectTransport.hpp"
#include "ringcast/rtc/worker/Worker.hpp"

// Notifications from the controller: packets and the command to close.
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

Error NoData() { return TypeError("it has not the body that belongs to it"); }

}  // namespace

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
    case Event::DATAPRODUCER_SEND: {
      auto* producer = worker_->FindDataProducer(handlerId);
      if (producer == nullptr) return NoSuch("data producer", handlerId);
      const auto* body = notification.body_as_DataProducer_SendNotification();
      if (body == nullptr) return NoData();
      const auto message = FromFbs(*body);
      if (!message) return message.Failure();
      return producer->Send(*message, now);
    }
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

}  // namespace ringcast::channel
