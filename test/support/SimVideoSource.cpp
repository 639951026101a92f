#include "support/SimVideoSource.hpp"

#include <algorithm>

#include "ringcast/rtcp/Compound.hpp"

namespace ringcast::test {

namespace {

constexpr std::size_t kMaxPayload = 1100;
constexpr std::uint32_t kKeyFrameFactor = 4;  // size of a key frame relative to other frames of its layer

// The temporal structure over eight pictures: a receiver can switch up in the first four; in the others, each
// upper layer refers to its own last frame.
struct PatternPicture {
  std::uint8_t temporal;
  bool sync;
  std::uint8_t differenceCount;
  std::array<std::uint8_t, 2> differences;
};
constexpr std::size_t kPattern = 8;
constexpr PatternPicture kThreeLayers[kPattern] = {
    {0, true, 1, {4, 0}},  {2, true, 1, {1, 0}},  {1, true, 1, {2, 0}},  {2, false, 1, {1, 0}},
    {0, false, 1, {4, 0}}, {2, false, 2, {1, 2}}, {1, false, 2, {2, 4}}, {2, false, 2, {1, 2}},
};
constexpr PatternPicture kTwoLayers[kPattern] = {
    {0, true, 1, {2, 0}},  {1, true, 1, {1, 0}},  {0, true, 1, {2, 0}},  {1, true, 1, {1, 0}},
    {0, false, 1, {2, 0}}, {1, false, 2, {1, 2}}, {0, false, 1, {2, 0}}, {1, false, 2, {1, 2}},
};
constexpr PatternPicture kOneLayer = {0, true, 1, {1, 0}};

const PatternPicture& Pattern(std::uint8_t temporalLayers, std::uint32_t position) {
  if (temporalLayers == 1) return kOneLayer;
  return (temporalLayers == 2 ? kTwoLayers : kThreeLayers)[position % kPattern];
}

}  // namespace

SimVideoSource::SimVideoSource(const SimVideoSettings& settings, WallClock clock, Instant start,
                               std::uint64_t seed)
    : settings_(settings), start_(start), nextCapture_(start), random_(seed) {
  const auto count = IsVp8() ? settings.layers : 1U;
  for (std::uint32_t i = 0; i < count; ++i) {
    encodings_.emplace_back(
        SimRtpSender::Settings{.ssrc = settings.firstSsrc + i,
                               .payloadType = settings.payloadType,
                               .rtxSsrc = settings.firstSsrc + SimVideoSettings::kRtxOffset + i,
                               .rtxPayloadType = settings.rtxPayloadType,
                               .start = start,
                               .clock = clock},
        random_.U64());
    encodings_.back().pictureId = random_.U16() & 0x7fff;
    encodings_.back().tl0PicIdx = static_cast<std::uint8_t>(random_.U16());
  }
}

Instant SimVideoSource::NextTimeout() const {
  auto next = nextCapture_;
  for (const auto& encoding : encodings_) next = std::min(next, encoding.sender.NextReport());
  return next;
}

void SimVideoSource::OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  if (now >= nextCapture_) {
    Capture(now, out);
    nextCapture_ += settings_.interval;
  }
  for (auto& encoding : encodings_) encoding.sender.OnTimeout(now, out);
}

void SimVideoSource::Capture(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  ++counted_.pictures;
  captured_ = encodings_[0].sender.Ticks(nextCapture_);
  for (std::size_t i = 0; i < encodings_.size(); ++i) {
    auto& encoding = encodings_[i];
    if (!encoding.active) continue;
    const bool key = encoding.keyFrameDue && *encoding.keyFrameDue <= now;
    if (key) {
      ++counted_.keyFrames;
      encoding.keyFrameDue.reset();
      encoding.position = 0;
      encoding.keyIdx = (encoding.keyIdx + 1) & 0x1f;
    }
    if (IsVp8()) {
      EncodeVp8(encoding, static_cast<std::uint8_t>(i), key, out);
    } else {
      EncodeVp9(encoding, key, out);
    }
    ++encoding.position;
    encoding.pictureId = (encoding.pictureId + 1) & 0x7fff;
  }
  ++picture_;
}

