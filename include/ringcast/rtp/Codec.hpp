#pragma once

#include <cstdint>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtp {

// The codecs whose payload the worker parses. Payloads of other codecs are forwarded unparsed.
enum class Codec : std::uint8_t { kOther, kOpus, kVp8, kVp9, kH264, kAv1, kRtx };

// Returns the codec of a MIME type ("video/VP8"), case-insensitively.
[[nodiscard]] Codec ParseCodec(std::string_view mimeType);

// Returns true if IsKeyFrame() supports the codec, so that a receiver can join a stream at a key frame.
[[nodiscard]] bool CanDetectKeyFrame(Codec codec);

// Returns true if the payload starts a key frame. Equivalent to InspectPayload(); ignores a dependency
// descriptor.
[[nodiscard]] bool IsKeyFrame(Codec codec, ByteView payload);

}  // namespace ringcast::rtp
