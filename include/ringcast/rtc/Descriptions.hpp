#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/ice/Agent.hpp"
#include "ringcast/ice/Candidate.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Parameters.hpp"
#include "ringcast/sctp/Types.hpp"

// What dumps, statistics, responses and notifications say: plain values, turned into the channel's tables
// elsewhere.
namespace ringcast::rtc {

struct WorkerDump {
  std::vector<std::string> webRtcServerIds;
  std::vector<std::string> routerIds;
  std::vector<std::string> requestHandlerIds;       // of all objects that take requests
  std::vector<std::string> notificationHandlerIds;  // of all objects that take notifications
};

struct RouterDump {
  std::string id;
  std::vector<std::string> transportIds;
  std::vector<std::string> rtpObserverIds;
  std::vector<std::pair<std::string, std::vector<std::string>>> producerIdConsumerIds;
  std::vector<std::pair<std::string, std::string>> consumerIdProducerId;
  std::vector<std::pair<std::string, std::vector<std::string>>> producerIdObserverIds;
  std::vector<std::pair<std::string, std::vector<std::string>>> dataProducerIdDataConsumerIds;
  std::vector<std::pair<std::string, std::string>> dataConsumerIdDataProducerId;
};

struct WebRtcServerDump {
  std::string id;
  std::vector<std::pair<std::string, std::uint16_t>> udpSockets;  // ip and port
  std::vector<std::pair<std::string, std::uint16_t>> tcpServers;
  std::vector<std::string> webRtcTransportIds;
  std::vector<std::pair<std::string, std::string>> localUfrags;  // and the id of whose it is
};

// The number of SCTP streams in each direction.
struct SctpCapabilities {
  std::uint16_t outboundStreams = 0;
  std::uint16_t inboundStreams = 0;
  friend bool operator==(const SctpCapabilities&, const SctpCapabilities&) = default;
};
struct SctpDescription {
  sctp::State state = sctp::State::kNew;
  SctpCapabilities negotiated;  // 0 until the association is established
};

// Statistics of a data producer (messages received) or a data consumer (messages sent).
struct DataStats {
  std::uint64_t timestampMs = 0;
  std::string label, protocol;
  std::uint64_t messages = 0, bytes = 0;
  std::uint32_t bufferedAmount = 0;
};

struct DataConsumerDump {
  ConsumeDataOptions options;
  bool producerPaused = false;
  std::uint32_t bufferedAmount = 0;
  std::uint32_t bufferedAmountLowThreshold = 0;
};

// A producer's mean level over the interval of an observer.
struct ProducerAudioLevel {
  std::string producerId;
  std::int8_t level = -127;  // dBov, -127 to 0
  friend bool operator==(const ProducerAudioLevel&, const ProducerAudioLevel&) = default;
};

struct Tuple {
  std::string localAddress;
  std::uint16_t localPort = 0;
  std::optional<std::string> remoteIp;
  std::uint16_t remotePort = 0;
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  friend bool operator==(const Tuple&, const Tuple&) = default;
};

enum class TransportTraceEvent : std::uint8_t { kProbation, kBwe };
enum class ProducerTraceEvent : std::uint8_t { kKeyFrame, kFir, kNack, kPli, kRtp, kSr };
enum class ConsumerTraceEvent : std::uint8_t { kKeyFrame, kFir, kNack, kPli, kRtp };

// Seen from the worker.
enum class TraceDirection : std::uint8_t { kIn, kOut };

// FBS.RtpPacket.Dump: an RTP packet as trace events show it, named as on the side that it is traced for.
struct TracedPacket {
  PayloadType payloadType;
  std::uint16_t sequenceNumber = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  Ssrc ssrc;
  bool keyFrame = false;
  std::size_t size = 0;         // bytes
  std::size_t payloadSize = 0;  // bytes, without padding
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  std::string mid, rid, repairedRid;  // empty: none
  std::optional<std::uint16_t> transportSequenceNumber;
  bool retransmission = false;  // it came or went as RTX
};
struct TracedRequest {  // PLI, FIR
  Ssrc ssrc;            // of the stream whose key frame is asked for
};
struct TracedSenderReport {  // RFC 3550 section 6.4.1
  Ssrc ssrc;
  NtpTime ntp;
  std::uint32_t rtpTimestamp = 0;
  std::uint32_t packetCount = 0;
  std::uint32_t octetCount = 0;
};

// A packet with kRtp and kKeyFrame, a request with kPli and kFir, a report with kSr, nothing with kNack.
using TraceInfo = std::variant<std::monostate, TracedPacket, TracedRequest, TracedSenderReport>;

template <typename Event>
struct Trace {
  Event event{};
  std::uint64_t timestampMs = 0;
  TraceDirection direction = TraceDirection::kIn;
  TraceInfo info;
};

struct TransportDump {
  std::string id;
  bool direct = false;
  std::vector<std::string> producerIds;
  std::vector<std::string> consumerIds;
  std::vector<std::string> dataProducerIds;
  std::vector<std::string> dataConsumerIds;
  std::vector<std::pair<std::uint16_t, std::string>> sctpStreamProducerId;
  std::vector<std::pair<Ssrc, std::string>> ssrcConsumerId;
  std::vector<std::pair<Ssrc, std::string>> rtxSsrcConsumerId;
  // Ids of the extensions that the transport itself reads.
  std::optional<std::uint8_t> midExtensionId, ridExtensionId, rridExtensionId, absSendTimeExtensionId,
      transportWideCcExtensionId;
  std::vector<std::pair<Ssrc, std::string>> ssrcTable;
  std::vector<std::pair<std::string, std::string>> midTable;
  std::vector<std::pair<std::string, std::string>> ridTable;
  std::uint32_t maxSendMessageSize = 0;
  std::uint32_t maxReceiveMessageSize = 0;
  std::optional<SctpParameters> sctpParameters;  // if SCTP is enabled
  SctpDescription sctp;
  std::vector<TransportTraceEvent> traceEvents;

