#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::srtp {

// RFC 3550 sections 5.1 and 6.1: what every packet begins with, up to its ssrc.
inline constexpr std::size_t kRtpHeaderSize = 12;
inline constexpr std::size_t kRtpSequenceNumberOffset = 2;
inline constexpr std::size_t kRtpSsrcOffset = 8;
inline constexpr std::size_t kRtcpHeaderSize = 8;
inline constexpr std::size_t kRtcpSsrcOffset = 4;

// Returns the size of the header with csrcs and extension (RFC 3550 sections 5.1 and 5.3.1); nullopt: it is
// larger than the packet. `packet` has kRtpHeaderSize bytes or more.
inline std::optional<std::size_t> RtpHeaderSize(ByteView packet) {
  std::size_t size = kRtpHeaderSize + (packet[0] & 0x0FU) * std::size_t{4};
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return std::nullopt;
    size += 4 + LoadU16(&packet[size + 2]) * std::size_t{4};
  }
  if (size > packet.size()) return std::nullopt;
  return size;
}

// Returns the index of a packet as a receiver guesses it (RFC 3711 section 3.3.1): the one with its sequence
// number that is closest to `newest`, and never negative. `newest` is -1 for the first packet, which counts
// as one of the first 65,536.
inline std::int64_t GuessIndex(std::int64_t newest, std::uint16_t sequenceNumber) {
  if (newest < 0) return sequenceNumber;
  const auto distance = static_cast<std::int16_t>(sequenceNumber - static_cast<std::uint16_t>(newest));
  const std::int64_t guess = newest + distance;
  return guess < 0 ? guess + 0x10000 : guess;
}

// True if a packet of `size` bytes has its header, and the overhead fits behind it.
inline bool HasRoom(ByteView buffer, std::size_t size, std::size_t headerSize, std::size_t overhead) {
  return size >= headerSize && size <= buffer.size() && buffer.size() - size >= overhead;
}

}  // namespace ringcast::srtp
