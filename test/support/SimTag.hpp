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

  // A frame that this one is predicted from.
  struct Reference {
    std::uint8_t spatial = 0;
    std::uint8_t distance = 0;  // pictures back; 0: the same picture's lower layer
  };

  std::uint32_t sequence = 0;  // of the packet in its stream, from 0, not wrapped
  std::uint32_t picture = 0;   // number of the capture: the same for all layers
  std::uint32_t captured = 0;  // ticks of the RTP clock from the source's first capture to this one
  std::uint16_t packet = 0;    // in the frame
  std::uint16_t packets = 1;   // of the frame
  std::uint16_t bodySize = 0;  // of the payload behind its descriptor, this tag included
  std::uint8_t source = 0;
  std::uint8_t encoding = 0;
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  bool key = false;  // the picture needs nothing from before
  std::uint8_t referenceCount = 0;
  std::array<Reference, kMaxReferences> references{};

  // To the last kSize bytes of the payload.
  void Write(MutableBytes payload) const;
  // nullopt: none is there, or it was damaged.
  [[nodiscard]] static std::optional<SimTag> Read(ByteView payload);
};

}  // namespace ringcast::test
