#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcast::rtp {

// The header extensions that the worker supports, in the order of the channel's schema.
enum class Extension : std::uint8_t {
  kMid,                   // RFC 9143 section 15.2, urn:ietf:params:rtp-hdrext:sdes:mid
  kRid,                   // RFC 8852 section 3.1
  kRepairedRid,           // RFC 8852 section 3.2
  kAbsSendTime,           // http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time, 3 bytes
  kTransportWideCc,       // draft-holmer-rmcat-transport-wide-cc-extensions-01, 2 bytes
  kAudioLevel,            // RFC 6464, 1 byte
  kDependencyDescriptor,  // AV1 RTP payload format, appendix A
  kVideoOrientation,      // 3GPP TS 26.114 section 7.4.5, 1 byte
  kTimeOffset,            // RFC 5450, 3 bytes
  kAbsCaptureTime,        // http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time, 8 or 16 bytes
  kPlayoutDelay,          // http://www.webrtc.org/experiments/rtp-hdrext/playout-delay, 3 bytes
  kMediasoupPacketId,     // urn:mediasoup:params:rtp-hdrext:packet-id, 4 bytes
  kCount
};
inline constexpr std::size_t kExtensionCount = static_cast<std::size_t>(Extension::kCount);

// A set of extensions: bit n is extension n.
using ExtensionSet = std::uint16_t;
static_assert(kExtensionCount <= 16);
constexpr ExtensionSet SetOf(Extension extension) {
  return static_cast<ExtensionSet>(1U << static_cast<unsigned>(extension));
}

// Ids are 1 to 14 in the one-byte header and 1 to 255 in the two-byte header (RFC 8285 sections 4.2 and 4.3).
inline constexpr std::uint8_t kMaxOneByteExtensionId = 14;
inline constexpr std::size_t kMaxOneByteExtensionLength = 16;
inline constexpr std::size_t kMaxTwoByteExtensionLength = 255;

// The mapping between a peer's extension ids and extensions. 0 is never a valid id.
class ExtensionIds {
 public:
  void Set(Extension extension, std::uint8_t id);
  [[nodiscard]] std::optional<std::uint8_t> Id(Extension extension) const {
    const auto id = ids_[static_cast<std::size_t>(extension)];
    return id == 0 ? std::nullopt : std::optional(id);
  }
  [[nodiscard]] std::optional<Extension> Find(std::uint8_t id) const {
    const auto found = extensions_[id];
    return found == 0 ? std::nullopt : std::optional(static_cast<Extension>(found - 1));
  }
  [[nodiscard]] bool Empty() const { return empty_; }

 private:
  bool empty_ = true;
  std::array<std::uint8_t, kExtensionCount> ids_{};
  std::array<std::uint8_t, 256> extensions_{};  // Extension + 1; 0: none
};

}  // namespace ringcast::rtp
