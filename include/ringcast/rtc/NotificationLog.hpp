#pragma once

#include "ringcast/rtc/Notifier.hpp"

namespace ringcast::rtc {

// Logs the state changes that the controller is notified of, with their tags, and forwards all notifications.
// It stands behind the NotificationLimiter, so a participant cannot flood the log through it.
class NotificationLog final : public Notifier {
 public:
  explicit NotificationLog(Notifier& next) : next_(next) {}

  void PlainTransportTuple(std::string_view transportId, const Tuple& tuple) override;
  void PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceSelectedTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceState(std::string_view transportId, ice::AgentState state) override;
  void DtlsState(std::string_view transportId, dtls::State state,
                 std::string_view remoteCertificate) override;
  void DirectTransportRtcp(std::string_view transportId, ByteView compound) override;
  void ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) override;
  void ProducerVideoOrientation(std::string_view producerId,
                                const rtp::VideoOrientation& orientation) override;
  void ProducerTrace(std::string_view producerId, const Trace<ProducerTraceEvent>& trace) override;
  void ConsumerProducerPause(std::string_view consumerId) override;
  void ConsumerProducerResume(std::string_view consumerId) override;
  void ConsumerProducerClose(std::string_view consumerId) override;
  void ConsumerScores(std::string_view consumerId, const ConsumerScore& score) override;
  void ConsumerLayersChange(std::string_view consumerId,
                            const std::optional<ConsumerLayers>& layers) override;
  void ConsumerTrace(std::string_view consumerId, const Trace<ConsumerTraceEvent>& trace) override;
  void ConsumerRtp(std::string_view consumerId, ByteView packet) override;

 private:
  Notifier& next_;
};

}  // namespace ringcast::rtc
