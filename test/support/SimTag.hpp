#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::test {

// Written by simulated sources at the end of each payload, so that receivers can identify a packet and check
// its headers.
struct SimTag {
  static constexpr std::size_t kSize = 36;
  static constexpr std::size_t kMaxReferences = 3;

  // A reference of the frame to an earlier frame.
  struct Reference {
    std::uint8_t spatial = 0;
    std::uint8_t distance = 0;  // in pictures; 0: the next lower layer of the same picture
  };

  std::uint32_t sequence = 0;  // unwrapped sequence number of the packet in its stream, from 0
  std::uint32_t picture = 0;   // number of the capture, the same for all layers
  std::uint32_t captured = 0;  // RTP clock ticks from the source's first capture to this one
  std::uint16_t packet = 0;    // index in the frame
  std::uint16_t packets = 1;   // packets in the frame
  std::uint16_t bodySize = 0;  // size of the payload behind its descriptor, including this tag
  std::uint8_t source = 0;
  std::uint8_t encoding = 0;
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  bool key = false;  // the picture has no references to earlier pictures
  std::uint8_t referenceCount = 0;
  std::array<Reference, kMaxReferences> references{};

  // Writes the tag to the last kSize bytes of the payload.
  void Write(MutableBytes payload) const;
  // Returns nullopt if the payload has no tag or a damaged one.
  [[nodiscard]] static std::optional<SimTag> Read(ByteView payload);
};

}  // namespace ringcast::test
