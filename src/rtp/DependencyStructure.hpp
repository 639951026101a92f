#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "rtp/BitString.hpp"

namespace ringcast::rtp {

// A frame dependency template (appendix A.8.3): what the frames that name it have in common.
struct DependencyTemplate {
  std::uint64_t indications = 0;                                          // as in DependencyInfo
  std::array<std::uint8_t, DependencyInfo::kMaxReferences> references{};  // 1 to 16 frames back
  std::uint8_t referenceCount = 0;
  bool tooManyReferences = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  friend bool operator==(const DependencyTemplate&, const DependencyTemplate&) = default;
};

struct DependencyReader::Structure {
  // template_dependency_structure(); nullptr: malformed.
  [[nodiscard]] static std::unique_ptr<Structure> Read(BitReader& bits);

  [[nodiscard]] const DependencyTemplate* Find(std::uint8_t templateId) const;
  // It says the same, as encoders repeat it with each key frame.
  [[nodiscard]] bool SameAs(const Structure& other) const {
    return templateIdOffset == other.templateIdOffset && templateCount == other.templateCount &&
           chainCount == other.chainCount && shared->targetCount == other.shared->targetCount &&
           templates == other.templates;
  }
  // Every target of it.
  [[nodiscard]] std::uint32_t AllTargets() const { return 0xFFFF'FFFFU >> (32 - shared->targetCount); }

  std::int64_t firstFrame = 0;          // unwrapped number of the frame that it came with
  std::int64_t activeTargetsSince = 0;  // and of the one that activeTargets came with
  std::uint32_t activeTargets = 0;
  std::uint8_t templateIdOffset = 0;
  std::uint8_t templateCount = 0;
  std::uint8_t chainCount = 0;
  std::shared_ptr<const DependencyStructure> shared;
  std::array<DependencyTemplate, kMaxDependencyTemplates> templates{};
};

// As many indications as there are targets: template_dtis() and frame_dtis() alike.
[[nodiscard]] std::uint64_t ReadIndications(BitReader& bits, std::size_t targetCount);

}  // namespace ringcast::rtp
