#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ringcast::rtp {

// The fields of a payload descriptor of VP8 (RFC 7741 section 4.2) or VP9 (RFC 9628 section 4.2) that must be
// contiguous at the receiver. The offsets are relative to the start of the payload.
struct DescriptorFields {
  // Size of the part of the payload that a patch may replace: the whole descriptor of VP8; the descriptor of
  // VP9 up to TL0PICIDX.
  static constexpr std::size_t kMaxSize = 6;

  std::uint16_t pictureId = 0;
  std::uint8_t pictureIdBits = 0;  // 7 or 15; 0: not present
  std::uint8_t pictureIdOffset = 0;
  std::uint8_t tl0PicIdx = 0;
  std::uint8_t tl0PicIdxOffset = 0;  // 0: not present
  std::uint8_t keyIdx = 0;           // VP8: 5 bits
  std::uint8_t keyIdxOffset = 0;     // 0: not present
};

// Bytes that replace the same number of bytes at the start of the payload.
struct PayloadPatch {
  std::array<std::uint8_t, DescriptorFields::kMaxSize> bytes{};
  std::uint8_t size = 0;  // 0: the payload is forwarded unchanged
};

// Decode target indication (AV1 RTP payload format, appendix A.8.3); the values are those on the wire.
enum class DecodeTargetIndication : std::uint8_t { kNotPresent, kDiscardable, kSwitch, kRequired };

inline constexpr std::size_t kMaxDecodeTargets = 32;
inline constexpr std::size_t kMaxSpatialLayers = 4;
inline constexpr std::size_t kMaxTemporalLayers = 8;

// The properties of a stream that the template structure of a dependency descriptor defines (appendix A.8.3).
struct DependencyStructure {
  struct Target {
    std::uint8_t spatialLayer = 0;  // highest layer of the target
    std::uint8_t temporalLayer = 0;
  };
  std::uint8_t targetCount = 0;
  std::uint8_t spatialLayers = 1;
  std::uint8_t temporalLayers = 1;
  std::array<Target, kMaxDecodeTargets> targets{};
};

// The dependency descriptor of a packet.
struct DependencyInfo {
  // A frame with more references is treated as if one of them were missing.
  static constexpr std::size_t kMaxReferences = 8;

  std::uint16_t frameNumber = 0;
  std::uint64_t indications = 0;                           // two bits per decode target, target 0 lowest
  std::array<std::uint16_t, kMaxReferences> references{};  // differences to the referenced frame numbers
  std::uint8_t referenceCount = 0;
  bool tooManyReferences = false;
  bool hasStructure = false;      // the packet carries the structure
  bool hasActiveTargets = false;  // the packet carries the mask of active decode targets
  // offset of that mask, or of the position to insert it, in bits; 0: none
  std::uint16_t activeTargetsAt = 0;
  std::uint16_t endsAt = 0;         // offset of the zero padding, in bits
  std::uint32_t activeTargets = 0;  // bit n: decode target n is active; from the last mask received, or all

  [[nodiscard]] DecodeTargetIndication Indication(std::size_t target) const {
    return static_cast<DecodeTargetIndication>((indications >> (2 * target)) & 3);
  }
};

// The position of the mask of active decode targets in a dependency descriptor, or the position to insert it:
// the information needed to forward the descriptor with another mask. Units are bits, as in DependencyInfo.
struct TargetMaskPlace {
  std::uint16_t at = 0;
  std::uint16_t endsAt = 0;
  std::uint8_t targetCount = 0;  // 0: there is no descriptor
  bool present = false;
};

// Properties of a packet's frame, from the payload descriptor or from the dependency descriptor. If both are
// present, the dependency descriptor has priority.
struct FrameInfo {
  bool keyFrame = false;     // the packet starts a key frame: a receiver can join here
  bool beginsFrame = false;  // first packet of the frame of its spatial layer
  bool endsFrame = false;    // last packet of it
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  // Neither this frame nor later ones of its temporal layer refer to earlier frames of that temporal layer
  // (VP8's Y, VP9's U).
  bool temporalSwitch = false;
  // VP9: the frame refers to earlier pictures (P); the frame refers to the spatial layer below (D).
  bool interPicture = true;
  bool interLayer = false;
  bool neededAbove = true;        // VP9: higher spatial layers of the picture may refer to the frame (not Z)
  bool hasParameterSets = false;  // H264: the packet contains an SPS
  DescriptorFields fields;
  // nullptr: no dependency descriptor, or its structure is unknown
  std::shared_ptr<const DependencyStructure> structure;
  // the packet has a dependency descriptor that could not be read; its structure may still arrive
  bool structureMissing = false;
  DependencyInfo dependency;
};

[[nodiscard]] inline TargetMaskPlace MaskPlaceOf(const FrameInfo& frame) {
  if (!frame.structure) return {};
  const auto& info = frame.dependency;
  return {info.activeTargetsAt, info.endsAt, frame.structure->targetCount, info.hasActiveTargets};
}

}  // namespace ringcast::rtp
