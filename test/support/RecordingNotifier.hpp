#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringcast/rtc/Notifier.hpp"

namespace ringcast::test {

// Records the notifications.
class RecordingNotifier final : public rtc::Notifier {
 public:
  struct Data {
    std::string id;
    std::vector<std::uint8_t> bytes;
  };
  struct DtlsChange {
    std::string id;
    dtls::State state = dtls::State::kNew;
    std::string remoteCertificate;
  };
  std::vector<std::pair<std::string, rtc::Tuple>> tuples, rtcpTuples, iceTuples;
  std::vector<std::pair<std::string, ice::AgentState>> iceStates;
  std::vector<DtlsChange> dtlsStates;
  std::vector<Data> directRtcp, consumerRtp;
  std::vector<std::pair<std::string, std::vector<rtc::ProducerScore>>> producerScores;
  std::vector<std::pair<std::string, rtc::ConsumerScore>> consumerScores;
  std::vector<std::string> consumerEvents;  // "pause ID", "resume ID", "close ID"
  std::vector<std::pair<std::string, rtp::VideoOrientation>> videoOrientations;
  std::vector<std::pair<std::string, std::optional<rtc::ConsumerLayers>>> consumerLayers;
  std::vector<std::pair<std::string, rtc::Trace<rtc::ProducerTraceEvent>>> producerTraces;
  std::vector<std::pair<std::string, rtc::Trace<rtc::ConsumerTraceEvent>>> consumerTraces;
  struct Message {
    std::string id;
    std::uint32_t ppid = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<std::pair<std::string, sctp::State>> sctpStates;
  std::vector<std::pair<std::string, rtc::SctpCapabilities>> sctpCapabilities;
  std::vector<Message> messages;                                      // of direct transports
  std::vector<std::string> dataEvents;                                // "pause ID", "low ID BYTES" and so on
  std::vector<std::pair<std::string, std::string>> dominantSpeakers;  // observer and producer
  // Empty: silence.
  std::vector<std::pair<std::string, std::vector<rtc::ProducerAudioLevel>>> audioLevels;

  void Clear() {
    for (auto* list : {&tuples, &rtcpTuples, &iceTuples}) list->clear();
    for (auto* list : {&directRtcp, &consumerRtp}) list->clear();
    iceStates.clear();
    dtlsStates.clear();
    producerScores.clear();
    consumerScores.clear();
    consumerEvents.clear();
    videoOrientations.clear();
    consumerLayers.clear();
    producerTraces.clear();
    consumerTraces.clear();
    sctpStates.clear();
    sctpCapabilities.clear();
    messages.clear();
    dataEvents.clear();
    dominantSpeakers.clear();
    audioLevels.clear();
  }

  void PlainTransportTuple(std::string_view id, const rtc::Tuple& tuple) override {
    tuples.emplace_back(id, tuple);
  }
  void PlainTransportRtcpTuple(std::string_view id, const rtc::Tuple& tuple) override {
    rtcpTuples.emplace_back(id, tuple);
  }
  void IceSelectedTuple(std::string_view id, const rtc::Tuple& tuple) override {
    iceTuples.emplace_back(id, tuple);
  }
  void IceState(std::string_view id, ice::AgentState state) override { iceStates.emplace_back(id, state); }
  void DtlsState(std::string_view id, dtls::State state, std::string_view remoteCertificate) override {
    dtlsStates.push_back({std::string(id), state, std::string(remoteCertificate)});
  }
  void SctpState(std::string_view id, sctp::State state) override { sctpStates.emplace_back(id, state); }
  void SctpCapabilities(std::string_view id, const rtc::SctpCapabilities& capabilities) override {
    sctpCapabilities.emplace_back(id, capabilities);
  }
  void DirectTransportRtcp(std::string_view id, ByteView compound) override {
    directRtcp.push_back({std::string(id), {compound.begin(), compound.end()}});
  }
  void ProducerScores(std::string_view id, const std::vector<rtc::ProducerScore>& scores) override {
    producerScores.emplace_back(id, scores);
  }
  void ProducerVideoOrientation(std::string_view id, const rtp::VideoOrientation& orientation) override {
    videoOrientations.emplace_back(id, orientation);
  }
  void ProducerTrace(std::string_view id, const rtc::Trace<rtc::ProducerTraceEvent>& trace) override {
    producerTraces.emplace_back(id, trace);
  }
  void ConsumerProducerPause(std::string_view id) override {
    consumerEvents.push_back("pause " + std::string(id));
  }
  void ConsumerProducerResume(std::string_view id) override {
    consumerEvents.push_back("resume " + std::string(id));
  }
  void ConsumerProducerClose(std::string_view id) override {
    consumerEvents.push_back("close " + std::string(id));
  }
  void ConsumerScores(std::string_view id, const rtc::ConsumerScore& score) override {
    consumerScores.emplace_back(id, score);
  }
  void ConsumerLayersChange(std::string_view id, const std::optional<rtc::ConsumerLayers>& layers) override {
    consumerLayers.emplace_back(id, layers);
  }
  void ConsumerTrace(std::string_view id, const rtc::Trace<rtc::ConsumerTraceEvent>& trace) override {
    consumerTraces.emplace_back(id, trace);
  }
  void ConsumerRtp(std::string_view id, ByteView packet) override {
    consumerRtp.push_back({std::string(id), {packet.begin(), packet.end()}});
  }
  void DataConsumerProducerPause(std::string_view id) override {
    dataEvents.push_back("pause " + std::string(id));
  }
  void DataConsumerProducerResume(std::string_view id) override {
    dataEvents.push_back("resume " + std::string(id));
  }
  void DataConsumerProducerClose(std::string_view id) override {
    dataEvents.push_back("close " + std::string(id));
  }
  void DataConsumerSendBufferFull(std::string_view id) override {
    dataEvents.push_back("full " + std::string(id));
  }
  void DataConsumerBufferedAmountLow(std::string_view id, std::uint32_t bytes) override {
    dataEvents.push_back("low " + std::string(id) + " " + std::to_string(bytes));
  }
  void DataConsumerMessage(std::string_view id, std::uint32_t ppid, ByteView payload) override {
    messages.push_back({std::string(id), ppid, {payload.begin(), payload.end()}});
  }
  void DominantSpeaker(std::string_view id, std::string_view producerId) override {
    dominantSpeakers.emplace_back(id, producerId);
  }
  void AudioLevels(std::string_view id, const std::vector<rtc::ProducerAudioLevel>& levels) override {
    audioLevels.emplace_back(id, levels);
  }
  void AudioSilence(std::string_view id) override {
    audioLevels.emplace_back(id, std::vector<rtc::ProducerAudioLevel>());
  }
};

}  // namespace ringcast::test
