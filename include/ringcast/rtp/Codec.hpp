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

// Whether the payload begins a key frame, by itself: what InspectPayload says, without a dependency
// descriptor.
[[nodiscard]] bool IsKeyFrame(Codec codec, ByteView payload);

}  // namespace ringcast::rtp
