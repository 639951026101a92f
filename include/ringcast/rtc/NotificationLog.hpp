#pragma once

#include "ringcast/rtc/ForwardingNotifier.hpp"

namespace ringcast::rtc {

// Logs the state changes that the controller is notified of, with their tags, and forwards all notifications.
// It stands behind the NotificationLimiter, so a participant cannot flood the log through it.
class NotificationLog final : public ForwardingNotifier {
 public:
  using ForwardingNotifier::ForwardingNotifier;

  void PlainTransportTuple(std::string_view transportId, const Tuple& tuple) override;
  void PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceSelectedTuple(std::string_view transportId, const Tuple& tuple) override;
  void IceState(std::string_view transportId, ice::AgentState state) override;
  void DtlsState(std::string_view transportId, dtls::State state,
                 std::string_view remoteCertificate) override;
  void ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) override;
  void ConsumerProducerPause(std::string_view consumerId) override;
  void ConsumerProducerResume(std::string_view consumerId) override;
  void ConsumerProducerClose(std::string_view consumerId) override;
  void ConsumerScores(std::string_view consumerId, const ConsumerScore& score) override;
};

}  // namespace ringcast::rtc
