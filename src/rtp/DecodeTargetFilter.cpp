#include "ringcast/rtp/DecodeTargetFilter.hpp"

#include <tuple>

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtp/DependencyDescriptor.hpp"

namespace ringcast::rtp {

namespace {

using Target = DependencyStructure::Target;

// Spatial layers count more than temporal ones.
bool Lower(const Target& a, const Target& b) {
  return std::tie(a.spatialLayer, a.temporalLayer) < std::tie(b.spatialLayer, b.temporalLayer);
}

bool Within(const Target& target, LayerIds layers) {
  return target.spatialLayer <= layers.spatial && target.temporalLayer <= layers.temporal;
}

// Returns the highest active target within `wanted`, or the lowest of all if there is none. Of equal targets,
// returns the first.
std::size_t ChooseTarget(const DependencyStructure& structure, std::uint32_t active, LayerIds wanted) {
  const auto& targets = structure.targets;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < structure.targetCount; ++i) {
    if ((active >> i & 1) == 0 || !Within(targets[i], wanted)) continue;
    if (!best || Lower(targets[*best], targets[i])) best = i;
  }
  if (best) return *best;
  // The lowest one is usually active.
  std::size_t lowest = 0;
  for (std::size_t i = 1; i < structure.targetCount; ++i) {
    if (Lower(targets[i], targets[lowest])) lowest = i;
  }
  return lowest;
}

// Any packet of the frame says so, not only the first.
bool IsKeyFrame(const FrameInfo& frame) {
  const auto& info = frame.dependency;
  if (frame.spatialLayer != 0 || info.referenceCount != 0 || info.tooManyReferences) return false;
  for (std::size_t i = 0; i < frame.structure->targetCount; ++i) {
    if (info.Indication(i) != DecodeTargetIndication::kSwitch) return false;
  }
  return true;
}

}  // namespace

// --- State ---

void DecodeTargetFilter::Reset() { *this = DecodeTargetFilter(); }

void DecodeTargetFilter::Enter(State state) {
  RC_ASSERT(state != State::kWaitingForKeyFrame && structure_);  // only Reset() leads there
  state_ = state;
}

std::optional<LayerIds> DecodeTargetFilter::Current() const {
  if (state_ == State::kWaitingForKeyFrame) return std::nullopt;
  const auto& target = structure_->targets[target_];
  return LayerIds{target.spatialLayer, target.temporalLayer};
}

// A key frame brings a new structure.
void DecodeTargetFilter::UseStructure(const FrameInfo& frame, LayerIds wanted) {
  structure_ = frame.structure;
  frames_.fill({});  // their targets belong to the old structure
  SetTarget(ChooseTarget(*structure_, frame.dependency.activeTargets, wanted));
  sentMask_ = frame.dependency.activeTargets;  // by the structure
  if (state_ == State::kWaitingForKeyFrame) Enter(State::kOnTarget);
}

void DecodeTargetFilter::SetTarget(std::size_t target) {
  target_ = static_cast<std::uint8_t>(target);
  within_ = 0;
  const auto& top = structure_->targets[target_];
  for (std::size_t i = 0; i < structure_->targetCount; ++i) {
    if (Within(structure_->targets[i], {top.spatialLayer, top.temporalLayer}))
      within_ |= std::uint32_t{1} << i;
  }
}

// For a frame that is newer than all before.
void DecodeTargetFilter::ChangeTarget(const FrameInfo& frame, bool decodable, LayerIds wanted) {
  const auto& info = frame.dependency;
  const auto goal = ChooseTarget(*structure_, info.activeTargets, wanted);
  if (goal != target_ && info.Indication(goal) == DecodeTargetIndication::kSwitch && decodable)
    SetTarget(goal);
  // Frames of the lowest layers are where a switch could have been. Temporal layers wait for theirs.
  if (frame.spatialLayer != 0 || frame.temporalLayer != 0) return;
  const auto& targets = structure_->targets;
  Enter(targets[goal].spatialLayer == targets[target_].spatialLayer ? State::kOnTarget
                                                                    : State::kWaitingForSwitch);
}

// --- Frames ---

const DecodeTargetFilter::Frame* DecodeTargetFilter::Find(std::int64_t number) const {
  if (number < 0) return nullptr;
  const auto& frame = frames_[static_cast<std::size_t>(number) % kFrames];
  return frame.number == number ? &frame : nullptr;
}

