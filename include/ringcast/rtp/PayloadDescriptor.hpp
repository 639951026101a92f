#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/Codec.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// What the payload itself says of its frame: VP8 (RFC 7741 sections 4.2 and 4.3), VP9 (RFC 9628 section 4.2),
// H264 (RFC 6184 section 5), AV1 (AV1 RTP payload format, section 4.4). Of a malformed payload, and of every
// other codec, nothing but the marker.
//
// beginsFrame is exact for VP8 and VP9. H264 and AV1 only tell by what stands first: H264's parameter sets
// count as well as the slice behind them, AV1's every packet that does not continue a unit.
[[nodiscard]] FrameInfo InspectPayload(Codec codec, ByteView payload, bool marker);

// The payload's first bytes with these numbers in the place of its own. Each keeps its size: what does not
// fit into 7 bits is cut. A number that the payload does not have is left out.
[[nodiscard]] PayloadPatch MakePatch(ByteView payload, const DescriptorFields& fields,
                                     std::uint16_t pictureId, std::uint8_t tl0PicIdx, std::uint8_t keyIdx);

// Whether the encoder says no more than that there is nothing to say: a packet of at most two bytes, the TOC
// and no more than a frame count behind it (RFC 6716 sections 3.1 and 3.2).
[[nodiscard]] bool IsOpusDtx(ByteView payload);

}  // namespace ringcast::rtp
