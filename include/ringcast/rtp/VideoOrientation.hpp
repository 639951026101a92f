#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtp {

// Coordination of video orientation: how to rotate a frame for display (3GPP TS 26.114 section 7.4.5).
struct VideoOrientation {
  bool camera = false;         // back-facing camera
  bool flip = false;           // mirrored
  std::uint16_t rotation = 0;  // degrees clockwise: 0, 90, 180, 270
  friend bool operator==(const VideoOrientation&, const VideoOrientation&) = default;
};

// Parses the extension kVideoOrientation: one byte, 0 0 0 0 C F R1 R0. Returns nullopt if it is empty.
[[nodiscard]] inline std::optional<VideoOrientation> ParseVideoOrientation(ByteView value) {
  if (value.empty()) return std::nullopt;
  constexpr std::uint8_t kCamera = 8;
  constexpr std::uint8_t kFlip = 4;
  constexpr std::uint8_t kQuarterTurns = 3;
  return VideoOrientation{.camera = (value[0] & kCamera) != 0,
                          .flip = (value[0] & kFlip) != 0,
                          .rotation = static_cast<std::uint16_t>(90 * (value[0] & kQuarterTurns))};
}

}  // namespace ringcast::rtp
