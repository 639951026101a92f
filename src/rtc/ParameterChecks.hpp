#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtc/Parameters.hpp"

namespace ringcast::rtc {

// A participant chooses most of its RTP parameters, and the controller passes them on. These limits keep
// every value within what the wire can carry, and what the worker stores and returns in dumps within reason.

// An SDES item has one length octet (RFC 3550 section 6.5).
inline constexpr std::size_t kMaxCnameLength = 255;
// A two-byte header extension has one length octet (RFC 8285 section 4.3): MID and RtpStreamId.
inline constexpr std::size_t kMaxMidLength = 255;
inline constexpr std::size_t kMaxRidLength = 255;
// Two identifiers of 64 characters and a space (RFC 8830 section 2).
inline constexpr std::size_t kMaxMsidLength = 129;
// Two names of 127 characters and a slash (RFC 6838 section 4.2).
inline constexpr std::size_t kMaxMimeTypeLength = 255;
// Above every registered RTP clock rate; audio has up to 384 kHz.
inline constexpr std::uint32_t kMaxClockRate = 1'000'000;
// Of a codec or a header extension. Registered codecs have up to 20 format parameters, browsers offer up to 6
// kinds of feedback for each.
inline constexpr std::size_t kMaxParameters = 64;
inline constexpr std::size_t kMaxRtcpFeedback = 32;
// The longest format parameters are the parameter sets of H264 and H265 in base64.
inline constexpr std::size_t kMaxTextLength = 4096;

// Returns TypeError for parameters that contradict themselves or exceed a limit: no codec, no encoding, an
// encoding that names an unknown codec, a payload type above 127 or used twice, a header extension id that is
// reserved or used twice, an ssrc or a rid used twice, more layers than a stream can have, a text that is too
// long.
[[nodiscard]] Status ValidateRtpParameters(const RtpParameters& parameters);

// Returns the ssrcs that the encodings name, those of retransmissions included.
[[nodiscard]] std::vector<Ssrc> NamedSsrcs(std::span<const RtpEncodingParameters> encodings);

}  // namespace ringcast::rtc
