#include "ringcast/rtp/PayloadDescriptorFilter.hpp"

#include <algorithm>

#include "ringcast/base/Assert.hpp"

namespace ringcast::rtp {

namespace {

bool Before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

LayerIds Lower(LayerIds a, LayerIds b) {
  return {std::min(a.spatial, b.spatial), std::min(a.temporal, b.temporal)};
}

}  // namespace

// --- History ---

PayloadDescriptorFilter::Picture* PayloadDescriptorFilter::History::Find(std::uint32_t timestamp) {
  for (std::size_t back = 1; back <= count_; ++back) {  // usually the newest one
    auto& picture = pictures_[(next_ + kPictures - back) % kPictures];
    if (picture.timestamp == timestamp) return &picture;
  }
  return nullptr;
}

PayloadDescriptorFilter::Picture& PayloadDescriptorFilter::History::Add(const Picture& picture) {
  if (Empty() || !Before(picture.timestamp, newest_)) newest_ = picture.timestamp;
  auto& place = pictures_[next_];
  next_ = (next_ + 1) % kPictures;
  count_ = std::min(count_ + 1, kPictures);
  place = picture;
  return place;
}

// --- State ---

void PayloadDescriptorFilter::Reset() { *this = PayloadDescriptorFilter(); }

void PayloadDescriptorFilter::Enter(State state) {
  RC_ASSERT(state != State::kWaitingForKeyFrame);  // only Reset() leads there
  RC_ASSERT(state != State::kTopLayerOnly || state_ != State::kWaitingForKeyFrame);
  state_ = state;
  if (state == State::kTopLayerOnly) lowerLayersDropped_ = true;
}

std::optional<LayerIds> PayloadDescriptorFilter::Current() const {
  if (state_ == State::kWaitingForKeyFrame) return std::nullopt;
  return current_;
}

bool PayloadDescriptorFilter::WantsKeyFrame(LayerIds target) const {
  const bool up = current_.spatial < target.spatial && higherLayersSent_;
  switch (state_) {
    case State::kWaitingForKeyFrame:
      return true;
    case State::kAllLayers:
      return up;
    case State::kTopLayerOnly:
      return up || current_.spatial > target.spatial || picturesWithoutLayer_ >= kMaxPicturesWithoutLayer;
  }
  return true;
}

// --- Pictures ---

PayloadDescriptorFilter::Picture* PayloadDescriptorFilter::FindOrBegin(const FrameInfo& frame,
                                                                       std::uint32_t timestamp,
                                                                       LayerIds target) {
  if (auto* picture = history_.Find(timestamp)) return picture;
  if (!history_.Empty() && Before(timestamp, history_.Newest())) return BeginLate(frame, timestamp);
  return &Begin(frame, timestamp, target);
}

// For the first packet of a picture that is newer than all before.
PayloadDescriptorFilter::Picture& PayloadDescriptorFilter::Begin(const FrameInfo& frame,
                                                                 std::uint32_t timestamp, LayerIds target) {
  // Of VP9, any packet of the base layer may be the first: all of them say that it is a key picture.
  const bool keyPicture = frame.keyFrame || (frame.spatialLayer == 0 && !frame.interPicture);
  if (keyPicture) {
    if (picturesWithoutLayer_ >= kMaxPicturesWithoutLayer) current_.spatial = 0;
    Enter(State::kAllLayers);
  }
  ++picturesWithoutLayer_;
  const bool staysUp = state_ == State::kTopLayerOnly;
  const auto spatial = staysUp ? std::max(target.spatial, current_.spatial) : target.spatial;
  current_ = Lower(current_, {spatial, target.temporal});
  if (keyPicture) {
    current_.temporal = target.temporal;
  } else if (frame.temporalLayer == current_.temporal + 1 && frame.temporalLayer <= target.temporal &&
             frame.temporalSwitch && frame.beginsFrame && frame.spatialLayer == 0) {
    // One layer at a time: later frames of the layers between may depend on frames that were dropped.
    ++current_.temporal;
  }
  higherLayersSent_ = false;
  return history_.Add({.timestamp = timestamp,
                       .layers = current_,
                       .reach = keyPicture ? std::max(target.spatial, current_.spatial) : current_.spatial,
                       .state = state_,
                       .forward = frame.temporalLayer <= current_.temporal,
                       .key = keyPicture});
}

// For the first packet of a picture all of whose packets were overtaken. It gets the layers that the pictures
// before and after it have in common. Returns nullptr if it is older than the first picture, or than all that
// are remembered.
PayloadDescriptorFilter::Picture* PayloadDescriptorFilter::BeginLate(const FrameInfo& frame,
                                                                     std::uint32_t timestamp) {
  const Picture* before = nullptr;
  const Picture* after = nullptr;
  for (const auto& picture : history_.All()) {
    if (Before(picture.timestamp, timestamp)) {
      if (before == nullptr || Before(before->timestamp, picture.timestamp)) before = &picture;
    } else if (after == nullptr || Before(picture.timestamp, after->timestamp)) {
      after = &picture;
    }
  }
  if (before == nullptr || after == nullptr) return nullptr;
  // Frames that it depends on may have been dropped: so are this picture and others at the same place.
  const bool uncertain = lowerLayersDropped_ && before->layers.spatial != after->layers.spatial;
  const auto layers = uncertain ? before->layers : Lower(before->layers, after->layers);
  const bool topLayerOnly =
      before->state == State::kTopLayerOnly || before->dropped != 0 || after->state == State::kTopLayerOnly;
  return &history_.Add({.timestamp = timestamp,
                        .layers = layers,
                        .reach = layers.spatial,
                        .state = topLayerOnly ? State::kTopLayerOnly : State::kAllLayers,
                        .forward = !uncertain && frame.temporalLayer <= layers.temporal});
}

// --- Layers ---

// Returns true if the filter went down to this spatial layer, or below, after that picture and before the
// next key picture.
bool PayloadDescriptorFilter::WentDownAfter(const Picture& picture, std::uint8_t spatial) const {
  const auto pictures = history_.All();
  std::optional<std::uint32_t> key;
  for (const auto& other : pictures) {
    if (other.key && Before(picture.timestamp, other.timestamp) && (!key || Before(other.timestamp, *key)))
      key = other.timestamp;
  }
  return std::any_of(pictures.begin(), pictures.end(), [&](const Picture& other) {
    return Before(picture.timestamp, other.timestamp) && (!key || Before(other.timestamp, *key)) &&
           other.layers.spatial <= spatial;
  });
}

// Decides about a frame below the picture's spatial layer on which no upper layer depends.
bool PayloadDescriptorFilter::DropsLowerLayer(Picture& picture, std::uint8_t spatial) {
  const auto bit = static_cast<std::uint8_t>(1U << spatial);
  if (picture.state == State::kTopLayerOnly || (picture.dropped & bit) != 0) return true;
  // The filter may have gone down before this late frame: later pictures depend on it.
  if (picture.timestamp != history_.Newest() && WentDownAfter(picture, spatial)) return false;
  picture.dropped |= bit;
  Enter(State::kTopLayerOnly);
  return true;
}

bool PayloadDescriptorFilter::ForwardsLayer(const FrameInfo& frame, Picture& picture) {
  const auto spatial = frame.spatialLayer;
  if (spatial < picture.layers.spatial) {
    const bool needed = frame.neededAbove || !frame.interPicture;
    return needed || !DropsLowerLayer(picture, spatial);
  }
  if (spatial == picture.layers.spatial) return true;
  // The same for all packets of a layer, in whichever order they and those of other layers arrive.
  if (spatial > picture.reach || frame.interPicture) {
    higherLayersSent_ = true;
    return false;
  }
  picture.layers.spatial = spatial;
  // If the next picture has begun without this layer, the filter did not go up, but this picture is complete.
  if (picture.timestamp == history_.Newest()) current_.spatial = spatial;
  return true;
}

LayerVerdict PayloadDescriptorFilter::OnPacket(const FrameInfo& frame, std::uint32_t timestamp, bool marker,
                                               LayerIds target) {
  if (frame.keyFrame && !history_.Empty() && Before(timestamp, history_.Newest() - kMaxLateness)) Reset();
  if (state_ == State::kWaitingForKeyFrame) {
    if (!frame.keyFrame) return {};
    current_ = {0, target.temporal};
    Enter(State::kAllLayers);
  }
  Picture* picture = FindOrBegin(frame, timestamp, target);
  if (picture == nullptr) return {};
  if (frame.spatialLayer >= current_.spatial) picturesWithoutLayer_ = 0;
  if (!picture->forward || !ForwardsLayer(frame, *picture)) return {};
  return {.forward = true, .marker = marker || (frame.endsFrame && frame.spatialLayer == picture->reach)};
}

}  // namespace ringcast::rtp
