#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ringcast/rtc/Notifier.hpp"

namespace ringcast::bench {

// Ignores all notifications: a benchmark has no controller.
class SilentNotifier : public rtc::Notifier {
 public:
  void PlainTransportTuple(std::string_view /*id*/, const rtc::Tuple& /*tuple*/) override {}
  void PlainTransportRtcpTuple(std::string_view /*id*/, const rtc::Tuple& /*tuple*/) override {}
  void IceSelectedTuple(std::string_view /*id*/, const rtc::Tuple& /*tuple*/) override {}
  void IceState(std::string_view /*id*/, ice::AgentState /*state*/) override {}
  void DtlsState(std::string_view /*id*/, dtls::State /*state*/,
                 std::string_view /*remoteCertificate*/) override {}
  void SctpState(std::string_view /*id*/, sctp::State /*state*/) override {}
  void SctpCapabilities(std::string_view /*id*/, const rtc::SctpCapabilities& /*capabilities*/) override {}
  void DirectTransportRtcp(std::string_view /*id*/, ByteView /*compound*/) override {}
  void ProducerScores(std::string_view /*id*/, const std::vector<rtc::ProducerScore>& /*scores*/) override {}
  void ProducerVideoOrientation(std::string_view /*id*/,
                                const rtp::VideoOrientation& /*orientation*/) override {}
  void ProducerTrace(std::string_view /*id*/, const rtc::Trace<rtc::ProducerTraceEvent>& /*trace*/) override {
  }
  void ConsumerProducerPause(std::string_view /*id*/) override {}
  void ConsumerProducerResume(std::string_view /*id*/) override {}
  void ConsumerProducerClose(std::string_view /*id*/) override {}
  void ConsumerScores(std::string_view /*id*/, const rtc::ConsumerScore& /*score*/) override {}
  void ConsumerLayersChange(std::string_view /*id*/,
                            const std::optional<rtc::ConsumerLayers>& /*layers*/) override {}
  void ConsumerTrace(std::string_view /*id*/, const rtc::Trace<rtc::ConsumerTraceEvent>& /*trace*/) override {
  }
  void ConsumerRtp(std::string_view /*id*/, ByteView /*packet*/) override {}
  void DataConsumerProducerPause(std::string_view /*id*/) override {}
  void DataConsumerProducerResume(std::string_view /*id*/) override {}
  void DataConsumerProducerClose(std::string_view /*id*/) override {}
  void DataConsumerSendBufferFull(std::string_view /*id*/) override {}
  void DataConsumerBufferedAmountLow(std::string_view /*id*/, std::uint32_t /*bytes*/) override {}
  void DataConsumerMessage(std::string_view /*id*/, std::uint32_t /*ppid*/, ByteView /*payload*/) override {}
  void DominantSpeaker(std::string_view /*id*/, std::string_view /*producerId*/) override {}
  void AudioLevels(std::string_view /*id*/, const std::vector<rtc::ProducerAudioLevel>& /*levels*/) override {
  }
  void AudioSilence(std::string_view /*id*/) override {}
};

}  // namespace ringcast::bench
