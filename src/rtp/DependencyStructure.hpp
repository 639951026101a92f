#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "rtp/BitString.hpp"

namespace ringcast::rtp {

// A frame dependency template (appendix A.8.3): the common properties of the frames that refer to it.
struct DependencyTemplate {
  std::uint64_t indications = 0;                                          // as in DependencyInfo
  std::array<std::uint8_t, DependencyInfo::kMaxReferences> references{};  // distances of 1 to 16 frames
  std::uint8_t referenceCount = 0;
  bool tooManyReferences = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  friend bool operator==(const DependencyTemplate&, const DependencyTemplate&) = default;
};

struct DependencyReader::Structure {
  // template_dependency_structure(). Returns nullptr if malformed.
  [[nodiscard]] static std::unique_ptr<Structure> Read(BitReader& bits);

  [[nodiscard]] const DependencyTemplate* Find(std::uint8_t templateId) const;
  // Returns true if the structures are equal, because encoders repeat a structure with each key frame.
  [[nodiscard]] bool SameAs(const Structure& other) const {
    return templateIdOffset == other.templateIdOffset && templateCount == other.templateCount &&
           chainCount == other.chainCount && shared->targetCount == other.shared->targetCount &&
           templates == other.templates;
  }
  // Returns the mask of all decode targets.
  [[nodiscard]] std::uint32_t AllTargets() const { return 0xFFFF'FFFFU >> (32 - shared->targetCount); }

  std::int64_t firstFrame = 0;          // unwrapped number of the frame that carried the structure
  std::int64_t activeTargetsSince = 0;  // unwrapped number of the frame that carried activeTargets
  std::uint32_t activeTargets = 0;
  std::uint8_t templateIdOffset = 0;
  std::uint8_t templateCount = 0;
  std::uint8_t chainCount = 0;
  std::shared_ptr<const DependencyStructure> shared;
  std::array<DependencyTemplate, kMaxDependencyTemplates> templates{};
};

// Reads one indication per decode target: template_dtis() and frame_dtis().
[[nodiscard]] std::uint64_t ReadIndications(BitReader& bits, std::size_t targetCount);

}  // namespace ringcast::rtp
