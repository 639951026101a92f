#include "ringcast/rtp/LayerFilter.hpp"

#include <algorithm>

#include "ringcast/rtp/DependencyDescriptor.hpp"

namespace ringcast::rtp {

namespace {

bool Before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

LayerIds Lower(LayerIds a, LayerIds b) {
  return {std::min(a.spatial, b.spatial), std::min(a.temporal, b.temporal)};
}

}  // namespace

// --- By payload descriptors ---

void PayloadDescriptorFilter::Reset() { *this = PayloadDescriptorFilter(); }

PayloadDescriptorFilter::Picture* PayloadDescriptorFilter::Find(std::uint32_t timestamp) {
  for (std::size_t back = 1; back <= count_; ++back) {  // it is the newest one as a rule
    auto& picture = pictures_[(next_ + kPictures - back) % kPictures];
    if (picture.timestamp == timestamp) return &picture;
  }
  return nullptr;
}

// The first packet of a picture that is newer than all before.
PayloadDescriptorFilter::Picture& PayloadDescriptorFilter::Begin(const FrameInfo& frame,
                                                                 std::uint32_t timestamp, LayerIds target) {
  // VP9's, whichever packet of its base layer comes first: all of them say so.
  const bool keyPicture = frame.keyFrame || (frame.spatialLayer == 0 && !frame.interPicture);
  auto& current = *current_;
  if (keyPicture) {
    if (withoutIt_ >= kLeftOut) current.spatial = 0;
    alone_ = false;
  }
  ++withoutIt_;
  // What lower layers are predicted from has not gone on.
  const auto spatial = alone_ ? std::max(target.spatial, current.spatial) : target.spatial;
  current = Lower(current, {spatial, target.temporal});
  if (keyPicture) {
    current.temporal = target.temporal;
  } else if (frame.temporalLayer == current.temporal + 1 && frame.temporalLayer <= target.temporal &&
             frame.temporalSwitch && frame.beginsFrame && frame.spatialLayer == 0) {
    // One layer at a time: what follows in the layers between may refer to what did not go on.
    ++current.temporal;
  }
  newest_ = timestamp;
  moreAbove_ = false;
  // Decided once: a target that changed within the picture would cut a frame, or leave the picture without
  // its end.
  const std::uint8_t reach = keyPicture ? std::max(target.spatial, current.spatial) : current.spatial;
  return Remember({.timestamp = timestamp,
                   .levels = current,
                   .forward = frame.temporalLayer <= current.temporal,
                   .key = keyPicture,
                   .alone = alone_,
                   .reach = reach});
}

PayloadDescriptorFilter::Picture& PayloadDescriptorFilter::Remember(const Picture& picture) {
  auto& place = pictures_[next_];
  next_ = (next_ + 1) % kPictures;
  count_ = std::min(count_ + 1, kPictures);
  place = picture;
  return place;
}

// A picture all of whose packets were overtaken: what went on both before and after it goes on of it too.
// nullptr: older than the switch, or than what is remembered.
PayloadDescriptorFilter::Picture* PayloadDescriptorFilter::BeginLate(const FrameInfo& frame,
                                                                     std::uint32_t timestamp) {
  const Picture* before = nullptr;
  const Picture* after = nullptr;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& picture = pictures_[i];
    if (Before(picture.timestamp, timestamp)) {
      if (before == nullptr || Before(before->timestamp, picture.timestamp)) before = &picture;
    } else if (after == nullptr || Before(picture.timestamp, after->timestamp)) {
      after = &picture;
    }
  }
  if (before == nullptr || after == nullptr) return nullptr;
  // What it is predicted from may not have gone on: nor does it, nor do others between the same two.
  const bool uncertain = everAlone_ && before->levels.spatial != after->levels.spatial;
  const auto levels = uncertain ? before->levels : Lower(before->levels, after->levels);
  return &Remember({.timestamp = timestamp,
                    .levels = levels,
                    .forward = !uncertain && frame.temporalLayer <= levels.temporal,
                    .alone = before->alone || before->leftOut != 0 || after->alone,
                    .reach = levels.spatial});
}

