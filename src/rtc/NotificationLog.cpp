#include "ringcast/rtc/NotificationLog.hpp"

#include <string>

#include "ringcast/base/Log.hpp"

namespace ringcast::rtc {

namespace {

using log::Tag;

std::string Text(const Tuple& tuple) {
  return log::Join(tuple.protocol == net::TransportProtocol::kUdp ? "UDP " : "TCP ", tuple.localAddress,
                   " port ", tuple.localPort, " to ", tuple.remoteIp.value_or("unknown"), " port ",
                   tuple.remotePort);
}

std::string_view Name(ice::AgentState state) {
  switch (state) {
    case ice::AgentState::kNew:
      return "new";
    case ice::AgentState::kConnected:
      return "connected";
    case ice::AgentState::kCompleted:
      return "completed";
    case ice::AgentState::kDisconnected:
      return "disconnected";
  }
  return "";
}

std::string_view Name(dtls::State state) {
  switch (state) {
    case dtls::State::kNew:
      return "new";
    case dtls::State::kConnecting:
      return "connecting";
    case dtls::State::kConnected:
      return "connected";
    case dtls::State::kFailed:
      return "failed";
    case dtls::State::kClosed:
      return "closed";
  }
  return "";
}

std::string Text(const std::vector<ProducerScore>& scores) {
  std::string text;
  for (const auto& score : scores) {
    text += log::Join(text.empty() ? "" : ", ", "encoding ", score.encodingIdx, " (ssrc ", score.ssrc.Value(),
                      ") ", score.score);
  }
  return text;
}

}  // namespace

void NotificationLog::PlainTransportTuple(std::string_view transportId, const Tuple& tuple) {
  log::Debug(Tag::kRtp, "transport ", transportId, ": the remote address of RTP is ",
             tuple.remoteIp.value_or(""), " port ", tuple.remotePort);
  Next().PlainTransportTuple(transportId, tuple);
}

void NotificationLog::PlainTransportRtcpTuple(std::string_view transportId, const Tuple& tuple) {
  log::Debug(Tag::kRtcp, "transport ", transportId, ": the remote address of RTCP is ",
             tuple.remoteIp.value_or(""), " port ", tuple.remotePort);
  Next().PlainTransportRtcpTuple(transportId, tuple);
}

void NotificationLog::IceSelectedTuple(std::string_view transportId, const Tuple& tuple) {
  if (log::Enabled(log::Level::kDebug, Tag::kIce))
    log::Debug(Tag::kIce, "transport ", transportId, ": selected ", Text(tuple));
  Next().IceSelectedTuple(transportId, tuple);
}

void NotificationLog::IceState(std::string_view transportId, ice::AgentState state) {
  log::Debug(Tag::kIce, "transport ", transportId, ": ICE is ", Name(state));
  Next().IceState(transportId, state);
}

void NotificationLog::DtlsState(std::string_view transportId, dtls::State state,
                                std::string_view remoteCertificate) {
  log::Debug(Tag::kDtls, "transport ", transportId, ": DTLS is ", Name(state));
  Next().DtlsState(transportId, state, remoteCertificate);
}

void NotificationLog::ProducerScores(std::string_view producerId, const std::vector<ProducerScore>& scores) {
  if (log::Enabled(log::Level::kDebug, Tag::kScore))
    log::Debug(Tag::kScore, "producer ", producerId, ": scores are ", Text(scores));
  Next().ProducerScores(producerId, scores);
}

void NotificationLog::ConsumerProducerPause(std::string_view consumerId) {
  log::Debug(Tag::kRtp, "consumer ", consumerId, ": its producer is paused");
  Next().ConsumerProducerPause(consumerId);
}

void NotificationLog::ConsumerProducerResume(std::string_view consumerId) {
  log::Debug(Tag::kRtp, "consumer ", consumerId, ": its producer is resumed");
  Next().ConsumerProducerResume(consumerId);
}

void NotificationLog::ConsumerProducerClose(std::string_view consumerId) {
  log::Debug(Tag::kRtp, "consumer ", consumerId, ": closed with its producer");
  Next().ConsumerProducerClose(consumerId);
}

void NotificationLog::ConsumerScores(std::string_view consumerId, const ConsumerScore& score) {
  log::Debug(Tag::kScore, "consumer ", consumerId, ": score ", score.score, ", of its producer ",
             score.producerScore);
  Next().ConsumerScores(consumerId, score);
}

}  // namespace ringcast::rtc
