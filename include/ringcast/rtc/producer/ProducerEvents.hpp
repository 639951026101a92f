#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/rtc/Notifier.hpp"
#include "ringcast/rtc/producer/ProducerStream.hpp"
#include "ringcast/rtc/producer/TraceEvents.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/Reports.hpp"
#include "ringcast/rtp/VideoOrientation.hpp"

namespace ringcast::rtc {

// Notifies the controller of what happens at one producer: video orientation, and the trace events that the
// controller selected. Logs and counts what the controller is not notified of.
class ProducerEvents {
 public:
  ProducerEvents(Notifier& notifier, KeyFrameRequestCounts& keyFrameRequests, std::string producerId)
      : notifier_(notifier), keyFrameRequests_(keyFrameRequests), id_(std::move(producerId)) {}

  void Select(std::vector<ProducerTraceEvent> events) { selected_.Set(std::move(events)); }
  [[nodiscard]] const std::vector<ProducerTraceEvent>& Selected() const { return selected_.Events(); }

  void OnPacket(const RoutedPacket& routed, bool retransmission) {
    if (selected_.Packets()) TracePacket(routed, retransmission);
  }
  // Notifies of an orientation that differs from the last one.
  void OnVideoOrientation(const rtp::Packet& packet) {
    if ((packet.Extensions() & rtp::SetOf(rtp::Extension::kVideoOrientation)) != 0) NoteOrientation(packet);
  }
  void OnSenderReport(Ssrc ssrc, const rtp::SenderInfo& info, Instant now);
  void OnKeyFrameRequestSent(KeyFrameRequest request, Ssrc ssrc, Instant now);
  void OnKeyFrameRequestSuppressed(Ssrc ssrc);
  void OnNackSent(Instant now);
  // Packets of a stream arrive, or do so again.
  void OnActive(const RtpStreamParams& stream) const;
  // Its packets stopped, or its sender ended it.
  void OnInactive(const RtpStreamParams& stream) const;

 private:
  void NoteOrientation(const rtp::Packet& packet);
  void TracePacket(const RoutedPacket& routed, bool retransmission);
  void Trace(ProducerTraceEvent event, TraceDirection direction, TraceInfo info, Instant now);

  Notifier& notifier_;
  KeyFrameRequestCounts& keyFrameRequests_;
  std::string id_;
  TraceSelection<ProducerTraceEvent> selected_;
  std::optional<rtp::VideoOrientation> orientation_;  // of the last notification
};

}  // namespace ringcast::rtc
