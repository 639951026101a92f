#include "support/SimDecoder.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::test {

namespace {

constexpr std::uint16_t kPictureIdMask = 0x7fff;

bool NeedsLayerBelow(const SimTag& tag) {
  const auto* end = tag.references.begin() + tag.referenceCount;
  return std::any_of(tag.references.begin(), end,
                     [](const SimTag::Reference& one) { return one.distance == 0; });
}

std::uint64_t Decoded(const SimTag& tag, std::uint8_t distance) {
  return (std::uint64_t{tag.encoding} << 32 | (tag.picture - distance)) + 1;
}

Duration TicksToDuration(std::int64_t ticks, SimCodec codec) {
  return Microseconds(ticks * 1'000'000 / (codec == SimCodec::kOpus ? 48000 : 90000));
}

}  // namespace

std::optional<std::uint8_t> SimDecoder::Layer() const {
  if (!last_) return std::nullopt;
  return codec_ == SimCodec::kVp9 ? last_->tag.spatial : last_->tag.encoding;
}

std::optional<std::uint8_t> SimDecoder::Temporal() const {
  if (!last_) return std::nullopt;
  return last_->tag.temporal;
}

void SimDecoder::Fail(const SimPacket& packet, const std::string& what) {
  faults_.Add(what + " at packet " + std::to_string(packet.sequenceNumber) + ", source's " +
                  std::to_string(packet.tag.sequence) + " of encoding " +
                  std::to_string(packet.tag.encoding) + ", picture " + std::to_string(packet.tag.picture) +
                  ", layer " + std::to_string(packet.tag.spatial) + "." +
                  std::to_string(packet.tag.temporal) +
                  (current_ ? ", after packet " + std::to_string(current_->tag.packet + 1) + " of " +
                                  std::to_string(current_->tag.packets) + " of picture " +
                                  std::to_string(current_->tag.picture) + " of encoding " +
                                  std::to_string(current_->tag.encoding)
                            : std::string()),
              packet.sequenceNumber);
  current_.reset();
  waitsForKeyFrame_ = true;
  fresh_ = true;
}

void SimDecoder::OnPacket(const SimPacket& packet, bool gap, Instant now) {
  if (gap) {
    ++counted_.gaps;
    current_.reset();
    fresh_ = true;
    afterGap_ = true;
  }
  const auto& tag = packet.tag;
  if (waitsForKeyFrame_) {
    if (!tag.key || tag.spatial != 0 || tag.packet != 0) {
      ++counted_.ignoredPackets;
      return;
    }
    waitsForKeyFrame_ = false;
  }
  if (!current_ && fresh_ && (NeedsLayerBelow(tag) || tag.packet != 0)) {
    ++counted_.ignoredPackets;  // the rest of a picture whose first packets are lost
    return;
  }
  if (!current_) {
    BeginPicture(packet);
  } else if (packet.timestamp != current_->timestamp || tag.picture != current_->tag.picture ||
             tag.encoding != current_->tag.encoding) {
    if (!MayCut(tag)) {
      Fail(packet, "the picture before has no end");
    } else {
      ++counted_.cutPictures;
      fresh_ = true;
      current_.reset();
      BeginPicture(packet);
    }
  } else if (tag.spatial != current_->tag.spatial) {
    BeginFrame(packet);
  } else if (tag.packet != current_->tag.packet + 1) {
    Fail(packet, "a frame's packet follows another than the one before it");
  }
  if (waitsForKeyFrame_) return;
  CheckDescriptor(packet);
  if (waitsForKeyFrame_) return;
  current_ = packet;
  if (packet.marker || codec_ == SimCodec::kOpus) EndPicture(packet, now);
}

bool SimDecoder::MayCut(const SimTag& key) const {
  const auto& cut = current_->tag;
  const bool paused = cut.picture < pausedBefore_ && pausedBefore_ <= key.picture;
  return key.key && key.packet == 0 && (key.encoding != cut.encoding || paused);
}

void SimDecoder::BeginPicture(const SimPacket& packet) {
  if (packet.tag.packet != 0) return Fail(packet, "a picture begins within a frame");
  if (NeedsLayerBelow(packet.tag)) return Fail(packet, "a picture begins above its base layer");
  if (packet.tag.key) afterGap_ = false;
  if (packet.tag.key && codec_ != SimCodec::kOpus) {
    for (auto& layer : decoded_) layer.fill(0);
  }
  CheckTimestamp(packet);
  if (!waitsForKeyFrame_) CheckPictureNumbers(packet);
  if (!waitsForKeyFrame_) CheckReferences(packet.tag);
  if (waitsForKeyFrame_) return;
  decoded_[packet.tag.spatial][packet.tag.picture % kHistory] = Decoded(packet.tag, 0);
}

void SimDecoder::BeginFrame(const SimPacket& packet) {
  const auto& before = current_->tag;
  if (before.packet + 1 != before.packets) return Fail(packet, "the layer below is not whole");
  if (packet.tag.packet != 0) return Fail(packet, "a layer begins within its frame");
  if (packet.tag.spatial < before.spatial || packet.tag.spatial >= kMaxSpatial)
    return Fail(packet, "a layer comes after one above it");
  CheckReferences(packet.tag);
  decoded_[packet.tag.spatial][packet.tag.picture % kHistory] = Decoded(packet.tag, 0);
}

