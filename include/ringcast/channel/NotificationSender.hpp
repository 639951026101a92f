#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "ringcast/channel/OutputQueue.hpp"
#include "ringcast/rtc/Notifier.hpp"

namespace FBS::Notification {
enum class Event : std::uint8_t;
enum class Body : std::uint8_t;
}  // namespace FBS::Notification

namespace ringcast::channel {

// Serializes notifications to the controller and queues them.
class NotificationSender final : public rtc::Notifier {
 public:
  explicit NotificationSender(OutputQueue& output);

  // The worker is ready.
  void WorkerRunning(std::uint32_t pid);

  void PlainTransportTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void PlainTransportRtcpTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void IceSelectedTuple(std::string_view transportId, const rtc::Tuple& tuple) override;
  void IceState(std::string_view transportId, ice::AgentState state) override;
  void DtlsState(std::string_view transportId, dtls::State state,
                 std::string_view remoteCertificate) override;
  void SctpState(std::string_view transportId, sctp::State state) override;
  void SctpCapabilities(std::string_view transportId, const rtc::SctpCapabilities& capabilities) override;
  void DirectTransportRtcp(std::string_view transportId, ByteView compound) override;
  void ProducerScores(std::string_view producerId, const std::vector<rtc::ProducerScore>& scores) override;
  void ProducerVideoOrientation(std::string_view producerId,
                                const rtp::VideoOrientation& orientation) override;
  void ProducerTrace(std::string_view producerId, const rtc::Trace<rtc::ProducerTraceEvent>& trace) override;
  void ConsumerProducerPause(std::string_view consumerId) override;
  void ConsumerProducerResume(std::string_view consumerId) override;
  void ConsumerProducerClose(std::string_view consumerId) override;
  void ConsumerScores(std::string_view consumerId, const rtc::ConsumerScore& score) override;
  void ConsumerLayersChange(std::string_view consumerId,
                            const std::optional<rtc::ConsumerLayers>& layers) override;
  void ConsumerTrace(std::string_view consumerId, const rtc::Trace<rtc::ConsumerTraceEvent>& trace) override;
  void ConsumerRtp(std::string_view consumerId, ByteView packet) override;
  void DataConsumerProducerPause(std::string_view consumerId) override;
  void DataConsumerProducerResume(std::string_view consumerId) override;
  void DataConsumerProducerClose(std::string_view consumerId) override;
  void DataConsumerSendBufferFull(std::string_view consumerId) override;
  void DataConsumerBufferedAmountLow(std::string_view consumerId, std::uint32_t bytes) override;
  void DataConsumerMessage(std::string_view consumerId, std::uint32_t ppid, ByteView payload) override;
  void DominantSpeaker(std::string_view observerId, std::string_view producerId) override;
  void AudioLevels(std::string_view observerId, const std::vector<rtc::ProducerAudioLevel>& levels) override;
  void AudioSilence(std::string_view observerId) override;

 private:
  template <typename Body>
  void Notify(std::string_view handlerId, FBS::Notification::Event event, flatbuffers::Offset<Body> body);
  void Notify(std::string_view handlerId, FBS::Notification::Event event);
  void Push(std::string_view handlerId, FBS::Notification::Event event, FBS::Notification::Body type,
            flatbuffers::Offset<void> body);

  OutputQueue& output_;
  // Of its own, because a notification may be built while a response is under construction. It keeps its
  // memory, so packets to the controller need no allocation.
  flatbuffers::FlatBufferBuilder builder_;
};

}  // namespace ringcast::channel
