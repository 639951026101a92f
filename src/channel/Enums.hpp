#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "fbs/common_generated.h"
#include "fbs/consumer_generated.h"
#include "fbs/producer_generated.h"
#include "fbs/rtpParameters_generated.h"
#include "fbs/sctpAssociation_generated.h"
#include "fbs/srtpParameters_generated.h"
#include "fbs/transport_generated.h"
#include "fbs/webRtcTransport_generated.h"
#include "ringcast/rtc/Descriptions.hpp"

// The enums of the media core have the same values as those of the schema, so a conversion is a cast. The
// static assertions prove it.
namespace ringcast::channel {

template <typename FbsEnum, typename Enum>
[[nodiscard]] constexpr bool SameValue(FbsEnum fbs, Enum ours) {
  return static_cast<unsigned>(fbs) == static_cast<unsigned>(ours);
}

static_assert(SameValue(FBS::RtpParameters::MediaKind::AUDIO, MediaKind::kAudio));
static_assert(SameValue(FBS::RtpParameters::MediaKind::VIDEO, MediaKind::kVideo));
static_assert(FBS::RtpParameters::MediaKind::MAX == FBS::RtpParameters::MediaKind::VIDEO);

static_assert(SameValue(FBS::RtpParameters::Type::SIMPLE, rtc::RtpType::kSimple));
static_assert(SameValue(FBS::RtpParameters::Type::SIMULCAST, rtc::RtpType::kSimulcast));
static_assert(SameValue(FBS::RtpParameters::Type::SVC, rtc::RtpType::kSvc));
static_assert(SameValue(FBS::RtpParameters::Type::PIPE, rtc::RtpType::kPipe));
static_assert(FBS::RtpParameters::Type::MAX == FBS::RtpParameters::Type::PIPE);

static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::Mid, rtp::Extension::kMid));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::RtpStreamId, rtp::Extension::kRid));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::RepairRtpStreamId,
                        rtp::Extension::kRepairedRid));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::AbsSendTime,
                        rtp::Extension::kAbsSendTime));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::TransportWideCcDraft01,
                        rtp::Extension::kTransportWideCc));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::SsrcAudioLevel,
                        rtp::Extension::kAudioLevel));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::DependencyDescriptor,
                        rtp::Extension::kDependencyDescriptor));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::VideoOrientation,
                        rtp::Extension::kVideoOrientation));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::TimeOffset, rtp::Extension::kTimeOffset));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::AbsCaptureTime,
                        rtp::Extension::kAbsCaptureTime));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::PlayoutDelay,
                        rtp::Extension::kPlayoutDelay));
static_assert(SameValue(FBS::RtpParameters::RtpHeaderExtensionUri::MediasoupPacketId,
                        rtp::Extension::kMediasoupPacketId));
static_assert(static_cast<std::size_t>(FBS::RtpParameters::RtpHeaderExtensionUri::MAX) + 1 ==
              rtp::kExtensionCount);

static_assert(SameValue(FBS::SrtpParameters::SrtpCryptoSuite::AEAD_AES_256_GCM,
                        srtp::CryptoSuite::kAeadAes256Gcm));
static_assert(SameValue(FBS::SrtpParameters::SrtpCryptoSuite::AEAD_AES_128_GCM,
                        srtp::CryptoSuite::kAeadAes128Gcm));
static_assert(SameValue(FBS::SrtpParameters::SrtpCryptoSuite::AES_CM_128_HMAC_SHA1_80,
                        srtp::CryptoSuite::kAesCm128HmacSha1_80));
static_assert(SameValue(FBS::SrtpParameters::SrtpCryptoSuite::AES_CM_128_HMAC_SHA1_32,
                        srtp::CryptoSuite::kAesCm128HmacSha1_32));
static_assert(FBS::SrtpParameters::SrtpCryptoSuite::MAX ==
              FBS::SrtpParameters::SrtpCryptoSuite::AES_CM_128_HMAC_SHA1_32);

static_assert(SameValue(FBS::Transport::TraceEventType::PROBATION, rtc::TransportTraceEvent::kProbation));
static_assert(SameValue(FBS::Transport::TraceEventType::BWE, rtc::TransportTraceEvent::kBwe));
static_assert(FBS::Transport::TraceEventType::MAX == FBS::Transport::TraceEventType::BWE);