void SimDecoder::CheckTimestamp(const SimPacket& packet) {
  if (!last_) return;
  const auto step = static_cast<std::int32_t>(packet.timestamp - last_->timestamp);
  if (step <= 0) return Fail(packet, "the timestamp goes back by " + std::to_string(-step));
  if (fresh_ || packet.tag.encoding != last_->tag.encoding) sinceChange_ = 0;
  // Where two encodings overlap, the timestamps of their pictures are squeezed for a while.
  if (sinceChange_++ < kSettling) return;
  const auto offset = packet.timestamp - packet.tag.captured;
  if (sinceChange_ == kSettling + 1) {
    if (!offset_) offset_ = offset;
    const auto skew = std::abs(static_cast<std::int32_t>(offset - *offset_));
    counted_.largestSkew = std::max(counted_.largestSkew, TicksToDuration(skew, codec_));
    settledOffset_ = offset;
  } else if (offset != settledOffset_) {
    Fail(packet, "the timestamp leaves the time of capture by " +
                     std::to_string(static_cast<std::int32_t>(offset - settledOffset_)));
  }
}

void SimDecoder::CheckPictureNumbers(const SimPacket& packet) {
  const int empty = std::exchange(empty_, 0);
  if (fresh_ || !last_) return;
  const auto steps = [&](auto id) { return (id(packet) - id(*last_)) & kPictureIdMask; };
  const auto tl0Step = [&](auto index) { return static_cast<std::uint8_t>(index(packet) - index(*last_)); };
  const std::uint8_t tl0Expected = packet.tag.temporal == 0 ? 1 : 0;
  if (codec_ == SimCodec::kVp8) {
    const auto step = steps([](const SimPacket& one) { return one.vp8.pictureId; });
    // A picture that was dropped after later ones were sent keeps its picture id.
    if (step < 1 || step > 1 + empty)
      return Fail(packet, "the picture id makes a step of " + std::to_string(step));
    if (tl0Step([](const SimPacket& one) { return one.vp8.tl0PicIdx; }) != tl0Expected)
      Fail(packet, "TL0PICIDX does not count the pictures of the base layer");
    return;
  }
  if (codec_ != SimCodec::kVp9 || packet.tag.key) return;
  // VP9 refers to pictures by the difference of their ids (RFC 9628 section 4.2), so the ids must be those of
  // the source.
  const auto step = steps([](const SimPacket& one) { return one.vp9.pictureId; });
  const auto expected = (packet.tag.picture - last_->tag.picture) & kPictureIdMask;
  if (step != static_cast<int>(expected)) {
    return Fail(packet, "the picture id makes a step of " + std::to_string(step) + " where the source made " +
                            std::to_string(expected));
  }
  if (!packet.vp9.flexible && tl0Step([](const SimPacket& one) { return one.vp9.tl0PicIdx; }) != tl0Expected)
    Fail(packet, "TL0PICIDX does not count the pictures of the base layer");
}

void SimDecoder::CheckDescriptor(const SimPacket& packet) {
  const auto& tag = packet.tag;
  const bool first = tag.packet == 0;
  const bool last = tag.packet + 1 == tag.packets;
  if (codec_ == SimCodec::kVp8) {
    if (packet.vp8.temporal != tag.temporal || packet.vp8.start != first)
      return Fail(packet, "the descriptor is of another packet");
    if (current_ &&
        (current_->vp8.pictureId != packet.vp8.pictureId || current_->vp8.tl0PicIdx != packet.vp8.tl0PicIdx))
      return Fail(packet, "one picture has two ids");
  } else if (codec_ == SimCodec::kVp9) {
    const auto& descriptor = packet.vp9;
    if (descriptor.temporal != tag.temporal || descriptor.spatial != tag.spatial ||
        descriptor.beginsFrame != first || descriptor.endsFrame != last)
      return Fail(packet, "the descriptor is of another packet");
    if (current_ && current_->vp9.pictureId != descriptor.pictureId)
      return Fail(packet, "one picture has two ids");
  }
}

void SimDecoder::CheckReferences(const SimTag& tag) {
  for (std::size_t i = 0; i < tag.referenceCount; ++i) {
    const auto& reference = tag.references[i];
    const auto number = tag.picture - reference.distance;
    if (decoded_[reference.spatial][number % kHistory] == Decoded(tag, reference.distance)) continue;
    if (afterGap_) {
      // The missing packets belong to layers that are decoded.
      current_.reset();
      waitsForKeyFrame_ = true;
      fresh_ = true;
      return;
    }
    SimPacket packet;
    packet.tag = tag;
    return Fail(packet, "a frame refers to picture " + std::to_string(number) + " of layer " +
                            std::to_string(reference.spatial) + ", which was not decoded");
  }
}

void SimDecoder::EndPicture(const SimPacket& packet, Instant now) {
  if (packet.tag.packet + 1 != packet.tag.packets) return Fail(packet, "the marker ends half a frame");
  NoteDecoded(packet, now);
  last_ = packet;
  current_.reset();
  fresh_ = false;
}

void SimDecoder::NoteDecoded(const SimPacket& packet, Instant now) {
  ++counted_.pictures;
  counted_.keyPictures += packet.tag.key ? 1U : 0U;
  if (last_) {
    counted_.encodingChanges += packet.tag.encoding != last_->tag.encoding ? 1U : 0U;
    counted_.layerChanges += packet.tag.spatial != last_->tag.spatial ? 1U : 0U;
  }
  if (lastDecoded_) {
    const auto pause = now - *lastDecoded_;
    counted_.played += pause;
    counted_.longestPause = std::max(counted_.longestPause, pause);
    // freezeCount of W3C webrtc-stats: a pause above three usual ones, and above the usual one plus 150 ms.
    if (usualPause_ > Duration::zero() &&
        pause >= std::max(3 * usualPause_, usualPause_ + Milliseconds(150))) {
      ++counted_.freezes;
      counted_.frozen += pause;
    }
    constexpr int kSmoothing = 16;
    usualPause_ = usualPause_ == Duration::zero() ? pause : usualPause_ + (pause - usualPause_) / kSmoothing;
  }
  lastDecoded_ = now;
}

}  // namespace ringcast::test