// The spatial layer, or one below, was switched down to after that picture and before a key picture.
bool PayloadDescriptorFilter::LeadsDown(const Picture& picture, std::uint8_t spatial) const {
  const auto* end = pictures_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::optional<std::uint32_t> key;
  for (const auto* other = pictures_.begin(); other != end; ++other) {
    if (other->key && Before(picture.timestamp, other->timestamp) && (!key || Before(other->timestamp, *key)))
      key = other->timestamp;
  }
  return std::any_of(pictures_.begin(), end, [&](const Picture& other) {
    return Before(picture.timestamp, other.timestamp) && (!key || Before(other.timestamp, *key)) &&
           other.levels.spatial <= spatial;
  });
}

// For a frame below the picture's spatial layer that nothing above it needs.
bool PayloadDescriptorFilter::LeaveOut(Picture& picture, std::uint8_t spatial) {
  const auto bit = static_cast<std::uint8_t>(1U << spatial);
  if (picture.alone || (picture.leftOut & bit) != 0) return true;
  // It comes late: the way down may have been taken before it was known that it would not stay open. With
  // this frame it does.
  if (picture.timestamp != newest_ && LeadsDown(picture, spatial)) return false;
  picture.leftOut |= bit;
  alone_ = everAlone_ = true;
  return true;
}

LayerVerdict PayloadDescriptorFilter::OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker,
                                               LayerIds target) {
  // The source has set its clock back.
  if (frame.keyFrame && count_ != 0 && Before(timestamp, newest_ - kLatest)) Reset();
  if (!current_) {
    if (!frame.keyFrame) return {};
    current_ = LayerIds{0, target.temporal};
  }
  Picture* picture = Find(timestamp);
  if (picture == nullptr) {
    const bool late = count_ != 0 && Before(timestamp, newest_);
    picture = late ? BeginLate(frame, timestamp) : &Begin(frame, timestamp, target);
    if (picture == nullptr) return {};
  }
  if (frame.spatialLayer >= current_->spatial) withoutIt_ = 0;
  if (!picture->forward) return {};
  const bool needed = frame.neededAbove || !frame.interPicture;
  if (frame.spatialLayer < picture->levels.spatial && !needed && LeaveOut(*picture, frame.spatialLayer))
    return {};
  if (frame.spatialLayer > picture->levels.spatial) {
    // The same for all packets of a layer, in whichever order they and those of other layers come.
    if (frame.spatialLayer > picture->reach || frame.interPicture) {
      moreAbove_ = true;
      return {};
    }
    picture->levels.spatial = frame.spatialLayer;
    // The next picture has gone on without this layer: the way up was missed, but this one is whole.
    if (timestamp == newest_) current_->spatial = frame.spatialLayer;
  }
  return {.forward = true, .marker = marker || (frame.endsFrame && frame.spatialLayer == picture->reach)};
}

// --- By dependency descriptors ---

