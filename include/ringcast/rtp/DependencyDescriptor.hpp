#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// AV1 RTP payload format, appendix A.8: the header extension that describes the dependencies of each frame to
// an SFU.

inline constexpr std::size_t kMandatoryDescriptorSize = 3;
inline constexpr std::size_t kMaxDescriptorSize = 255;  // limit of a header extension (RFC 8285 section 4.3)
inline constexpr std::size_t kMaxDependencyTemplates = 64;  // template ids have 6 bits

struct DependencyDescriptor {
  bool startOfFrame = false;
  bool endOfFrame = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  DependencyInfo info;
  // never nullptr; shared by descriptors with equal structures
  std::shared_ptr<const DependencyStructure> structure;
};

// Reads the dependency descriptors of one stream. Most descriptors only refer to a template of a structure
// that an earlier packet carried. The reader keeps the last two structures, because late packets still refer
// to the previous one.
class DependencyReader {
 public:
  DependencyReader();
  ~DependencyReader();
  DependencyReader(DependencyReader&&) noexcept;
  DependencyReader& operator=(DependencyReader&&) noexcept;

  // Returns the descriptor, or nullopt if it is malformed or if its template is unknown. In that case the
  // reader is unchanged.
  [[nodiscard]] std::optional<DependencyDescriptor> Read(ByteView value);

  // A structure with a frame number this much lower than the last structure's is not a late one: the frame
  // numbers have restarted. 360 frames are two seconds with 3 spatial layers at 60 fps, longer than the delay
  // of any packet.
  static constexpr std::int64_t kMaxLateFrames = 360;

 private:
  struct Structure;

  [[nodiscard]] Structure* For(std::int64_t frameNumber) const;
  void Keep(std::unique_ptr<Structure> structure);

  SequenceUnwrapper<std::uint16_t> frameNumbers_;
  std::unique_ptr<Structure> current_;
  std::unique_ptr<Structure> previous_;  // for frames before the first one of current_
};

// Returns the number of bytes that WriteActiveTargets() writes, or 0 if the result would not fit into a
// header extension.
[[nodiscard]] std::size_t PatchedSize(ByteView value, const DependencyInfo& info, std::uint8_t targetCount);

// Writes the descriptor that `info` was read from, with this mask of active decode targets (appendix A.8.2:
// the last bit is target 0). Inserts the mask if the descriptor has none. Returns the number of bytes
// written, or 0 if `out` is too small or if the result would not fit into a header extension.
[[nodiscard]] std::size_t WriteActiveTargets(ByteView value, const DependencyInfo& info,
                                             std::uint8_t targetCount, std::uint32_t activeTargets,
                                             MutableBytes out);

}  // namespace ringcast::rtp
