#include "ringcast/rtc/NotificationLimiter.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtc {

namespace {

// Notifications carry no time. A timer with a deadline in the past fires before the loop sleeps, and has it.
constexpr Instant kAtOnce{};

}  // namespace

NotificationLimiter::NotificationLimiter(Notifier& next, TimerQueue& timers)
    : ForwardingNotifier(next), timer_(timers, [this](Instant now) { OnTimeout(now); }) {}

// --- Values: limited ---

void NotificationLimiter::PlainTransportTuple(std::string_view transportId, const Tuple& tuple) {
  Submit(Kind::kTuple, transportId, tuple);
}

void NotificationLimiter::PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) {
  Submit(Kind::kRtcpTuple, transportId, tuple);
}

void NotificationLimiter::IceSelectedTuple(std::string_view transportId, const Tuple& tuple) {
  Submit(Kind::kIceTuple, transportId, tuple);
}

void NotificationLimiter::IceState(std::string_view transportId, ice::AgentState state) {
  Submit(Kind::kIceState, transportId, state);
}

void NotificationLimiter::ProducerScores(std::string_view producerId,
                                         const std::vector<ProducerScore>& scores) {
  Submit(Kind::kProducerScores, producerId, scores);
}

void NotificationLimiter::ProducerVideoOrientation(std::string_view producerId,
                                                   const rtp::VideoOrientation& orientation) {
  Submit(Kind::kVideoOrientation, producerId, orientation);
}

void NotificationLimiter::ConsumerScores(std::string_view consumerId, const ConsumerScore& score) {
  Submit(Kind::kConsumerScore, consumerId, score);
}

void NotificationLimiter::ConsumerLayersChange(std::string_view consumerId,
                                               const std::optional<ConsumerLayers>& layers) {
  Submit(Kind::kLayers, consumerId, layers);
}

// --- State changes, packets and trace events: forwarded at once ---

void NotificationLimiter::ConsumerProducerClose(std::string_view consumerId) {
  Forget(consumerId);
  Next().ConsumerProducerClose(consumerId);
}

// --- Intervals ---

void NotificationLimiter::Forget(std::string_view id) {
  const auto found = recent_.find(id);
  if (found != recent_.end()) recent_.erase(found);
  if (!recent_.empty()) return;
  intervals_.clear();
  timer_.Set(std::nullopt);
}

void NotificationLimiter::Submit(Kind kind, std::string_view id, Value value) {
  auto object = recent_.find(id);
  if (object == recent_.end()) object = recent_.emplace(id, std::vector<Report>()).first;
  auto& reports = object->second;
  const auto report = std::find_if(reports.begin(), reports.end(),
                                   [kind](const Report& candidate) { return candidate.kind == kind; });
  if (report == reports.end()) {
    Forward(kind, id, value);
    reports.push_back({kind, ++intervalsBegun_, std::move(value), std::nullopt});
    intervals_.push_back({intervalsBegun_, object->first, kind, std::nullopt});
    timer_.Set(kAtOnce);
    return;
  }
  if (report->latest) ++coalesced_;
  if (value == report->forwarded) {
    ++coalesced_;
    report->latest.reset();
  } else {
    report->latest = std::move(value);
  }
}

void NotificationLimiter::OnTimeout(Instant now) {
  for (auto interval = intervals_.rbegin(); interval != intervals_.rend() && !interval->end; ++interval)
    interval->end = now + kInterval;
  while (!intervals_.empty() && now >= *intervals_.front().end) {
    const auto interval = std::move(intervals_.front());
    intervals_.pop_front();
    End(interval, now);
  }
  timer_.Set(intervals_.empty() ? std::nullopt : intervals_.front().end);
}

void NotificationLimiter::End(const Interval& interval, Instant now) {
  const auto object = recent_.find(interval.id);
  if (object == recent_.end()) return;
  auto& reports = object->second;
  const auto report = std::find_if(reports.begin(), reports.end(), [&interval](const Report& candidate) {
    return candidate.interval == interval.number;
  });
  if (report == reports.end()) return;  // the object closed, and its id was used again
  if (!report->latest) {
    reports.erase(report);
    if (reports.empty()) recent_.erase(object);
    return;
  }
  report->forwarded = std::move(*report->latest);
  report->latest.reset();
  report->interval = ++intervalsBegun_;
  intervals_.push_back({intervalsBegun_, interval.id, interval.kind, now + kInterval});
  Forward(interval.kind, interval.id, report->forwarded);
}

void NotificationLimiter::Forward(Kind kind, std::string_view id, const Value& value) {
  switch (kind) {
    case Kind::kTuple:
      return Next().PlainTransportTuple(id, std::get<Tuple>(value));
    case Kind::kRtcpTuple:
      return Next().PlainTransportRtcpTuple(id, std::get<Tuple>(value));
    case Kind::kIceTuple:
      return Next().IceSelectedTuple(id, std::get<Tuple>(value));
    case Kind::kIceState:
      return Next().IceState(id, std::get<ice::AgentState>(value));
    case Kind::kProducerScores:
      return Next().ProducerScores(id, std::get<std::vector<ProducerScore>>(value));
    case Kind::kVideoOrientation:
      return Next().ProducerVideoOrientation(id, std::get<rtp::VideoOrientation>(value));
    case Kind::kConsumerScore:
      return Next().ConsumerScores(id, std::get<ConsumerScore>(value));
    case Kind::kLayers:
      return Next().ConsumerLayersChange(id, std::get<std::optional<ConsumerLayers>>(value));
  }
}

}  // namespace ringcast::rtc