namespace {

// The highest that lies within `wanted` and is active; spatial layers count more. The first one if there is
// none.
std::size_t ChooseTarget(const DependencyStructure& structure, std::uint32_t active, LayerIds wanted) {
  std::size_t best = structure.targetCount;
  for (std::size_t i = 0; i < structure.targetCount; ++i) {
    const auto& target = structure.targets[i];
    if ((active >> i & 1) == 0 || target.spatialLayer > wanted.spatial ||
        target.temporalLayer > wanted.temporal)
      continue;
    if (best == structure.targetCount) {
      best = i;
      continue;
    }
    const auto& other = structure.targets[best];
    const bool higher = target.spatialLayer != other.spatialLayer
                            ? target.spatialLayer > other.spatialLayer
                            : target.temporalLayer > other.temporalLayer;
    if (higher) best = i;
  }
  if (best != structure.targetCount) return best;
  // Nothing within: the lowest of all, which is active as a rule.
  best = 0;
  for (std::size_t i = 1; i < structure.targetCount; ++i) {
    const auto& target = structure.targets[i];
    const auto& lowest = structure.targets[best];
    if (target.spatialLayer < lowest.spatialLayer ||
        (target.spatialLayer == lowest.spatialLayer && target.temporalLayer < lowest.temporalLayer))
      best = i;
  }
  return best;
}

// Whichever packet of it comes first.
bool IsKeyFrame(const FrameInfo& frame) {
  const auto& info = frame.dependency;
  if (frame.spatialLayer != 0 || info.referenceCount != 0 || info.tooManyReferences) return false;
  for (std::size_t i = 0; i < frame.structure->targetCount; ++i) {
    if (info.Indication(i) != DecodeTargetIndication::kSwitch) return false;
  }
  return true;
}

}  // namespace

void DecodeTargetFilter::Reset() { *this = DecodeTargetFilter(); }

std::optional<LayerIds> DecodeTargetFilter::Current() const {
  if (!structure_) return std::nullopt;
  const auto& target = structure_->targets[target_];
  return LayerIds{target.spatialLayer, target.temporalLayer};
}

const DecodeTargetFilter::Frame* DecodeTargetFilter::Find(std::int64_t number) const {
  if (number < 0) return nullptr;
  const auto& frame = frames_[static_cast<std::size_t>(number) % kFrames];
  return frame.number == number ? &frame : nullptr;
}

void DecodeTargetFilter::SetTarget(std::size_t target) {
  target_ = static_cast<std::uint8_t>(target);
  within_ = 0;
  const auto& top = structure_->targets[target_];
  for (std::size_t i = 0; i < structure_->targetCount; ++i) {
    const auto& other = structure_->targets[i];
    if (other.spatialLayer <= top.spatialLayer && other.temporalLayer <= top.temporalLayer)
      within_ |= std::uint32_t{1} << i;
  }
}

// What the receiver got when a frame that comes late was due: frames that went on since may refer to it.
std::uint8_t DecodeTargetFilter::TargetBefore(std::int64_t number) const {
  for (auto earlier = number - 1; earlier > newest_ - static_cast<std::int64_t>(kFrames); --earlier) {
    if (const auto* frame = Find(earlier); frame != nullptr && frame->fate != Fate::kAwaited)
      return frame->target;
  }
  return kNoTarget;
}

// A frame that has not come, and which one that goes on refers to.
void DecodeTargetFilter::Await(std::int64_t number) {
  if (number < 0 || number <= newest_ - static_cast<std::int64_t>(kFrames)) return;
  auto& place = frames_[static_cast<std::size_t>(number) % kFrames];
  if (place.number < number) place = {.number = number};
}

// For the first packet of a frame that is seen.
DecodeTargetFilter::Frame DecodeTargetFilter::Decide(const FrameInfo& frame, std::int64_t number,
                                                     LayerIds wanted) {
  const auto& info = frame.dependency;
  if (number > keyFrame_ && IsKeyFrame(frame)) keyFrame_ = number;
  const auto* known = Find(number);
  const bool awaited = known != nullptr && known->fate == Fate::kAwaited;
  // Descriptors may go by what the encoder's buffers held before a key frame, which nothing after it needs.
  const auto first = number > keyFrame_ ? keyFrame_ : 0;
  bool decodable = !info.tooManyReferences;
  bool missing = false;  // something it refers to did not go on
  for (std::size_t i = 0; i < info.referenceCount; ++i) {
    const auto referred = number - info.references[i];
    if (referred < first) continue;
    const auto* reference = Find(referred);
    decodable = decodable && reference != nullptr && reference->fate == Fate::kForwarded;
    missing = missing || (reference != nullptr && reference->fate == Fate::kLeftOut);
  }
  const bool late = number < newest_;
  if (!late) {
    newest_ = number;
    const auto goal = ChooseTarget(*structure_, info.activeTargets, wanted);
    if (goal != target_ && info.Indication(goal) == DecodeTargetIndication::kSwitch && decodable)
      SetTarget(goal);
    // The base layer's base frames are where a switch could have been. Temporal layers wait for theirs.
    if (frame.spatialLayer == 0 && frame.temporalLayer == 0) {
      keyFrameWanted_ = structure_->targets[goal].spatialLayer != structure_->targets[target_].spatialLayer;
    }
  }
  const auto target = late ? TargetBefore(number) : target_;
  // An encoder that leaves out a layer may refer to what it did not promise to need: then that goes on too.
  const bool forward = target != kNoTarget && !missing &&
                       (awaited || info.Indication(target) != DecodeTargetIndication::kNotPresent);
  for (std::size_t i = 0; forward && i < info.referenceCount; ++i) {
    const auto referred = number - info.references[i];
    if (referred >= first) Await(referred);
  }
  return {.number = number, .fate = forward ? Fate::kForwarded : Fate::kLeftOut, .target = target};
}

