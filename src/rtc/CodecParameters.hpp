#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/Parameters.hpp"

namespace ringcast::rtc {

// Returns "VP8" of "video/VP8"; empty if there is no slash.
[[nodiscard]] std::string_view Subtype(std::string_view mimeType);

// A codec that carries media, not retransmissions or redundancy of other codecs ("video/rtx",
// "video/ulpfec").
[[nodiscard]] bool IsMediaCodec(const RtpCodecParameters& codec);

// The payload type that a codec of retransmissions repeats packets of (RFC 4588 section 8.1); nullopt: it is
// none.
[[nodiscard]] std::optional<PayloadType> RetransmittedType(const RtpCodecParameters& codec);

// Whether this feedback was negotiated for it.
[[nodiscard]] bool HasFeedback(const RtpCodecParameters& codec, std::string_view type,
                               std::string_view parameter = {});

// The media codec that an encoding uses: the one it names, else the first. nullptr: there is none.
[[nodiscard]] const RtpCodecParameters* CodecOf(const RtpParameters& parameters,
                                                const RtpEncodingParameters& encoding);

// The value of an integer fmtp parameter.
[[nodiscard]] std::optional<std::int32_t> IntegerParameter(const RtpCodecParameters& codec,
                                                           std::string_view name);

// A stream's parameters as dumps show them, from its codec and encoding.
[[nodiscard]] RtpStreamParams DescribeStream(const RtpParameters& parameters,
                                             const RtpEncodingParameters& encoding,
                                             const RtpCodecParameters& codec, std::size_t encodingIndex,
                                             Ssrc ssrc);

// The stream of retransmissions that goes with it; nullopt: none was negotiated.
[[nodiscard]] std::optional<RtxStreamParams> DescribeRtx(const RtpParameters& parameters,
                                                         const RtpStreamParams& stream);

// The same as dumps show them: mime types as they are registered, and each encoding naming the codec that it
// uses. They are valid.
[[nodiscard]] RtpParameters Canonical(RtpParameters parameters);

// simple: one encoding with one layer; svc: with more of them; simulcast: several encodings.
[[nodiscard]] RtpType TypeOf(const RtpParameters& parameters);

}  // namespace ringcast::rtc
