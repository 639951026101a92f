#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ringcast/rtc/Notifier.hpp"

namespace ringcast::rtc {

// Passes all notifications to the next notifier. Subclasses override those that they change.
class ForwardingNotifier : public Notifier {
 public:
  explicit ForwardingNotifier(Notifier& next) : next_(next) {}

  void PlainTransportTuple(std::string_view transportId, const Tuple& tuple) override {
    next_.PlainTransportTuple(transportId, tuple);
  }
  void PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) override {
    next_.PlainTransportRtcpTuple(transportId, tuple);
  }
  void IceSelectedTuple(std::string_view transportId, const Tuple& tuple) override {
    next_.IceSelectedTuple(transportId, tuple);
  }
  void IceState(std::string_view transportId, ice::AgentState state) override {
    next_.IceState(transportId, state);
  }
  void DtlsState(std::string_view transportId, dtls::State state,
                 std::string_view remoteCertificate) override {
    next_.DtlsState(transportId, state, remoteCertificate);
  }
  void SctpState(std::string_view transportId, sctp::State state) override {
    next_.SctpState(transportId, state);
  }
  void SctpCapabilities(std::string_view transportId, const rtc::SctpCapabilities& capabilities) override {
    next_.SctpCapabilities(transportId, capabilities);
  }
  void DirectTransportRtcp(std::string_view transportId, ByteView compound) override {
    next_.DirectTransportRtcp(transportId, compound);
  }
  void ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) override {
    next_.ProducerScores(producerId, scores);
  }
  void ProducerVideoOrientation(std::string_view producerId,
                                const rtp::VideoOrientation& orientation) override {
    next_.ProducerVideoOrientation(producerId, orientation);
  }
  void ProducerTrace(std::string_view producerId, const Trace<ProducerTraceEvent>& trace) override {
    next_.ProducerTrace(producerId, trace);
  }
  void ConsumerProducerPause(std::string_view consumerId) override {
    next_.ConsumerProducerPause(consumerId);
  }
  void ConsumerProducerResume(std::string_view consumerId) override {
    next_.ConsumerProducerResume(consumerId);
  }
  void ConsumerProducerClose(std::string_view consumerId) override {
    next_.ConsumerProducerClose(consumerId);
  }
  void ConsumerScores(std::string_view consumerId, const ConsumerScore& score) override {
    next_.ConsumerScores(consumerId, score);
  }
  void ConsumerLayersChange(std::string_view consumerId,
                            const std::optional<ConsumerLayers>& layers) override {
    next_.ConsumerLayersChange(consumerId, layers);
  }
  void ConsumerTrace(std::string_view consumerId, const Trace<ConsumerTraceEvent>& trace) override {
    next_.ConsumerTrace(consumerId, trace);
  }
  void ConsumerRtp(std::string_view consumerId, ByteView packet) override {
    next_.ConsumerRtp(consumerId, packet);
  }
  void DataConsumerProducerPause(std::string_view consumerId) override {
    next_.DataConsumerProducerPause(consumerId);
  }
  void DataConsumerProducerResume(std::string_view consumerId) override {
    next_.DataConsumerProducerResume(consumerId);
  }
  void DataConsumerProducerClose(std::string_view consumerId) override {
    next_.DataConsumerProducerClose(consumerId);
  }
  void DataConsumerSendBufferFull(std::string_view consumerId) override {
    next_.DataConsumerSendBufferFull(consumerId);
  }
  void DataConsumerBufferedAmountLow(std::string_view consumerId, std::uint32_t bytes) override {
    next_.DataConsumerBufferedAmountLow(consumerId, bytes);
  }
  void DataConsumerMessage(std::string_view consumerId, std::uint32_t ppid, ByteView payload) override {
    next_.DataConsumerMessage(consumerId, ppid, payload);
  }
  void DominantSpeaker(std::string_view observerId, std::string_view producerId) override {
    next_.DominantSpeaker(observerId, producerId);
  }
  void AudioLevels(std::string_view observerId, const std::vector<ProducerAudioLevel>& levels) override {
    next_.AudioLevels(observerId, levels);
  }
  void AudioSilence(std::string_view observerId) override { next_.AudioSilence(observerId); }

 protected:
  [[nodiscard]] Notifier& Next() { return next_; }

 private:
  Notifier& next_;
};

}  // namespace ringcast::rtc