// Returns the target that was in force at the time of a late frame: frames that were forwarded since may
// refer to it.
std::uint8_t DecodeTargetFilter::TargetBefore(std::int64_t number) const {
  for (auto earlier = number - 1; earlier > newest_ - static_cast<std::int64_t>(kFrames); --earlier) {
    if (const auto* frame = Find(earlier); frame != nullptr && frame->fate != Fate::kExpected)
      return frame->target;
  }
  return kNoTarget;
}

// A frame that is forwarded refers to this one, which may not have arrived.
void DecodeTargetFilter::Expect(std::int64_t number) {
  if (number < 0 || number <= newest_ - static_cast<std::int64_t>(kFrames)) return;
  auto& place = frames_[static_cast<std::size_t>(number) % kFrames];
  if (place.number < number) place = {.number = number};
}

// Returns the fate of a frame, for its first packet.
DecodeTargetFilter::Frame DecodeTargetFilter::Decide(const FrameInfo& frame, std::int64_t number,
                                                     LayerIds wanted) {
  const auto& info = frame.dependency;
  if (number > keyFrame_ && IsKeyFrame(frame)) keyFrame_ = number;
  const auto* known = Find(number);
  const bool expected = known != nullptr && known->fate == Fate::kExpected;
  // Descriptors may refer to frames in the encoder's buffers from before a key frame, which no frame after it
  // needs.
  const auto first = number > keyFrame_ ? keyFrame_ : 0;
  bool decodable = !info.tooManyReferences;
  bool refersToDropped = false;
  for (std::size_t i = 0; i < info.referenceCount; ++i) {
    const auto referred = number - info.references[i];
    if (referred < first) continue;
    const auto* reference = Find(referred);
    decodable = decodable && reference != nullptr && reference->fate == Fate::kForwarded;
    refersToDropped = refersToDropped || (reference != nullptr && reference->fate == Fate::kDropped);
  }
  const bool late = number < newest_;
  if (!late) {
    newest_ = number;
    ChangeTarget(frame, decodable, wanted);
  }
  const auto target = late ? TargetBefore(number) : target_;
  // An encoder that omits a layer may refer to a frame that the target does not include: that is forwarded
  // too. Such an encoder's descriptors also name references that the frame does not need. A frame that one
  // forwarded before it refers to is therefore forwarded in spite of them: without it the other is useless.
  const bool forward =
      target != kNoTarget &&
      (expected || (!refersToDropped && info.Indication(target) != DecodeTargetIndication::kNotPresent));
  for (std::size_t i = 0; forward && i < info.referenceCount; ++i) {
    const auto referred = number - info.references[i];
    if (referred >= first) Expect(referred);
  }
  return {.number = number, .fate = forward ? Fate::kForwarded : Fate::kDropped, .target = target};
}

// Returns the mask for the descriptor of a packet that is forwarded, or 0 if it stays as it is. A new mask is
// sent with all packets of one frame.
std::uint32_t DecodeTargetFilter::MaskFor(const FrameInfo& frame, std::int64_t number) {
  const auto& info = frame.dependency;
  const std::uint32_t mask = within_ & info.activeTargets;
  if (mask != sentMask_ && number > sentMaskWith_) {
    sentMask_ = mask;
    sentMaskWith_ = number;
  }
  const bool hasMask = info.hasStructure || info.hasActiveTargets;
  if (number == sentMaskWith_) return hasMask && mask == info.activeTargets ? 0 : mask;
  return hasMask && mask != info.activeTargets ? mask : 0;
}

LayerVerdict DecodeTargetFilter::OnPacket(const FrameInfo& frame, bool marker, LayerIds wanted) {
  const auto& info = frame.dependency;
  auto number = unwrapper_.Unwrap(info.frameNumber);
  if (frame.keyFrame && number <= newest_ - DependencyReader::kMaxLateFrames) {
    Reset();  // the source restarted its frame numbers
    number = unwrapper_.Unwrap(info.frameNumber);
  }
  if (frame.keyFrame && frame.structure != structure_) UseStructure(frame, wanted);
  // Its structure's key frame was missed.
  if (!structure_ || frame.structure != structure_) return {};
  if (number <= newest_ - static_cast<std::int64_t>(kFrames)) return {};
  auto& known = frames_[static_cast<std::size_t>(number) % kFrames];
  if (known.number != number || known.fate == Fate::kExpected) known = Decide(frame, number, wanted);
  if (known.fate != Fate::kForwarded) return {};
  return {.forward = true,
          .marker = marker ||
                    (frame.endsFrame && frame.spatialLayer == structure_->targets[known.target].spatialLayer),
          .activeTargets = MaskFor(frame, number)};
}

}  // namespace ringcast::rtp
