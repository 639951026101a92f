#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::rtp {

// The value of the header extension of RFC 6464: the level of the audio in one packet.
struct AudioLevel {
  static constexpr std::uint8_t kSilence = 127;

  std::uint8_t attenuation = kSilence;  // -dBov: 0 is the loudest level, 127 is silence
  bool voice = false;                   // the sender believes that the packet contains speech

  // Returns the level, or nullopt if the value has another length than one byte. RFC 6464 section 3 adds a
  // byte of padding in the two-byte header, which is ignored.
  [[nodiscard]] static constexpr std::optional<AudioLevel> Parse(ByteView value) {
    if (value.empty() || value.size() > 2) return std::nullopt;
    return AudioLevel{static_cast<std::uint8_t>(value[0] & 0x7F), (value[0] & 0x80) != 0};
  }

  friend bool operator==(const AudioLevel&, const AudioLevel&) = default;
};

}  // namespace ringcast::rtp
