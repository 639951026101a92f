#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::test {

// Sequence numbers at the wraps of 16-bit and signed 16-bit numbers, and their neighbors.
inline constexpr std::int64_t kSequenceStarts[] = {0, 1, 32767, 32768, 65534, 65535};

// Builds the bytes of an RTP packet without the code under test (RFC 3550 section 5.1).
struct PacketBuilder {
  std::uint8_t version = 2;
  bool marker = false;
  std::uint8_t payloadType = 96;
  std::uint16_t sequenceNumber = 0x1234;
  std::uint32_t timestamp = 0x11223344;
  std::uint32_t ssrc = 0xCAFEBABE;
  std::vector<std::uint32_t> csrcs;
  std::optional<std::uint16_t> profile;  // of the header extension
  std::vector<std::uint8_t> extension;   // extension data, padded with zeros to whole words
  std::vector<std::uint8_t> payload = {1, 2, 3, 4, 5};
  std::uint8_t padding = 0;

  [[nodiscard]] std::vector<std::uint8_t> Build() const {
    std::vector<std::uint8_t> out;
    const auto u16 = [&out](std::size_t value) {
      out.push_back(static_cast<std::uint8_t>(value >> 8));
      out.push_back(static_cast<std::uint8_t>(value));
    };
    const auto u32 = [&](std::uint32_t value) {
      u16(value >> 16);
      u16(value & 0xFFFF);
    };
    out.push_back(static_cast<std::uint8_t>((version << 6) | (padding != 0 ? 0x20 : 0) |
                                            (profile ? 0x10 : 0) | static_cast<std::uint8_t>(csrcs.size())));
    out.push_back(static_cast<std::uint8_t>((marker ? 0x80 : 0) | payloadType));
    u16(sequenceNumber);
    u32(timestamp);
    u32(ssrc);
    for (const auto csrc : csrcs) u32(csrc);
    if (profile) {
      u16(*profile);
      u16((extension.size() + 3) / 4);
      out.insert(out.end(), extension.begin(), extension.end());
      out.resize(out.size() + (4 - extension.size() % 4) % 4);
    }
    out.insert(out.end(), payload.begin(), payload.end());
    if (padding != 0) {
      out.resize(out.size() + padding - 1U);
      out.push_back(padding);
    }
    return out;
  }

  [[nodiscard]] std::optional<rtp::Packet> Parse(net::PacketPool& pool) const {
    return rtp::Packet::Parse(pool.Copy(Build(), Instant{}));
  }
};

[[nodiscard]] inline std::vector<std::uint8_t> ToVector(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace ringcast::test