SimVideoSource::Frame SimVideoSource::MakeFrame(const Encoding& encoding, std::uint8_t encodingIndex,
                                                std::uint8_t spatial, bool key) {
  const auto& pattern = Pattern(settings_.temporalLayers, encoding.position);
  Frame frame;
  frame.tag.source = settings_.source;
  frame.tag.encoding = encodingIndex;
  frame.tag.picture = picture_;
  frame.tag.captured = captured_;
  frame.tag.spatial = spatial;
  frame.tag.temporal = key ? 0 : pattern.temporal;
  frame.tag.key = key;
  frame.sync = pattern.sync;
  frame.interPicture = !key;
  const auto refer = [&frame](std::uint8_t layer, std::uint8_t distance) {
    frame.tag.references[frame.tag.referenceCount++] = {layer, distance};
  };
  if (spatial > 0 && (key || settings_.structure == SimStructure::kVp9Full)) {
    frame.interLayer = true;
    refer(static_cast<std::uint8_t>(spatial - 1), 0);
    if (encoding.sinceRefresh == 0) frame.interPicture = false;
  }
  if (frame.interPicture) {
    for (std::size_t i = 0; i < pattern.differenceCount; ++i) refer(spatial, pattern.differences[i]);
  }
  const auto usual = std::size_t{settings_.frameBytes[IsVp8() ? encodingIndex : spatial]};
  // Frames of the base temporal layer are larger, because other frames refer to them.
  const auto base = frame.tag.temporal == 0 ? usual * 3 / 2 : usual * 3 / 4;
  frame.size = base / 2 + random_.U32() % base;
  if (key) frame.size = usual * kKeyFrameFactor;
  return frame;
}

void SimVideoSource::EncodeVp8(Encoding& encoding, std::uint8_t index, bool key,
                               std::vector<std::vector<std::uint8_t>>& out) {
  encoding.sinceRefresh = 1;
  auto frame = MakeFrame(encoding, index, 0, key);
  frame.sync = frame.sync && frame.tag.temporal != 0;
  if (frame.tag.temporal == 0) ++encoding.tl0PicIdx;
  Packetize(encoding, frame, out);
}

void SimVideoSource::EncodeVp9(Encoding& encoding, bool key, std::vector<std::vector<std::uint8_t>>& out) {
  ++encoding.sinceRefresh;
  // Only at the start of the pattern: upper temporal layers refer to frames after the last such picture.
  const bool refresh = settings_.layerRefresh != 0 && encoding.position % kPattern == 0 &&
                       encoding.sinceRefresh >= settings_.layerRefresh;
  if (key || refresh) encoding.sinceRefresh = 0;
  if (key || Pattern(settings_.temporalLayers, encoding.position).temporal == 0) ++encoding.tl0PicIdx;
  for (std::uint8_t spatial = 0; spatial < settings_.layers; ++spatial) {
    auto frame = MakeFrame(encoding, 0, spatial, key);
    frame.endsPicture = spatial + 1 == settings_.layers;
    Packetize(encoding, frame, out);
  }
}

void SimVideoSource::AppendDescriptor(const Encoding& encoding, const Frame& frame,
                                      std::vector<std::uint8_t>& out) const {
  const bool first = frame.tag.packet == 0;
  if (IsVp8()) {
    Vp8Descriptor{.start = first,
                  .pictureId = encoding.pictureId,
                  .tl0PicIdx = encoding.tl0PicIdx,
                  .temporal = frame.tag.temporal,
                  .layerSync = frame.sync,
                  .keyIdx = encoding.keyIdx}
        .Append(out);
    return;
  }
  Vp9Descriptor descriptor{.interPicture = frame.interPicture,
                           .flexible = settings_.flexible,
                           .beginsFrame = first,
                           .endsFrame = frame.tag.packet + 1 == frame.tag.packets,
                           .pictureId = encoding.pictureId,
                           .temporal = frame.tag.temporal,
                           .switchUp = frame.sync,
                           .spatial = frame.tag.spatial,
                           .interLayer = frame.interLayer,
                           .tl0PicIdx = encoding.tl0PicIdx};
  descriptor.notReferenced =
      frame.endsPicture || (settings_.structure == SimStructure::kVp9Key && !frame.tag.key);
  for (std::size_t i = 0; i < frame.tag.referenceCount; ++i) {
    if (frame.tag.references[i].distance != 0)
      descriptor.differences[descriptor.differenceCount++] = frame.tag.references[i].distance;
  }
  if (frame.tag.key && frame.tag.spatial == 0 && first) {
    descriptor.spatialLayers = settings_.layers;
    for (std::uint32_t i = 0; !settings_.flexible && i < kPattern; ++i) {
      const auto& pattern = Pattern(settings_.temporalLayers, i);
      const auto* differences = pattern.differences.data();
      descriptor.group.push_back(
          {pattern.temporal, pattern.sync, {differences, differences + pattern.differenceCount}});
    }
  }
  descriptor.Append(out);
}

