#include "ringcast/rtc/observer/RtpObserver.hpp"

#include <algorithm>
#include <utility>

#include "ringcast/base/Log.hpp"
#include "ringcast/rtc/producer/Producer.hpp"
#include "ringcast/rtc/transport/Transport.hpp"

namespace ringcast::rtc {

RtpObserver::RtpObserver(WorkerContext& context, Router& router, std::string id, std::uint16_t intervalMs)
    : context_(context),
      router_(router),
      id_(std::move(id)),
      interval_(std::max<Duration>(Milliseconds(intervalMs), kShortestInterval)),
      timer_(context.environment.timers, [this](Instant now) { OnTimeout(now); }),
      entry_(context.observers.Add(id_, *this)) {}

RtpObserver::~RtpObserver() { context_.notifier.Forget(id_); }

void RtpObserver::Pause() {
  paused_ = true;
  timer_.Disarm();
  Reset();
}

void RtpObserver::Resume(Instant now) {
  if (!paused_) return;
  paused_ = false;
  Start(now);
}

Status RtpObserver::AddProducer(const std::string& producerId, Instant now) {
  auto* producer = context_.producers.Find(producerId);
  if (producer == nullptr || &producer->Owner().Owner() != &router_) {
    return NotFoundError("producer \"" + producerId + "\" not found in router \"" + router_.Id() + "\"");
  }
  if (producer->Kind() != MediaKind::kAudio)
    return TypeError("producer \"" + producerId + "\" is not an audio producer");
  if (Has(producerId)) return OkStatus();
  if (!producer->Extensions().Id(rtp::Extension::kAudioLevel)) {
    log::Warn(log::Tag::kRtp, "RTP observer ", id_, ": producer ", producerId,
              " has not negotiated the header extension for audio levels (RFC 6464)");
  }
  Add(*producer);
  if (!paused_) Start(now);
  return OkStatus();
}

Status RtpObserver::RemoveProducer(std::string_view producerId) {
  if (!Remove(producerId)) {
    return NotFoundError("producer \"" + std::string(producerId) + "\" not found in RTP observer \"" + id_ +
                         "\"");
  }
  return OkStatus();
}

void RtpObserver::ArmAt(Instant deadline) {
  if (!timer_.Armed()) timer_.ArmAt(deadline);
}

}  // namespace ringcast::rtc
