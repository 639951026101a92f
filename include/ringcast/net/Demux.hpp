#pragma once

#include <cstdint>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::net {

enum class PacketProtocol : std::uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

// Returns the protocol of a datagram, by its first byte (RFC 7983 section 7) and, within RTP, by the packet
// type (RFC 5761 section 4: 192 to 223 is RTCP, that is 64 to 95 without the marker bit). Pure.
[[nodiscard]] PacketProtocol Classify(ByteView datagram);

}  // namespace ringcast::net
