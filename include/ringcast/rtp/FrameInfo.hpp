#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ringcast::rtp {

// The numbers in a payload descriptor of VP8 (RFC 7741 section 4.2) or VP9 (RFC 9628 section 4.2) that have
// to be contiguous where a consumer gets them. The offsets count from the payload's first byte.
struct DescriptorFields {
  // What is replaced lies within so many bytes: VP8's whole descriptor; VP9's up to TL0PICIDX.
  static constexpr std::size_t kMaxSize = 6;

  std::uint16_t pictureId = 0;
  std::uint8_t pictureIdBits = 0;  // 7 or 15; 0: there is none
  std::uint8_t pictureIdOffset = 0;
  std::uint8_t tl0PicIdx = 0;
  std::uint8_t tl0PicIdxOffset = 0;  // 0: there is none
  std::uint8_t keyIdx = 0;           // VP8: 5 bits
  std::uint8_t keyIdxOffset = 0;     // 0: there is none
};

// Bytes that take the place of as many at the payload's beginning.
struct PayloadPatch {
  std::array<std::uint8_t, DescriptorFields::kMaxSize> bytes{};
  std::uint8_t size = 0;  // 0: the payload goes on as it is
};

// What a decode target can do with a frame (AV1 RTP payload format, appendix A.8.3), as on the wire.
enum class DecodeTargetIndication : std::uint8_t { kNotPresent, kDiscardable, kSwitch, kRequired };

inline constexpr std::size_t kMaxDecodeTargets = 32;
inline constexpr std::size_t kMaxSpatialLayers = 4;
inline constexpr std::size_t kMaxTemporalLayers = 8;

// What the template structure of a dependency descriptor says of the stream as a whole (appendix A.8.3).
struct DependencyStructure {
  struct Target {
    std::uint8_t spatialLayer = 0;  // the highest that it has
    std::uint8_t temporalLayer = 0;
  };
  std::uint8_t targetCount = 0;
  std::uint8_t spatialLayers = 1;
  std::uint8_t temporalLayers = 1;
  std::array<Target, kMaxDecodeTargets> targets{};
};

// A packet's dependency descriptor.
struct DependencyInfo {
  // What refers to more frames cannot be judged: it is taken as one whose references are missing.
  static constexpr std::size_t kMaxReferences = 8;

  std::uint16_t frameNumber = 0;
  std::uint64_t indications = 0;                           // two bits a decode target, target 0 lowest
  std::array<std::uint16_t, kMaxReferences> references{};  // how many frame numbers back
  std::uint8_t referenceCount = 0;
  bool tooManyReferences = false;
  bool hasStructure = false;          // the structure is attached to this packet
  bool hasActiveTargets = false;      // and the mask of active decode targets
  std::uint16_t activeTargetsAt = 0;  // bits before that mask, or before where it would stand: 0: nowhere
  std::uint16_t endsAt = 0;           // bits before the zeros that fill it up
  std::uint32_t activeTargets = 0;    // bit n: decode target n. In force since the last mask, or all

  [[nodiscard]] DecodeTargetIndication Indication(std::size_t target) const {
    return static_cast<DecodeTargetIndication>((indications >> (2 * target)) & 3);
  }
};

// Where a dependency descriptor has its mask of active decode targets, or would have it: what it takes to
// send it on with another one. Bits as in DependencyInfo.
struct TargetMaskPlace {
  std::uint16_t at = 0;
  std::uint16_t endsAt = 0;
  std::uint8_t targetCount = 0;  // 0: there is no descriptor
  bool present = false;
};

// What is known of the frame that a packet belongs to: by its payload descriptor, or by its dependency
// descriptor, which wins where both are there.
struct FrameInfo {
  bool keyFrame = false;     // the packet that begins a key frame: a receiver can join here
  bool beginsFrame = false;  // of its spatial layer
  bool endsFrame = false;    // likewise
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  // This frame and what follows in its temporal layer need nothing of this temporal layer from before (VP8's
  // Y, VP9's U).
  bool temporalSwitch = false;
  // VP9: the frame refers to earlier pictures (P); it refers to the spatial layer below (D).
  bool interPicture = true;
  bool interLayer = false;
  bool neededAbove = true;        // VP9: upper spatial layers of its picture may refer to it (not Z)
  bool hasParameterSets = false;  // H264: the packet has a sequence parameter set
  DescriptorFields fields;
  std::shared_ptr<const DependencyStructure> structure;  // nullptr: no dependency descriptor
  bool structureMissing = false;  // there is one, but not what it refers to: it may still come
  DependencyInfo dependency;
};

[[nodiscard]] inline TargetMaskPlace MaskPlaceOf(const FrameInfo& frame) {
  if (!frame.structure) return {};
  const auto& info = frame.dependency;
  return {info.activeTargetsAt, info.endsAt, frame.structure->targetCount, info.hasActiveTargets};
}

}  // namespace ringcast::rtp
