#include "ringcast/rtp/LayerFilter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <set>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtp::DependencyStructure;
using rtp::FrameInfo;
using rtp::LayerFilter;
using rtp::LayerIds;
using rtp::LayerVerdict;

// Key frames bring different structures; a stream uses two at the same time.
constexpr std::size_t kStructures = 4;

constexpr std::size_t kMaxCommands = 2048;  // bytes
constexpr std::size_t kMinDescribed = 16;   // minimum size of a frame with a dependency descriptor
constexpr std::int64_t kFirstFrame = 64;

bool Same(const LayerVerdict& a, const LayerVerdict& b) {
  return a.forward == b.forward && a.marker == b.marker && a.activeTargets == b.activeTargets;
}

bool Same(const LayerFilter& a, const LayerFilter& b) {
  return a.Target() == b.Target() && a.Current() == b.Current() && a.WantsKeyFrame() == b.WantsKeyFrame();
}

// A filter and the frames that it forwarded.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {
    for (auto& structure : structures_) structure = ReadStructure();
  }

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      const std::uint8_t argument = command / 4;
      switch (command % 4) {
        case 0:
          SetTarget({static_cast<std::uint8_t>(argument % 8), static_cast<std::uint8_t>(argument / 8)});
          break;
        case 1:
          if (argument == 63) Reset();
          Offer(Described(argument));
          break;
        default:
          if (argument == 63) Reset();
          Offer(Plain(argument));
          break;
      }
    }
  }

 private:
  // Returns a structure as DependencyReader does: with a target, and layers within bounds.
  std::shared_ptr<const DependencyStructure> ReadStructure() {
    auto structure = std::make_shared<DependencyStructure>();
    structure->targetCount = static_cast<std::uint8_t>(1 + commands_.U8() % rtp::kMaxDecodeTargets);
    structure->spatialLayers = rtp::kMaxSpatialLayers;
    structure->temporalLayers = rtp::kMaxTemporalLayers;
    for (std::size_t i = 0; i < structure->targetCount; ++i) {
      const std::uint8_t layers = commands_.U8();
      structure->targets[i] = {static_cast<std::uint8_t>(layers % rtp::kMaxSpatialLayers),
                               static_cast<std::uint8_t>(layers / 32)};
    }
    return structure;
  }

  void SetTarget(LayerIds target) {
    filter_.SetTarget(target);
    RC_ASSERT(filter_.Target() == target);
    highest_ = {std::max(highest_.spatial, target.spatial), std::max(highest_.temporal, target.temporal)};
  }

  void Reset() {
    filter_.Reset();
    RC_ASSERT(!filter_.Current() && filter_.WantsKeyFrame());
    keyFrameSeen_ = false;
    Forget();
  }

  // Returns frame information as in a payload descriptor, consistent or not.
  FrameInfo Plain(std::uint8_t argument) {
    const std::uint8_t layers = commands_.U8();
    FrameInfo frame;
    frame.keyFrame = (argument & 1) != 0;
    frame.beginsFrame = (argument & 2) != 0;
    frame.endsFrame = (argument & 4) != 0;
    frame.temporalSwitch = (argument & 8) != 0;
    frame.neededAbove = !frame.temporalSwitch;
    frame.interPicture = (argument & 16) != 0;
    frame.interLayer = (argument & 32) != 0;
    frame.spatialLayer = layers % 8;
    frame.temporalLayer = layers / 8 % 8;
    Move(layers / 64);
    return frame;
  }

  // Returns frame information as in a dependency descriptor, consistent or not.
  FrameInfo Described(std::uint8_t argument) {
    FrameInfo frame = Plain(argument & 0x0F);
    MoveFrame(commands_.U8() % 4);
    frame.spatialLayer %= rtp::kMaxSpatialLayers;
    frame.structure = structures_[argument / 16 % kStructures];
    auto& info = frame.dependency;
    info.frameNumber = static_cast<std::uint16_t>(number_);
    info.hasStructure = frame.keyFrame;
    info.hasActiveTargets = frame.temporalSwitch;
    info.indications = std::uint64_t{commands_.U32()} << 32 | commands_.U32();
    info.activeTargets = commands_.U32();
    const std::uint8_t references = commands_.U8();
    info.tooManyReferences = references == 255;
    info.referenceCount = references % (rtp::DependencyInfo::kMaxReferences + 1);
    for (std::size_t i = 0; i < info.referenceCount; ++i)
      info.references[i] = static_cast<std::uint16_t>(1 + commands_.U8());
    return frame;
  }

  // Moves to the next picture, to an earlier one, or to any other.
  void Move(unsigned how) {
    constexpr std::uint32_t kPicture = 3000;
    if (how == 1) {
      timestamp_ += kPicture;
    } else if (how == 2) {
      timestamp_ -= commands_.U8() * kPicture;
    } else if (how == 3) {
      timestamp_ += commands_.U32();
    }
  }

  // Numbers do not wrap: the filter sees only some of them, and would unwrap them wrongly.
  void MoveFrame(unsigned how) {
    static_assert(kFirstFrame + kMaxCommands / kMinDescribed * 255 < 0x8000);
    if (how == 1) ++number_;
    if (how == 2) number_ -= std::min<std::int64_t>(commands_.U8(), number_);
    if (how == 3) number_ += commands_.U8();
  }

  void Offer(const FrameInfo& frame) {
    const bool marker = frame.interLayer;
    LayerFilter twin = filter_;
    const auto verdict = filter_.OnPacket(frame, timestamp_, marker);
    RC_ASSERT(Same(verdict, twin.OnPacket(frame, timestamp_, marker)) && Same(filter_, twin));
    CheckRange(frame, verdict);
    pictures_.insert(timestamp_);
    // The rest of the frame gets the verdict of its first packet.
    RC_ASSERT(Same(verdict, filter_.OnPacket(frame, timestamp_, marker)) && Same(filter_, twin));
    keyFrameSeen_ = keyFrameSeen_ || frame.keyFrame;
    RC_ASSERT(keyFrameSeen_ || !verdict.forward);
    CheckReferences(frame, verdict.forward);
  }

  void CheckRange(const FrameInfo& frame, const LayerVerdict& verdict) const {
    const auto current = filter_.Current();
    RC_ASSERT(current || filter_.WantsKeyFrame());
    if (!verdict.forward) {
      RC_ASSERT(!verdict.marker && verdict.activeTargets == 0);
      return;
    }
    RC_ASSERT(current);
    if (!frame.structure) {
      RC_ASSERT(verdict.activeTargets == 0);
      RC_ASSERT(frame.spatialLayer <= highest_.spatial);
      // A picture has one temporal layer, that of its first packet.
      RC_ASSERT(pictures_.contains(timestamp_) || frame.temporalLayer <= highest_.temporal);
      RC_ASSERT(current->spatial <= highest_.spatial && current->temporal <= highest_.temporal);
      return;
    }
    const auto& structure = *frame.structure;
    RC_ASSERT((verdict.activeTargets & ~frame.dependency.activeTargets) == 0);
    RC_ASSERT((std::uint64_t{verdict.activeTargets} >> structure.targetCount) == 0);
    const auto* end = structure.targets.begin() + structure.targetCount;
    RC_ASSERT(std::any_of(structure.targets.begin(), end, [&](const DependencyStructure::Target& target) {
      return LayerIds{target.spatialLayer, target.temporalLayer} == *current;
    }));
  }

  void Forget() {
    structure_.reset();
    decided_.clear();
    expected_.clear();
    newest_ = -1;
    keyFrame_ = -1;
  }

  static bool IsKeyFrame(const FrameInfo& frame) {
    const auto& info = frame.dependency;
    bool switches = true;
    for (std::size_t i = 0; i < frame.structure->targetCount; ++i)
      switches = switches && info.Indication(i) == rtp::DecodeTargetIndication::kSwitch;
    return frame.spatialLayer == 0 && info.referenceCount == 0 && !info.tooManyReferences && switches;
  }

  // Checks that no forwarded frame refers to a frame that is recorded as dropped, unless an earlier forwarded
  // frame refers to it.
  void CheckReferences(const FrameInfo& frame, bool forward) {
    if (frame.keyFrame && (frame.structure != nullptr) != described_) {
      described_ = !described_;
      Forget();
    }
    if (!frame.structure || !described_) return;
    constexpr auto kRemembered = static_cast<std::int64_t>(rtp::DecodeTargetFilter::kFrames);
    if (frame.keyFrame && number_ <= newest_ - rtp::DependencyReader::kMaxLateFrames) {
      Forget();
    } else if (frame.keyFrame && structure_ != frame.structure) {
      decided_.clear();
      expected_.clear();
    }
    if (frame.keyFrame) structure_ = frame.structure;
    if (frame.structure != structure_ || number_ <= newest_ - kRemembered) return RC_ASSERT(!forward);
    newest_ = std::max(newest_, number_);
    const auto [place, isNew] = decided_.try_emplace(number_, forward);
    RC_ASSERT(place->second == forward);
    if (isNew && number_ > keyFrame_ && IsKeyFrame(frame)) keyFrame_ = number_;
    if (!isNew || !forward) return;
    const auto& info = frame.dependency;
    const bool expected = expected_.contains(number_);
    for (std::size_t i = 0; i < info.referenceCount; ++i) {
      const std::int64_t number = number_ - info.references[i];
      if (number < keyFrame_ && number_ > keyFrame_) continue;
      const auto reference = decided_.find(number);
      if (reference == decided_.end()) {
        expected_.insert(number);
      } else {
        RC_ASSERT(number <= newest_ - kRemembered || reference->second || expected);
      }
    }
  }

  ByteReader commands_;
  std::array<std::shared_ptr<const DependencyStructure>, kStructures> structures_;
  LayerFilter filter_;
  LayerIds highest_;  // highest layers of all targets so far
  bool keyFrameSeen_ = false;
  std::uint32_t timestamp_ = 0xFFFF'0000;
  std::int64_t number_ = kFirstFrame;
  std::set<std::uint32_t> pictures_;  // timestamps of all pictures so far
  // The verdict of each frame with a dependency descriptor, and the structure.
  bool described_ = false;
  std::shared_ptr<const DependencyStructure> structure_;
  std::map<std::int64_t, bool> decided_;
  std::set<std::int64_t> expected_;  // not decided, but a forwarded frame refers to them
  std::int64_t newest_ = -1;
  std::int64_t keyFrame_ = -1;
};

}  // namespace

// Structures, then commands: targets, and frames with any information.
void FuzzLayerFilter(std::span<const std::uint8_t> input) {
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
