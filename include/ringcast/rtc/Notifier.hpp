#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtp/VideoOrientation.hpp"

namespace ringcast::rtc {

// Sends notifications to the controller. Calls only queue: they write nothing and cannot destroy the caller.
class Notifier {
 public:
  virtual ~Notifier() = default;

  virtual void PlainTransportTuple(std::string_view transportId, const Tuple& tuple) = 0;
  virtual void PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) = 0;
  virtual void IceSelectedTuple(std::string_view transportId, const Tuple& tuple) = 0;
  virtual void IceState(std::string_view transportId, ice::AgentState state) = 0;
  // `remoteCertificate`: PEM, with kConnected; else empty.
  virtual void DtlsState(std::string_view transportId, dtls::State state,
                         std::string_view remoteCertificate) = 0;
  virtual void SctpState(std::string_view transportId, sctp::State state) = 0;
  virtual void SctpCapabilities(std::string_view transportId, const rtc::SctpCapabilities& capabilities) = 0;
  virtual void DirectTransportRtcp(std::string_view transportId, ByteView compound) = 0;

  virtual void ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) = 0;
  virtual void ProducerVideoOrientation(std::string_view producerId,
                                        const rtp::VideoOrientation& orientation) = 0;
  virtual void ProducerTrace(std::string_view producerId, const Trace<ProducerTraceEvent>& trace) = 0;

  virtual void ConsumerProducerPause(std::string_view consumerId) = 0;
  virtual void ConsumerProducerResume(std::string_view consumerId) = 0;
  virtual void ConsumerProducerClose(std::string_view consumerId) = 0;
  virtual void ConsumerScores(std::string_view consumerId, const ConsumerScore& score) = 0;
  // Other layers are forwarded from now on; nullopt: none.
  virtual void ConsumerLayersChange(std::string_view consumerId,
                                    const std::optional<ConsumerLayers>& layers) = 0;
  virtual void ConsumerTrace(std::string_view consumerId, const Trace<ConsumerTraceEvent>& trace) = 0;
  virtual void ConsumerRtp(std::string_view consumerId, ByteView packet) = 0;  // of a direct transport

  virtual void DataConsumerProducerPause(std::string_view consumerId) = 0;
  virtual void DataConsumerProducerResume(std::string_view consumerId) = 0;
  virtual void DataConsumerProducerClose(std::string_view consumerId) = 0;
  // The association's send buffer has no room for a message, which was not sent.
  virtual void DataConsumerSendBufferFull(std::string_view consumerId) = 0;
  // The bytes that wait on the consumer's stream have fallen to its threshold.
  virtual void DataConsumerBufferedAmountLow(std::string_view consumerId, std::uint32_t bytes) = 0;
  virtual void DataConsumerMessage(std::string_view consumerId, std::uint32_t ppid,
                                   ByteView payload) = 0;  // of a direct transport

  virtual void DominantSpeaker(std::string_view observerId, std::string_view producerId) = 0;
  // `levels`: at least one, the loudest first.
  virtual void AudioLevels(std::string_view observerId, const std::vector<ProducerAudioLevel>& levels) = 0;
  // No producer is above the threshold any more.
  virtual void AudioSilence(std::string_view observerId) = 0;
};

}  // namespace ringcast::rtc
