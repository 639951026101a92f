#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Notifier.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/producer/TraceEvents.hpp"
#include "ringcast/rtp/Rewrite.hpp"

namespace ringcast::rtc {

// Sends the trace events of one consumer that the controller enabled.
class ConsumerTracer {
 public:
  // Both outlive the tracer.
  ConsumerTracer(Notifier& notifier, const std::string& consumerId)
      : notifier_(notifier), consumerId_(consumerId) {}

  void Enable(std::vector<ConsumerTraceEvent> events) { selection_.Set(std::move(events)); }
  [[nodiscard]] const std::vector<ConsumerTraceEvent>& Events() const { return selection_.Events(); }

  void OnPacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now) {
    if (selection_.Packets()) TracePacket(routed, rewrite, now);
  }
  // `event`: kPli or kFir.
  void OnKeyFrameRequest(ConsumerTraceEvent event, Ssrc ssrc, Instant now);
  void OnNack(Instant now);

 private:
  void TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now);
  void Notify(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now);

  Notifier& notifier_;
  const std::string& consumerId_;
  TraceSelection<ConsumerTraceEvent> selection_;
};

}  // namespace ringcast::rtc