static_assert(SameValue(FBS::Producer::TraceEventType::KEYFRAME, rtc::ProducerTraceEvent::kKeyFrame));
static_assert(SameValue(FBS::Producer::TraceEventType::FIR, rtc::ProducerTraceEvent::kFir));
static_assert(SameValue(FBS::Producer::TraceEventType::NACK, rtc::ProducerTraceEvent::kNack));
static_assert(SameValue(FBS::Producer::TraceEventType::PLI, rtc::ProducerTraceEvent::kPli));
static_assert(SameValue(FBS::Producer::TraceEventType::RTP, rtc::ProducerTraceEvent::kRtp));
static_assert(SameValue(FBS::Producer::TraceEventType::SR, rtc::ProducerTraceEvent::kSr));
static_assert(FBS::Producer::TraceEventType::MAX == FBS::Producer::TraceEventType::SR);

static_assert(SameValue(FBS::Consumer::TraceEventType::KEYFRAME, rtc::ConsumerTraceEvent::kKeyFrame));
static_assert(SameValue(FBS::Consumer::TraceEventType::FIR, rtc::ConsumerTraceEvent::kFir));
static_assert(SameValue(FBS::Consumer::TraceEventType::NACK, rtc::ConsumerTraceEvent::kNack));
static_assert(SameValue(FBS::Consumer::TraceEventType::PLI, rtc::ConsumerTraceEvent::kPli));
static_assert(SameValue(FBS::Consumer::TraceEventType::RTP, rtc::ConsumerTraceEvent::kRtp));
static_assert(FBS::Consumer::TraceEventType::MAX == FBS::Consumer::TraceEventType::RTP);

static_assert(SameValue(FBS::Common::TraceDirection::DIRECTION_IN, rtc::TraceDirection::kIn));
static_assert(SameValue(FBS::Common::TraceDirection::DIRECTION_OUT, rtc::TraceDirection::kOut));
static_assert(FBS::Common::TraceDirection::MAX == FBS::Common::TraceDirection::DIRECTION_OUT);

static_assert(SameValue(FBS::WebRtcTransport::FingerprintAlgorithm::SHA1, dtls::HashAlgorithm::kSha1));
static_assert(SameValue(FBS::WebRtcTransport::FingerprintAlgorithm::SHA224, dtls::HashAlgorithm::kSha224));
static_assert(SameValue(FBS::WebRtcTransport::FingerprintAlgorithm::SHA256, dtls::HashAlgorithm::kSha256));
static_assert(SameValue(FBS::WebRtcTransport::FingerprintAlgorithm::SHA384, dtls::HashAlgorithm::kSha384));
static_assert(SameValue(FBS::WebRtcTransport::FingerprintAlgorithm::SHA512, dtls::HashAlgorithm::kSha512));
static_assert(static_cast<std::size_t>(FBS::WebRtcTransport::FingerprintAlgorithm::MAX) + 1 ==
              dtls::kHashAlgorithms.size());

static_assert(SameValue(FBS::WebRtcTransport::DtlsRole::AUTO, dtls::Role::kAuto));
static_assert(SameValue(FBS::WebRtcTransport::DtlsRole::CLIENT, dtls::Role::kClient));
static_assert(SameValue(FBS::WebRtcTransport::DtlsRole::SERVER, dtls::Role::kServer));
static_assert(FBS::WebRtcTransport::DtlsRole::MAX == FBS::WebRtcTransport::DtlsRole::SERVER);

static_assert(SameValue(FBS::WebRtcTransport::DtlsState::NEW, dtls::State::kNew));
static_assert(SameValue(FBS::WebRtcTransport::DtlsState::CONNECTING, dtls::State::kConnecting));
static_assert(SameValue(FBS::WebRtcTransport::DtlsState::CONNECTED, dtls::State::kConnected));
static_assert(SameValue(FBS::WebRtcTransport::DtlsState::FAILED, dtls::State::kFailed));
static_assert(SameValue(FBS::WebRtcTransport::DtlsState::CLOSED, dtls::State::kClosed));
static_assert(FBS::WebRtcTransport::DtlsState::MAX == FBS::WebRtcTransport::DtlsState::CLOSED);

