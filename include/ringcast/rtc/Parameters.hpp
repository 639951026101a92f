#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ringcast/base/Types.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/net/TransportProtocol.hpp"
#include "ringcast/rtp/Extensions.hpp"
#include "ringcast/srtp/Srtp.hpp"

// What the controller says of media: the channel's tables (namespace FBS.RtpParameters and others) as plain
// values.
namespace ringcast::rtc {

enum class RtpType : std::uint8_t { kSimple, kSimulcast, kSvc, kPipe };

struct Boolean {
  bool value = false;
  friend bool operator==(const Boolean&, const Boolean&) = default;
};
using ParameterValue = std::variant<Boolean, std::int32_t, double, std::string, std::vector<std::int32_t>>;

// An fmtp parameter of a codec ("useinbandfec", 1), or of a header extension.
struct Parameter {
  std::string name;
  ParameterValue value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct RtcpFeedback {
  std::string type;  // "nack", "ccm", "goog-remb", "transport-cc"
  std::string parameter;
  friend bool operator==(const RtcpFeedback&, const RtcpFeedback&) = default;
};

struct RtpCodecParameters {
  std::string mimeType;
  PayloadType payloadType;
  std::uint32_t clockRate = 0;
  std::optional<std::uint8_t> channels;
  std::vector<Parameter> parameters;
  std::vector<RtcpFeedback> rtcpFeedback;
  friend bool operator==(const RtpCodecParameters&, const RtpCodecParameters&) = default;
};

struct RtpHeaderExtensionParameters {
  rtp::Extension uri = rtp::Extension::kMid;
  std::uint8_t id = 0;
  bool encrypt = false;
  std::vector<Parameter> parameters;
  friend bool operator==(const RtpHeaderExtensionParameters&, const RtpHeaderExtensionParameters&) = default;
};

struct RtpEncodingParameters {
  std::optional<Ssrc> ssrc;
  std::string rid;  // empty: none
  std::optional<PayloadType> codecPayloadType;
  std::optional<Ssrc> rtxSsrc;
  bool dtx = false;
  std::string scalabilityMode;  // "L3T2"; empty: none
  std::optional<std::uint64_t> maxBitrate;
  friend bool operator==(const RtpEncodingParameters&, const RtpEncodingParameters&) = default;
};

struct RtcpParameters {
  std::string cname;
  bool reducedSize = true;
  friend bool operator==(const RtcpParameters&, const RtcpParameters&) = default;
};

struct RtpParameters {
  std::string mid;  // empty: none
  std::vector<RtpCodecParameters> codecs;
  std::vector<RtpHeaderExtensionParameters> headerExtensions;
  std::vector<RtpEncodingParameters> encodings;
  RtcpParameters rtcp;
  std::string msid;
  friend bool operator==(const RtpParameters&, const RtpParameters&) = default;
};

// How a producer's payload types and encodings are called inside the router.
struct CodecMapping {
  PayloadType payloadType;
  PayloadType mappedPayloadType;
  friend bool operator==(const CodecMapping&, const CodecMapping&) = default;
};
struct EncodingMapping {
  std::string rid;
  std::optional<Ssrc> ssrc;
  Ssrc mappedSsrc;
  friend bool operator==(const EncodingMapping&, const EncodingMapping&) = default;
};
struct RtpMapping {
  std::vector<CodecMapping> codecs;
  std::vector<EncodingMapping> encodings;
  friend bool operator==(const RtpMapping&, const RtpMapping&) = default;
};

struct ListenInfo {
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  std::string ip;
  std::string announcedAddress;  // empty: the ip itself
  bool exposeInternalIp = false;
  std::uint16_t port = 0;  // 0: one of portRange
  std::uint16_t portMin = 0;
  std::uint16_t portMax = 0;  // both 0: the worker's range
  bool ipv6Only = false;
  bool udpReusePort = false;
  std::uint32_t sendBufferSize = 0;
  std::uint32_t recvBufferSize = 0;
};

// Of a server, or of one transport. A machine's addresses, public and private, of both families, over UDP and
// TCP: 8 of each. Every one is a socket and a candidate or two, which each peer has to try.
inline constexpr std::size_t kMaxListenInfos = 32;

struct SctpParameters {
  std::uint16_t port = 0;
  std::uint32_t maxSendMessageSize = 0;
  std::uint32_t maxReceiveMessageSize = 0;
  std::uint32_t sendBufferSize = 0;
  std::uint32_t perStreamSendQueueLimit = 0;
  std::uint32_t maxReceiverWindowBufferSize = 0;
  bool isDataChannel = false;
};

// Common to all transports (FBS.Transport.Options).
struct TransportOptions {
  bool direct = false;
  std::optional<std::uint64_t> initialAvailableOutgoingBitrate;
  bool enableSctp = false;
  std::uint32_t maxSendMessageSize = 0;
  std::uint32_t maxReceiveMessageSize = 0;
  std::uint32_t sctpSendBufferSize = 0;
  std::uint32_t sctpPerStreamSendQueueLimit = 0;
  std::uint32_t sctpMaxReceiverWindowBufferSize = 0;
  std::uint32_t sctpBufferedAmountLowThreshold = 0;  // of each stream, until the controller sets another
  bool isDataChannel = false;
};

// The delivery of one SCTP stream (RFC 8832 section 5.1). At most one of the last two is set; with neither,
// delivery is reliable.
struct SctpStreamParameters {
  std::uint16_t streamId = 0;
  bool ordered = true;
  std::optional<std::uint16_t> maxPacketLifeTime;  // ms
  std::optional<std::uint16_t> maxRetransmits;
  friend bool operator==(const SctpStreamParameters&, const SctpStreamParameters&) = default;
};

enum class DataType : std::uint8_t { kSctp, kDirect };

struct ProduceDataOptions {
  std::string dataProducerId;
  DataType type = DataType::kSctp;
  std::optional<SctpStreamParameters> stream;  // of type kSctp
  std::string label;
  std::string protocol;
  bool paused = false;
};

struct ConsumeDataOptions {
  std::string dataConsumerId;
  std::string dataProducerId;
  DataType type = DataType::kSctp;
  std::optional<SctpStreamParameters> stream;  // of type kSctp
  std::string label;
  std::string protocol;
  bool paused = false;
  std::vector<std::uint16_t> subchannels;
};

struct PlainTransportOptions {
  TransportOptions base;
  ListenInfo listenInfo;
  std::optional<ListenInfo> rtcpListenInfo;
  bool rtcpMux = false;
  bool comedia = false;
  bool enableSrtp = false;
  std::optional<srtp::CryptoSuite> srtpCryptoSuite;
};

struct SrtpParameters {
  srtp::CryptoSuite cryptoSuite = srtp::CryptoSuite::kAeadAes256Gcm;
  std::string keyBase64;
  friend bool operator==(const SrtpParameters&, const SrtpParameters&) = default;
};

struct PlainConnectOptions {
  std::optional<std::string> ip;
  std::optional<std::uint16_t> port;
  std::optional<std::uint16_t> rtcpPort;
  std::optional<SrtpParameters> srtpParameters;
};

struct PipeTransportOptions {
  TransportOptions base;
  ListenInfo listenInfo;
  bool enableRtx = false;  // the controller negotiates retransmission streams between the two routers
  bool enableSrtp = false;
};

struct PipeConnectOptions {
  std::string ip;
  std::optional<std::uint16_t> port;
  std::optional<SrtpParameters> srtpParameters;  // of the far transport
};

// FBS.WebRtcTransport.WebRtcTransportOptions: on sockets of its own, or on those of a WebRtcServer.
struct WebRtcTransportOptions {
  TransportOptions base;
  std::vector<ListenInfo> listenInfos;  // without a server; each has a candidate
  std::optional<std::string> webRtcServerId;
  // Which of the server's sockets are candidates, and which come first.
  bool enableUdp = true;
  bool enableTcp = true;
  bool preferUdp = false;
  bool preferTcp = false;
  std::uint8_t iceConsentTimeoutSeconds = 30;  // 0: never
};

struct DtlsParameters {
  std::vector<dtls::Fingerprint> fingerprints;
  dtls::Role role = dtls::Role::kAuto;
  friend bool operator==(const DtlsParameters&, const DtlsParameters&) = default;
};

struct IceParameters {
  std::string usernameFragment;
  std::string password;
};

struct ProduceOptions {
  std::string producerId;
  MediaKind kind = MediaKind::kAudio;
  RtpParameters rtpParameters;
  RtpMapping rtpMapping;
  bool paused = false;
  std::uint32_t keyFrameRequestDelayMs = 0;
  bool enableMediasoupPacketIdHeaderExtension = false;
  friend bool operator==(const ProduceOptions&, const ProduceOptions&) = default;
};

struct ConsumerLayers {
  std::uint8_t spatialLayer = 0;
  std::optional<std::uint8_t> temporalLayer;
  friend bool operator==(const ConsumerLayers&, const ConsumerLayers&) = default;
};

struct ConsumeOptions {
  std::string consumerId;
  std::string producerId;
  MediaKind kind = MediaKind::kAudio;
  RtpParameters rtpParameters;
  RtpType type = RtpType::kSimple;
  std::vector<RtpEncodingParameters> consumableRtpEncodings;
  bool paused = false;
  std::optional<ConsumerLayers> preferredLayers;
  bool ignoreDtx = false;
  friend bool operator==(const ConsumeOptions&, const ConsumeOptions&) = default;
};

struct ActiveSpeakerObserverOptions {
  std::uint16_t intervalMs = 300;  // the shortest time between two changes
};

struct AudioLevelObserverOptions {
  std::uint16_t maxEntries = 1;  // the number of producers in a report
  std::int8_t threshold = -80;   // dBov, -127 to 0: producers below it are not reported
  std::uint16_t intervalMs = 1000;
};

}  // namespace ringcast::rtc