void SimVideoSource::Packetize(Encoding& encoding, const Frame& frame,
                               std::vector<std::vector<std::uint8_t>>& out) {
  auto part = frame;
  part.tag.packets = static_cast<std::uint16_t>((frame.size + kMaxPayload - 1) / kMaxPayload);
  const auto body = std::max(frame.size / part.tag.packets, SimTag::kSize + 10);
  std::vector<std::uint8_t> payload;
  for (std::uint16_t i = 0; i < part.tag.packets; ++i) {
    part.tag.packet = i;
    part.tag.bodySize = static_cast<std::uint16_t>(body);
    payload.clear();
    AppendDescriptor(encoding, part, payload);
    const auto begin = payload.size();
    payload.resize(begin + body, static_cast<std::uint8_t>(frame.tag.picture));
    // RFC 7741 section 4.3: the lowest bit of the frame's first byte is the inverse key frame flag.
    if (IsVp8() && i == 0) payload[begin] = frame.tag.key ? 0x10 : 0x11;
    encoding.sender.Send(part.tag, frame.endsPicture && i + 1 == part.tag.packets, payload, out);
  }
}

void SimVideoSource::RequestKeyFrame(Ssrc ssrc, Instant now) {
  for (auto& encoding : encodings_) {
    if (encoding.sender.Name() != ssrc) continue;
    ++counted_.keyFrameRequests;
    if (!encoding.keyFrameDue) encoding.keyFrameDue = now + settings_.keyFrameDelay;
  }
}

void SimVideoSource::SetActive(std::uint8_t encoding, bool active) {
  auto& one = encodings_.at(encoding);
  if (active && !one.active) one.keyFrameDue = Instant{};
  one.active = active;
}

void SimVideoSource::OnRtcp(ByteView compound, Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  rtcp::CompoundReader reader(compound);
  while (const auto message = reader.Next()) {
    if (const auto* picture = std::get_if<rtcp::PictureLoss>(&*message)) {
      RequestKeyFrame(picture->media, now);
    } else if (const auto* intra = std::get_if<rtcp::FullIntraRequest>(&*message)) {
      for (std::size_t i = 0; i < intra->Size(); ++i) RequestKeyFrame(intra->Media(i), now);
    } else if (const auto* nack = std::get_if<rtcp::Nack>(&*message)) {
      const auto asked = std::find_if(encodings_.begin(), encodings_.end(), [nack](const Encoding& one) {
        return one.sender.Name() == nack->media;
      });
      if (asked == encodings_.end()) continue;
      for (std::size_t i = 0; i < nack->Size(); ++i) {
        const auto mask = std::uint32_t{nack->Bitmask(i)} << 1 | 1U;
        for (std::uint16_t bit = 0; bit <= 16; ++bit) {
          if ((mask >> bit & 1U) == 0) continue;
          ++counted_.nackedPackets;
          const auto number = static_cast<std::uint16_t>(nack->PacketId(i) + bit);
          counted_.retransmissions += asked->sender.Retransmit(number, out) ? 1U : 0U;
        }
      }
    }
  }
}

SimAudioSource::SimAudioSource(const Settings& settings, WallClock clock, Instant start, std::uint64_t seed)
    : settings_(settings),
      nextCapture_(start),
      sender_({.ssrc = settings.ssrc,
               .payloadType = settings.payloadType,
               .clockRate = 48000,
               .start = start,
               .clock = clock},
              seed) {}

void SimAudioSource::OnTimeout(Instant now, std::vector<std::vector<std::uint8_t>>& out) {
  if (now >= nextCapture_) {
    constexpr std::size_t kPayload = 60 + SimTag::kSize;
    std::vector<std::uint8_t> payload(kPayload, static_cast<std::uint8_t>(frame_));
    SimTag tag;
    tag.source = settings_.source;
    tag.picture = frame_++;
    tag.captured = sender_.Ticks(nextCapture_);
    tag.bodySize = kPayload;
    tag.key = true;
    sender_.Send(tag, false, payload, out);
    nextCapture_ += settings_.interval;
  }
  sender_.OnTimeout(now, out);
}

}  // namespace ringcast::test
