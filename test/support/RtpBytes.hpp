#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ringcast/rtp/Extensions.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::test {

// The fields of an RTP packet to write: RFC 3550 section 5.1, one-byte extensions (RFC 8285 section 4.2).
struct RtpBytes {
  std::uint8_t payloadType = 101;
  bool marker = false;
  std::uint16_t sequenceNumber = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  struct Extension {
    std::uint8_t id = 0;
    std::vector<std::uint8_t> value;
  };
  std::vector<Extension> extensions;
  std::vector<std::uint8_t> payload;
  std::uint8_t padding = 0;

  [[nodiscard]] std::vector<std::uint8_t> Write() const;
};

// Return payloads with the first bytes of an encoder's output, padded to `size`.
[[nodiscard]] std::vector<std::uint8_t> Vp8Payload(bool keyFrame, std::size_t size);
[[nodiscard]] std::vector<std::uint8_t> OpusPayload(std::size_t size);

[[nodiscard]] std::vector<std::uint8_t> Bytes(std::string_view text);

// Returns the bytes sent for a packet whose rewrite changes nothing, with the extensions of `ids`.
[[nodiscard]] std::vector<std::uint8_t> Forwarded(const rtp::Packet& packet, const rtp::ExtensionIds& ids);

}  // namespace ringcast::test
