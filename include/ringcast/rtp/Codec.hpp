#pragma once

#include <cstdint>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtp {

// The codecs whose payload the worker looks into; everything else is passed through.
enum class Codec : std::uint8_t { kOther, kOpus, kVp8, kVp9, kH264, kAv1, kRtx };

// By mime type ("video/VP8"), without regard to case.
[[nodiscard]] Codec ParseCodec(std::string_view mimeType);

// Whether a stream can be joined at this codec's key frames, that is, whether IsKeyFrame can tell.
[[nodiscard]] bool CanDetectKeyFrame(Codec codec);

// Whether the payload begins a key frame: VP8 (RFC 7741 sections 4.2 and 4.3), H264 (RFC 6184: an IDR slice,
// or the SPS that precedes it, alone, in STAP-A or starting an FU-A).
[[nodiscard]] bool IsKeyFrame(Codec codec, ByteView payload);

}  // namespace ringcast::rtp