static_assert(SameValue(FBS::SctpAssociation::SctpState::NEW, sctp::State::kNew));
static_assert(SameValue(FBS::SctpAssociation::SctpState::CONNECTING, sctp::State::kConnecting));
static_assert(SameValue(FBS::SctpAssociation::SctpState::CONNECTED, sctp::State::kConnected));
static_assert(SameValue(FBS::SctpAssociation::SctpState::FAILED, sctp::State::kFailed));
static_assert(SameValue(FBS::SctpAssociation::SctpState::CLOSED, sctp::State::kClosed));
static_assert(FBS::SctpAssociation::SctpState::MAX == FBS::SctpAssociation::SctpState::CLOSED);

static_assert(SameValue(FBS::WebRtcTransport::IceState::NEW, ice::AgentState::kNew));
static_assert(SameValue(FBS::WebRtcTransport::IceState::CONNECTED, ice::AgentState::kConnected));
static_assert(SameValue(FBS::WebRtcTransport::IceState::COMPLETED, ice::AgentState::kCompleted));
static_assert(SameValue(FBS::WebRtcTransport::IceState::DISCONNECTED, ice::AgentState::kDisconnected));
static_assert(FBS::WebRtcTransport::IceState::MAX == FBS::WebRtcTransport::IceState::DISCONNECTED);

[[nodiscard]] inline FBS::RtpParameters::MediaKind ToFbs(MediaKind kind) {
  return static_cast<FBS::RtpParameters::MediaKind>(kind);
}
[[nodiscard]] inline FBS::RtpParameters::Type ToFbs(rtc::RtpType type) {
  return static_cast<FBS::RtpParameters::Type>(type);
}
[[nodiscard]] inline FBS::RtpParameters::RtpHeaderExtensionUri ToFbs(rtp::Extension extension) {
  return static_cast<FBS::RtpParameters::RtpHeaderExtensionUri>(extension);
}
[[nodiscard]] inline FBS::SrtpParameters::SrtpCryptoSuite ToFbs(srtp::CryptoSuite suite) {
  return static_cast<FBS::SrtpParameters::SrtpCryptoSuite>(suite);
}
[[nodiscard]] inline FBS::Transport::TraceEventType ToFbs(rtc::TransportTraceEvent event) {
  return static_cast<FBS::Transport::TraceEventType>(event);
}
[[nodiscard]] inline FBS::Producer::TraceEventType ToFbs(rtc::ProducerTraceEvent event) {
  return static_cast<FBS::Producer::TraceEventType>(event);
}
[[nodiscard]] inline FBS::Consumer::TraceEventType ToFbs(rtc::ConsumerTraceEvent event) {
  return static_cast<FBS::Consumer::TraceEventType>(event);
}
[[nodiscard]] inline FBS::Common::TraceDirection ToFbs(rtc::TraceDirection direction) {
  return static_cast<FBS::Common::TraceDirection>(direction);
}
[[nodiscard]] inline FBS::WebRtcTransport::FingerprintAlgorithm ToFbs(dtls::HashAlgorithm algorithm) {
  return static_cast<FBS::WebRtcTransport::FingerprintAlgorithm>(algorithm);
}
[[nodiscard]] inline FBS::WebRtcTransport::DtlsRole ToFbs(dtls::Role role) {
  return static_cast<FBS::WebRtcTransport::DtlsRole>(role);
}
[[nodiscard]] inline FBS::WebRtcTransport::DtlsState ToFbs(dtls::State state) {
  return static_cast<FBS::WebRtcTransport::DtlsState>(state);
}
[[nodiscard]] inline FBS::SctpAssociation::SctpState ToFbs(sctp::State state) {
  return static_cast<FBS::SctpAssociation::SctpState>(state);
}
[[nodiscard]] inline FBS::WebRtcTransport::IceState ToFbs(ice::AgentState state) {
  return static_cast<FBS::WebRtcTransport::IceState>(state);
}
// The enum of the schema starts at 1.
[[nodiscard]] inline FBS::Transport::Protocol ToFbs(net::TransportProtocol protocol) {
  return protocol == net::TransportProtocol::kUdp ? FBS::Transport::Protocol::UDP
                                                  : FBS::Transport::Protocol::TCP;
}

template <typename Enum>
[[nodiscard]] auto EnumsToFbs(flatbuffers::FlatBufferBuilder& builder, const std::vector<Enum>& values) {
  std::vector<decltype(ToFbs(Enum{}))> enums;
  enums.reserve(values.size());
  for (const auto value : values) enums.push_back(ToFbs(value));
  return builder.CreateVector(enums);
}

}  // namespace ringcast::channel
