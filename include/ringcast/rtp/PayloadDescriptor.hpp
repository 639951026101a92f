#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// Returns the frame properties according to the payload: VP8 (RFC 7741 sections 4.2 and 4.3), VP9 (RFC 9628
// section 4.2), H264 (RFC 6184 section 5), AV1 (AV1 RTP payload format, section 4.4). For a malformed
// payload, and for any other codec, only endsFrame is set, from the marker; for malformed VP9 nothing is set.
//
// beginsFrame is exact for VP8 and VP9. For H264 and AV1 it only depends on the start of the payload: it is
// true for a packet with H264 parameter sets and for the one with the slice after them, and for every AV1
// packet that does not continue an OBU.
[[nodiscard]] FrameInfo InspectPayload(Codec codec, ByteView payload, bool marker);

// Returns a patch for the start of the payload, with these numbers in place of its own. Each field keeps its
// size: a 7-bit field gets the low 7 bits. Fields that the payload does not have are ignored.
[[nodiscard]] PayloadPatch MakePatch(ByteView payload, const DescriptorFields& fields,
                                     std::uint16_t pictureId, std::uint8_t tl0PicIdx, std::uint8_t keyIdx);

// Returns true if the packet is DTX silence: at most two bytes, that is, a TOC byte and at most a frame count
// byte (RFC 6716 sections 3.1 and 3.2).
[[nodiscard]] bool IsOpusDtx(ByteView payload);

}  // namespace ringcast::rtp
