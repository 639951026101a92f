#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/SequenceUnwrapper.hpp"
#include "ringcast/rtp/FrameInfo.hpp"

namespace ringcast::rtp {

// AV1 RTP payload format, appendix A.8: the header extension that tells a forwarder what each frame is for.

inline constexpr std::size_t kMandatoryDescriptorSize = 3;
inline constexpr std::size_t kMaxDescriptorSize = 255;      // of a header extension (RFC 8285 section 4.3)
inline constexpr std::size_t kMaxDependencyTemplates = 64;  // their ids have 6 bits

struct DependencyDescriptor {
  bool startOfFrame = false;
  bool endOfFrame = false;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  DependencyInfo info;
  std::shared_ptr<const DependencyStructure> structure;  // never nullptr; the same for the same content
};

// Reads the descriptors of one stream. Most of them only name a template of a structure that an earlier
// packet had, so it keeps the last two: packets that come late still refer to the one before.
class DependencyReader {
 public:
  DependencyReader();
  ~DependencyReader();
  DependencyReader(DependencyReader&&) noexcept;
  DependencyReader& operator=(DependencyReader&&) noexcept;

  // nullopt: malformed, or its template is unknown; nothing has changed then.
  [[nodiscard]] std::optional<DependencyDescriptor> Read(ByteView value);

  // A structure whose frame is so many frames older than the last one's, or more, is no late one: the numbers
  // started anew. Two seconds of 3 spatial layers at 60 frames a second, and more than any packet is late.
  static constexpr std::int64_t kMaxLateFrames = 360;

 private:
  struct Structure;

  [[nodiscard]] Structure* For(std::int64_t frameNumber) const;
  void Keep(std::unique_ptr<Structure> structure);

  SequenceUnwrapper<std::uint16_t> frameNumbers_;
  std::unique_ptr<Structure> current_;
  std::unique_ptr<Structure> previous_;  // of frames before current_'s first
};

// The size of what WriteActiveTargets writes; 0: it would not fit into a header extension.
[[nodiscard]] std::size_t PatchedSize(ByteView value, const DependencyInfo& info, std::uint8_t targetCount);

// Writes the descriptor that `info` was read from with this mask of active decode targets (appendix A.8.2:
// target 0 is its last bit), which is put in where there was none. Returns the bytes written; 0: `out` is too
// short, or it would not fit into a header extension.
[[nodiscard]] std::size_t WriteActiveTargets(ByteView value, const DependencyInfo& info,
                                             std::uint8_t targetCount, std::uint32_t activeTargets,
                                             MutableBytes out);

}  // namespace ringcast::rtp
