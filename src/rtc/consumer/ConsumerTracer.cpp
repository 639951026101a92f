#include "ringcast/rtc/consumer/ConsumerTracer.hpp"

namespace ringcast::rtc {

void ConsumerTracer::TracePacket(const RoutedPacket& routed, const rtp::RtpRewrite& rewrite, Instant now) {
  const auto event = selection_.ForPacket(routed.frame.keyFrame);
  if (!event) return;
  Notify(*event, TraceDirection::kOut,
         DescribePacket(routed.packet, rewrite, {.keyFrame = routed.frame.keyFrame}), now);
}

void ConsumerTracer::OnKeyFrameRequest(ConsumerTraceEvent event, Ssrc ssrc, Instant now) {
  if (selection_.Has(event)) Notify(event, TraceDirection::kIn, TracedRequest{ssrc}, now);
}

void ConsumerTracer::OnNack(Instant now) {
  if (selection_.Has(ConsumerTraceEvent::kNack))
    Notify(ConsumerTraceEvent::kNack, TraceDirection::kIn, {}, now);
}

void ConsumerTracer::Notify(ConsumerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now) {
  notifier_.ConsumerTrace(consumerId_, {event, ToTimestampMs(now), direction, std::move(info)});
}

}  // namespace ringcast::rtc
