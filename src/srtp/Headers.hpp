#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::srtp {

// RFC 3550 sections 5.1 and 6.1: the fixed header of each packet, up to and including the ssrc.
inline constexpr std::size_t kRtpHeaderSize = 12;
inline constexpr std::size_t kRtpSequenceNumberOffset = 2;
inline constexpr std::size_t kRtpSsrcOffset = 8;
inline constexpr std::size_t kRtcpHeaderSize = 8;
inline constexpr std::size_t kRtcpSsrcOffset = 4;

// Returns the size of the RTP header with csrcs and extension (RFC 3550 sections 5.1 and 5.3.1), or nullopt
// if it exceeds the packet. `packet` has at least kRtpHeaderSize bytes.
inline std::optional<std::size_t> RtpHeaderSize(ByteView packet) {
  std::size_t size = kRtpHeaderSize + (packet[0] & 0x0FU) * std::size_t{4};
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return std::nullopt;
    size += 4 + LoadU16(&packet[size + 2]) * std::size_t{4};
  }
  if (size > packet.size()) return std::nullopt;
  return size;
}

// Returns the packet index as a receiver estimates it (RFC 3711 section 3.3.1): of the indices with this
// sequence number, the closest one to `newest` that is not negative. `newest` is -1 for the first packet of a
// stream, whose rollover counter is 0.
inline std::int64_t GuessIndex(std::int64_t newest, std::uint16_t sequenceNumber) {
  if (newest < 0) return sequenceNumber;
  const auto distance = static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(newest));
  const std::int64_t guess = newest + distance;
  return guess < 0 ? guess + 0x10000 : guess;
}

// Returns true if a packet of `size` bytes contains its header and if the overhead fits behind it.
inline bool HasRoom(ByteView buffer, std::size_t size, std::size_t headerSize, std::size_t overhead) {
  return size >= headerSize && size <= buffer.size() && buffer.size() - size >= overhead;
}

}  // namespace ringcast::srtp