std::uint32_t DecodeTargetFilter::MaskFor(const FrameInfo& frame, std::int64_t number) {
  const auto& info = frame.dependency;
  const std::uint32_t mask = within_ & info.activeTargets;
  if (mask != told_ && number > tellingFrame_) {
    told_ = mask;
    tellingFrame_ = number;
  }
  const bool told = info.hasStructure || info.hasActiveTargets;  // something, by the packet as it is
  if (number == tellingFrame_) return told && mask == info.activeTargets ? 0 : mask;
  return told && mask != info.activeTargets ? mask : 0;
}

LayerVerdict DecodeTargetFilter::OnPacket(const FrameInfo& frame, bool marker, LayerIds target) {
  const auto& info = frame.dependency;
  auto number = unwrapper_.Unwrap(info.frameNumber);
  if (frame.keyFrame && number <= newest_ - DependencyReader::kMaxLateFrames) {
    Reset();  // the source has begun its numbers anew
    number = unwrapper_.Unwrap(info.frameNumber);
  }
  if (frame.keyFrame && frame.structure != structure_) {
    structure_ = frame.structure;
    frames_.fill({});  // their targets are another structure's
    SetTarget(ChooseTarget(*structure_, info.activeTargets, target));
    told_ = info.activeTargets;  // by the structure
  }
  // Of a structure whose beginning was missed.
  if (!structure_ || frame.structure != structure_) return {};
  if (number <= newest_ - static_cast<std::int64_t>(kFrames)) return {};
  auto& known = frames_[static_cast<std::size_t>(number) % kFrames];
  if (known.number != number || known.fate == Fate::kAwaited) known = Decide(frame, number, target);
  if (known.fate != Fate::kForwarded) return {};
  return {.forward = true,
          .marker = marker ||
                    (frame.endsFrame && frame.spatialLayer == structure_->targets[known.target].spatialLayer),
          .activeTargets = MaskFor(frame, number)};
}

// --- Either ---

void LayerFilter::Reset() {
  descriptors_.Reset();
  dependencies_.Reset();
}

LayerVerdict LayerFilter::OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker) {
  const bool byDependencies = frame.structure != nullptr;
  if (byDependencies != byDependencies_ && frame.keyFrame) {
    byDependencies_ = byDependencies;
    Reset();
  }
  if (byDependencies != byDependencies_) return {};
  return byDependencies_ ? dependencies_.OnPacket(frame, marker, target_)
                         : descriptors_.OnPacket(frame, timestamp, marker, target_);
}

std::optional<LayerIds> LayerFilter::Current() const {
  return byDependencies_ ? dependencies_.Current() : descriptors_.Current();
}

bool LayerFilter::WantsKeyFrame() const {
  return byDependencies_ ? dependencies_.WantsKeyFrame() : descriptors_.WantsKeyFrame(target_);
}

}  // namespace ringcast::rtp
