#include "ringcast/rtp/DependencyDescriptor.hpp"

#include <algorithm>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "support/fuzz/Targets.hpp"

// Input: descriptors of one stream, each as a byte of length, the descriptor, and a byte for the inserted
// mask.
namespace ringcast::fuzz {
namespace {

using rtp::DependencyDescriptor;
using rtp::DependencyStructure;

constexpr std::size_t kMaxDescriptors = 64;  // enough for several structures, and fast

bool Equal(const DependencyStructure& a, const DependencyStructure& b) {
  return a.targetCount == b.targetCount && a.spatialLayers == b.spatialLayers &&
         a.temporalLayers == b.temporalLayers &&
         std::equal(
             a.targets.begin(), a.targets.end(), b.targets.begin(), [](const auto& one, const auto& other) {
               return one.spatialLayer == other.spatialLayer && one.temporalLayer == other.temporalLayer;
             });
}

// Compares all fields except the mask.
bool Equal(const DependencyDescriptor& a, const DependencyDescriptor& b) {
  return a.startOfFrame == b.startOfFrame && a.endOfFrame == b.endOfFrame &&
         a.spatialLayer == b.spatialLayer && a.temporalLayer == b.temporalLayer &&
         a.info.frameNumber == b.info.frameNumber && a.info.indications == b.info.indications &&
         a.info.references == b.info.references && a.info.referenceCount == b.info.referenceCount &&
         a.info.tooManyReferences == b.info.tooManyReferences && a.info.hasStructure == b.info.hasStructure &&
         Equal(*a.structure, *b.structure);
}

}  // namespace

void FuzzDependencyDescriptor(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  rtp::DependencyReader original;
  rtp::DependencyReader patched;
  for (std::size_t i = 0; i < kMaxDescriptors && reader.Remaining() != 0; ++i) {
    const ByteView view = reader.Bytes(reader.U8());
    const std::uint32_t mask = reader.U8() * 0x01010101U;
    // A copy of exactly its size, so that the sanitizer detects a read past its end.
    const std::vector<std::uint8_t> value(view.begin(), view.end());
    const auto before = original.Read(value);
    if (!before) continue;
    const std::uint8_t targets = before->structure->targetCount;
    const std::size_t size = PatchedSize(value, before->info, targets);
    RC_ASSERT(size <= rtp::kMaxDescriptorSize);
    std::vector<std::uint8_t> out(size);
    RC_ASSERT(WriteActiveTargets(value, before->info, targets, mask, out) == size);
    const auto after = patched.Read(size != 0 ? out : value);
    RC_ASSERT(after);
    RC_ASSERT(Equal(*before, *after));
    if (size == 0) continue;
    RC_ASSERT(after->info.hasActiveTargets);
    RC_ASSERT(after->info.activeTargets == (mask & (0xFFFF'FFFFU >> (32 - targets))));
    // Writing the mask again changes nothing but the mask.
    std::vector<std::uint8_t> again(size);
    RC_ASSERT(PatchedSize(out, after->info, targets) == size);
    RC_ASSERT(WriteActiveTargets(out, after->info, targets, mask, again) == size);
    RC_ASSERT(again == out);
    RC_ASSERT(WriteActiveTargets(out, after->info, targets, mask, MutableBytes(again).first(size - 1)) == 0);
  }
}

}  // namespace ringcast::fuzz
