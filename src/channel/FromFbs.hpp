#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fbs/consumer_generated.h"
#include "fbs/dataProducer_generated.h"
#include "fbs/directTransport_generated.h"
#include "fbs/pipeTransport_generated.h"
#include "fbs/plainTransport_generated.h"
#include "fbs/producer_generated.h"
#include "fbs/rtpParameters_generated.h"
#include "fbs/srtpParameters_generated.h"
#include "fbs/transport_generated.h"
#include "fbs/webRtcTransport_generated.h"
#include "fbs/worker_generated.h"
#include "ringcast/base/Result.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Parameters.hpp"
#include "ringcast/rtc/data/DataMessage.hpp"

namespace ringcast::channel {

class Conversion;

// Limits on the lists in requests.
inline constexpr std::size_t kMaxCodecs = 128;  // payload types have seven bits
inline constexpr std::size_t kMaxCodecParameters =
    64;  // fmtp parameters of a codec; RFC 6184 defines about 25
inline constexpr std::size_t kMaxRtcpFeedback =
    64;  // RTCP feedback types of a codec; the IANA registry has fewer than 30
inline constexpr std::size_t kMaxHeaderExtensions = 255;  // ids of the two-byte header (RFC 8285 section 4.3)
inline constexpr std::size_t kMaxEncodings = 64;          // simulcast uses three or four in practice
inline constexpr std::size_t kMaxIntegers = 256;    // channel_mapping of multi-channel Opus: 255 channels
inline constexpr std::size_t kMaxTraceEvents = 64;  // event types, with room for duplicates
inline constexpr std::size_t kMaxLogTags = 64;      // tags, with room for duplicates
// Subchannels of a message or of a data consumer.
inline constexpr std::size_t kMaxSubchannels = 1024;
// Three certificates with all five hash algorithms (RFC 8122 section 5 allows several of both); browsers send
// one fingerprint.
inline constexpr std::size_t kMaxFingerprints = 15;

// Convert tables of a request to types of the media core. Errors are stored in the conversion.
[[nodiscard]] rtc::RtpParameters FromFbs(Conversion& conversion,
                                         const FBS::RtpParameters::RtpParameters& fbs);
[[nodiscard]] rtc::RtpMapping FromFbs(Conversion& conversion, const FBS::RtpParameters::RtpMapping& fbs);
[[nodiscard]] rtc::RtpEncodingParameters FromFbs(Conversion& conversion,
                                                 const FBS::RtpParameters::RtpEncodingParameters& fbs);
[[nodiscard]] rtc::ListenInfo FromFbs(Conversion& conversion, const FBS::Transport::ListenInfo& fbs);
[[nodiscard]] rtc::TransportOptions FromFbs(const FBS::Transport::Options& fbs);
[[nodiscard]] rtc::SrtpParameters FromFbs(Conversion& conversion,
                                          const FBS::SrtpParameters::SrtpParameters& fbs);
[[nodiscard]] rtc::ConsumerLayers FromFbs(const FBS::Consumer::ConsumerLayers& fbs);

// Returns an id in the body of a request.
[[nodiscard]] Result<std::string> IdFrom(std::string_view field, const flatbuffers::String* text);

[[nodiscard]] Result<rtc::PlainTransportOptions> FromFbs(
    const FBS::PlainTransport::PlainTransportOptions& fbs);
[[nodiscard]] Result<rtc::PlainConnectOptions> FromFbs(const FBS::PlainTransport::ConnectRequest& fbs);
[[nodiscard]] Result<rtc::PipeTransportOptions> FromFbs(const FBS::PipeTransport::PipeTransportOptions& fbs);
[[nodiscard]] Result<rtc::PipeConnectOptions> FromFbs(const FBS::PipeTransport::ConnectRequest& fbs);
// The options contain the listen infos or the WebRTC server, for both methods that create a WebRTC transport.
[[nodiscard]] Result<rtc::WebRtcTransportOptions> FromFbs(
    const FBS::WebRtcTransport::WebRtcTransportOptions& fbs);
// Returns the DTLS parameters of the peer.
[[nodiscard]] Result<rtc::DtlsParameters> FromFbs(const FBS::WebRtcTransport::ConnectRequest& fbs);
// Returns the listen infos of a WebRTC server.
[[nodiscard]] Result<std::vector<rtc::ListenInfo>> FromFbs(const FBS::Worker::CreateWebRtcServerRequest& fbs);
[[nodiscard]] Result<rtc::ProduceOptions> FromFbs(const FBS::Transport::ProduceRequest& fbs);
[[nodiscard]] Result<rtc::ConsumeOptions> FromFbs(const FBS::Transport::ConsumeRequest& fbs);
[[nodiscard]] Result<rtc::ProduceDataOptions> FromFbs(const FBS::Transport::ProduceDataRequest& fbs);
[[nodiscard]] Result<rtc::ConsumeDataOptions> FromFbs(const FBS::Transport::ConsumeDataRequest& fbs);
// The message refers to the bytes of the notification.
[[nodiscard]] Result<rtc::DataMessage> FromFbs(const FBS::DataProducer::SendNotification& fbs);

[[nodiscard]] Result<std::vector<rtc::TransportTraceEvent>> FromFbs(
    const FBS::Transport::EnableTraceEventRequest& fbs);
[[nodiscard]] Result<std::vector<rtc::ProducerTraceEvent>> FromFbs(
    const FBS::Producer::EnableTraceEventRequest& fbs);
[[nodiscard]] Result<std::vector<rtc::ConsumerTraceEvent>> FromFbs(
    const FBS::Consumer::EnableTraceEventRequest& fbs);

}  // namespace ringcast::channel