  // PlainTransport only.
  struct Plain {
    bool rtcpMux = false;
    bool comedia = false;
    Tuple tuple;
    std::optional<Tuple> rtcpTuple;
    std::optional<SrtpParameters> srtpParameters;
  };
  std::optional<Plain> plain;

  // PipeTransport only.
  struct Pipe {
    Tuple tuple;
    bool rtx = false;
    std::optional<SrtpParameters> srtpParameters;
  };
  std::optional<Pipe> pipe;

  // WebRtcTransport only.
  struct WebRtc {
    IceParameters iceParameters;
    std::vector<ice::Candidate> iceCandidates;
    ice::AgentState iceState = ice::AgentState::kNew;
    std::optional<Tuple> iceSelectedTuple;
    DtlsParameters dtlsParameters;  // of us
    dtls::State dtlsState = dtls::State::kNew;
  };
  std::optional<WebRtc> webRtc;
};

struct TransportStats {
  std::string transportId;
  std::uint64_t timestampMs = 0;
  std::optional<sctp::State> sctpState;  // if SCTP is enabled
  std::uint64_t bytesReceived = 0, recvBitrate = 0, bytesSent = 0, sendBitrate = 0;
  std::uint64_t rtpBytesReceived = 0, rtpRecvBitrate = 0, rtpBytesSent = 0, rtpSendBitrate = 0;
  std::uint64_t rtxBytesReceived = 0, rtxRecvBitrate = 0, rtxBytesSent = 0, rtxSendBitrate = 0;
  std::uint64_t probationBytesSent = 0, probationSendBitrate = 0;
  std::optional<DataRate> maxOutgoingBitrate, minOutgoingBitrate;
  std::optional<DataRate> availableIncomingBitrate;  // the bitrate of the last REMB, if any was sent
  std::optional<DataRate> maxIncomingBitrate;
  std::optional<DataRate> availableOutgoingBitrate;  // estimated
  std::optional<double> packetLossReceived;          // 0 to 1
  std::optional<double> packetLossSent;              // likewise
  struct Plain {
    bool rtcpMux = false;
    bool comedia = false;
    Tuple tuple;
    std::optional<Tuple> rtcpTuple;
  };
  std::optional<Plain> plain;
  std::optional<Tuple> pipeTuple;
  struct WebRtc {
    ice::AgentState iceState = ice::AgentState::kNew;
    std::optional<Tuple> iceSelectedTuple;
    dtls::State dtlsState = dtls::State::kNew;
  };
  std::optional<WebRtc> webRtc;
};

struct PlainConnectResult {
  std::optional<Tuple> tuple;  // absent with comedia until the remote is known
  std::optional<Tuple> rtcpTuple;
  std::optional<SrtpParameters> srtpParameters;  // our own key, which may be replaced for the remote's suite
};

// FBS.RtpStream.Params
struct RtpStreamParams {
  std::uint32_t encodingIdx = 0;
  Ssrc ssrc;
  PayloadType payloadType;
  std::string mimeType;
  std::uint32_t clockRate = 0;
  std::string rid;
  std::string cname;
  std::optional<Ssrc> rtxSsrc;
  std::optional<PayloadType> rtxPayloadType;
  bool useNack = false, usePli = false, useFir = false, useInBandFec = false, useDtx = false;
  std::uint8_t spatialLayers = 1;
  std::uint8_t temporalLayers = 1;
};

// FBS.RtxStream.Params
struct RtxStreamParams {
  Ssrc ssrc;
  PayloadType payloadType;
  std::string mimeType;
  std::uint32_t clockRate = 0;
  std::string repairedRid;
  std::string cname;
};

struct RtpStreamDump {
  RtpStreamParams params;
  std::uint8_t score = 0;
  std::optional<RtxStreamParams> rtx;
};

struct LayerBitrate {
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  std::uint64_t bitrate = 0;
};

// One entry of a producer's or consumer's statistics; recv for the former, send for the latter.
struct RtpStreamStats {
  bool receive = false;
  std::uint64_t timestampMs = 0;
  Ssrc ssrc;
  MediaKind kind = MediaKind::kAudio;
  std::string mimeType;
  std::int32_t packetsLost = 0;
  std::uint8_t fractionLost = 0;
  std::uint32_t jitter = 0;
  std::uint64_t packetsDiscarded = 0, packetsRetransmitted = 0, packetsRepaired = 0;
  std::uint64_t nackCount = 0, nackPacketCount = 0, pliCount = 0, firCount = 0;
  std::string rid;
  std::optional<Ssrc> rtxSsrc;
  std::uint64_t rtxPacketsDiscarded = 0;
  float roundTripTimeMs = 0;
  std::uint8_t score = 0;
  std::uint64_t packetCount = 0, byteCount = 0, bitrate = 0;
  std::vector<LayerBitrate> bitrateByLayer;  // of a producer's stream
};

struct ProduceResult {
  RtpType type = RtpType::kSimple;
};

struct ProducerDump {
  std::string id;
  MediaKind kind = MediaKind::kAudio;
  RtpType type = RtpType::kSimple;
  RtpParameters rtpParameters;
  RtpMapping rtpMapping;
  std::vector<RtpStreamDump> rtpStreams;
  std::vector<ProducerTraceEvent> traceEvents;
  bool paused = false;
};

struct ConsumerScore {
  std::uint8_t score = 0;
  std::uint8_t producerScore = 0;
  std::vector<std::uint8_t> producerScores;  // one for each of the producer's encodings
  friend bool operator==(const ConsumerScore&, const ConsumerScore&) = default;
};

struct ConsumeResult {
  bool paused = false;
  bool producerPaused = false;
  ConsumerScore score;
  std::optional<ConsumerLayers> preferredLayers;
};

// Of a consumer that chooses among layers.
struct ConsumerLayersDump {
  ConsumerLayers preferred;
  std::optional<ConsumerLayers> target;  // switched to as soon as that is possible
  std::optional<ConsumerLayers> current;
};

struct ConsumerDump {
  std::string id;
  RtpType type = RtpType::kSimple;
  std::string producerId;
  MediaKind kind = MediaKind::kAudio;
  RtpParameters rtpParameters;
  std::vector<RtpEncodingParameters> consumableRtpEncodings;
  std::vector<PayloadType> supportedCodecPayloadTypes;
  std::vector<ConsumerTraceEvent> traceEvents;
  bool paused = false;
  bool producerPaused = false;
  std::uint8_t priority = 1;
  std::vector<RtpStreamDump> rtpStreams;
  std::optional<ConsumerLayersDump> layers;  // simulcast and SVC
};

struct ProducerScore {
  std::uint32_t encodingIdx = 0;
  Ssrc ssrc;
  std::string rid;
  std::uint8_t score = 0;
  friend bool operator==(const ProducerScore&, const ProducerScore&) = default;
};

}  // namespace ringcast::rtc
