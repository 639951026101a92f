#include "support/fuzz/WorkerMedia.hpp"

#include <algorithm>

#include "support/SimDescriptor.hpp"

namespace ringcast::fuzz {
namespace {

using script::Media;
using test::Vp8Descriptor;
using test::Vp9Descriptor;

constexpr std::uint8_t kUnknownPayloadType = 77;
constexpr std::uint32_t kUnknownSsrc = 0xBAD00000;
constexpr std::size_t kMaxPacket = 1900;
constexpr std::size_t kTail = 40;

// Reordering, gaps up to and beyond the limit of NACKs, wraps, restarts.
constexpr std::array<std::int32_t, 20> kSequenceSteps = {
    0, 1, 2, 9, 99, 499, 999, 2999, 3001, 15999, 32767, -1, -2, -3, -100, -130, -513, -1000, -3001, -32768};
constexpr std::array<std::int32_t, 9> kTimestampSteps = {0,       3000,    960,        90'000,     -3000,
                                                         -90'000, 900'000, 0x40000000, -0x7FFFFFFF};

// The dependency descriptor of a key frame with the structure L1T3, and that of a frame of template 2 (AV1
// RTP payload format, appendix A).
constexpr std::array<std::uint8_t, 17> kKeyDescriptor = {0x80, 0x00, 0x01, 0x80, 0x02, 0x14, 0xEA, 0xAA, 0x44,
                                                         0x10, 0x4D, 0x14, 0x10, 0x20, 0x10, 0x84, 0xC0};

void AppendU16(std::vector<std::uint8_t>& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void AppendU32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  AppendU16(out, static_cast<std::uint16_t>(value >> 16));
  AppendU16(out, static_cast<std::uint16_t>(value));
}

void Fill(std::vector<std::uint8_t>& packet, std::size_t payload, std::uint8_t value) {
  packet.resize(std::min(kMaxPacket, packet.size() + payload), value);
}

std::vector<std::uint8_t> Text(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

ScriptSource::ScriptSource(std::string transport, const script::Produce& command,
                           const rtc::ProduceOptions& options)
    : transport_(std::move(transport)),
      producer_(options.producerId),
      mid_(options.rtpParameters.mid),
      codec_(static_cast<ScriptCodec>(command.codec % static_cast<std::uint8_t>(ScriptCodec::kCount))),
      extensions_(command.extensions) {
  for (const auto& encoding : options.rtpParameters.encodings) {
    auto& stream = streams_.emplace_back();
    const auto index = static_cast<std::uint32_t>(streams_.size());
    const auto mapped =
        options.rtpMapping.encodings[std::min<std::size_t>(index, options.rtpMapping.encodings.size()) - 1];
    stream.ssrc = encoding.ssrc.value_or(Ssrc(mapped.mappedSsrc.Value() + index));
    stream.rtxSsrc = encoding.rtxSsrc;
    if (!stream.rtxSsrc && (command.features & script::Produce::kRtx) != 0)
      stream.rtxSsrc = Ssrc(stream.ssrc.Value() + kScriptRtxSsrcOffset);
    stream.rid = encoding.rid;
    stream.sequenceNumber = static_cast<std::uint16_t>(65'500 + 20'000 * index);
    stream.timestamp = 0xFFFF0000 * index;
  }
}

std::vector<Ssrc> ScriptSource::Ssrcs() const {
  std::vector<Ssrc> out;
  for (const auto& stream : streams_) {
    out.push_back(stream.ssrc);
    if (stream.rtxSsrc) out.push_back(*stream.rtxSsrc);
  }
  return out;
}

void ScriptSource::SendMedia(const Media& command, const std::vector<Change>& changes, const Send& send) {
  if (streams_.empty()) return;
  auto& stream = streams_[command.stream % streams_.size()];
  const bool frames = (command.flags & Media::kFrames) != 0;
  const auto step = kSequenceSteps[command.step % kSequenceSteps.size()];
  const auto tick = kTimestampSteps[command.time % kTimestampSteps.size()];
  for (std::size_t i = 0; i <= command.count; ++i) {
    const bool first = i == 0;
    const bool last = i == command.count;
    const bool eachStep = first || (command.flags & Media::kStepEach) != 0;
    if (stream.begun)
      stream.sequenceNumber = static_cast<std::uint16_t>(stream.sequenceNumber + 1 + (eachStep ? step : 0));
    if (stream.begun && (first || frames)) stream.timestamp += static_cast<std::uint32_t>(tick);
    stream.begun = true;
    Part part{.keyFrame = (command.flags & Media::kKeyFrame) != 0 && (first || !frames),
              .beginsFrame = first || frames,
              .endsFrame = last || frames,
              .spatial = static_cast<std::uint8_t>(command.layers >> 4 & 7),
              .temporal = static_cast<std::uint8_t>(command.layers & 7)};
    if (part.beginsFrame) {
      stream.pictureId = (stream.pictureId + 1) & 0x7fff;
      if (part.temporal == 0) ++stream.tl0PicIdx;
    }
    Header header{.ssrc = stream.ssrc,
                  .payloadType = kScriptPayloadType,
                  .marker = (command.flags & Media::kMarker) != 0 && part.endsFrame,
                  .sequenceNumber = stream.sequenceNumber,
                  .timestamp = stream.timestamp};
    if ((command.flags & Media::kUnknownSsrc) != 0)
      header.ssrc = Ssrc(kUnknownSsrc + stream.sequenceNumber % 64);
    if ((command.flags & Media::kWrongType) != 0) header.payloadType = kUnknownPayloadType;
    auto packet = Begin(stream, header, part, false);
    if ((command.flags & Media::kEmpty) != 0) {
      packet[0] |= 0x20;  // RFC 3550 section 5.1: P
      const auto padding = static_cast<std::uint8_t>(std::max<std::uint8_t>(command.size, 1));
      Fill(packet, padding, 0);
      packet.back() = padding;
    } else {
      AppendDescriptor(stream, part, packet);
      const bool tail = last && (command.flags & Media::kShortTail) != 0;
      Fill(packet, tail ? kTail : std::size_t{command.size} * 8, static_cast<std::uint8_t>(i));
    }
    for (const auto& change : changes) packet[change.offset % packet.size()] = change.value;
    send(std::move(packet));
  }
}

void ScriptSource::SendRetransmissions(const script::Retransmit& command, const Send& send) {
  if (streams_.empty()) return;
  auto& stream = streams_[command.stream % streams_.size()];
  if (!stream.rtxSsrc) return;
  // A script has some hundred packets of a stream; half of all values reach those.
  const int back = command.back < 0x8000 ? command.back % 256 : command.back % 4096;
  for (std::size_t i = 0; i <= command.count; ++i) {
    const auto original = static_cast<std::uint16_t>(stream.sequenceNumber - back + static_cast<int>(i));
    const Part part{.beginsFrame = true, .endsFrame = true};
    auto packet = Begin(stream,
                        {.ssrc = *stream.rtxSsrc,
                         .payloadType = kScriptRtxPayloadType,
                         .sequenceNumber = stream.rtxSequenceNumber++,
                         .timestamp = stream.timestamp},
                        part, true);
    AppendU16(packet, original);  // RFC 4588 section 4: OSN
    AppendDescriptor(stream, part, packet);
    Fill(packet, std::size_t{command.size} * 8 + 1, command.salt);
    send(std::move(packet));
  }
}

// RFC 3550 section 5.1, RFC 8285 section 4.3: two-byte extensions.
std::vector<std::uint8_t> ScriptSource::Begin(const Stream& stream, const Header& header, const Part& part,
                                              bool retransmission) {
  std::vector<std::uint8_t> out;
  out.reserve(kMaxPacket);
  out.push_back(extensions_ != 0 ? 0x90 : 0x80);
  out.push_back(static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | header.payloadType));
  AppendU16(out, header.sequenceNumber);
  AppendU32(out, header.timestamp);
  AppendU32(out, header.ssrc.Value());
  if (extensions_ == 0) return out;
  AppendU16(out, 0x1000);
  const auto lengthAt = out.size();
  AppendU16(out, 0);
  for (std::size_t i = 0; i < rtp::kExtensionCount; ++i) {
    const auto extension = static_cast<rtp::Extension>(i);
    if ((extensions_ >> i & 1U) == 0) continue;
    const auto value = ExtensionValue(extension, stream, part, retransmission);
    if (value.empty()) continue;
    out.push_back(ScriptExtensionId(extension));
    out.push_back(static_cast<std::uint8_t>(value.size()));
    out.insert(out.end(), value.begin(), value.end());
  }
  while ((out.size() - lengthAt) % 4 != 2) out.push_back(0);
  StoreU16(&out[lengthAt], static_cast<std::uint16_t>((out.size() - lengthAt - 2) / 4));
  return out;
}

std::vector<std::uint8_t> ScriptSource::ExtensionValue(rtp::Extension extension, const Stream& stream,
                                                       const Part& part, bool retransmission) {
  using rtp::Extension;
  switch (extension) {
    case Extension::kMid:
      return Text(mid_.substr(0, 255));
    case Extension::kRid:
      return retransmission ? std::vector<std::uint8_t>() : Text(stream.rid.substr(0, 255));
    case Extension::kRepairedRid:
      return retransmission ? Text(stream.rid.substr(0, 255)) : std::vector<std::uint8_t>();
    case Extension::kTransportWideCc: {
      std::vector<std::uint8_t> value;
      AppendU16(value, transportSequenceNumber_++);
      return value;
    }
    case Extension::kDependencyDescriptor:
      return DependencyDescriptor(stream, part);
    case Extension::kAudioLevel:
      return {0x85};
    case Extension::kVideoOrientation:
      return {part.temporal};
    case Extension::kAbsCaptureTime:
      return std::vector<std::uint8_t>(8, 1);
    case Extension::kMediasoupPacketId:
      return std::vector<std::uint8_t>(4, 2);
    default:
      return std::vector<std::uint8_t>(3, 3);
  }
}

std::vector<std::uint8_t> ScriptSource::DependencyDescriptor(const Stream& stream, const Part& part) const {
  const auto flags = static_cast<std::uint8_t>((part.beginsFrame ? 0x80 : 0) | (part.endsFrame ? 0x40 : 0));
  if (part.keyFrame && part.beginsFrame) {
    std::vector<std::uint8_t> value(kKeyDescriptor.begin(), kKeyDescriptor.end());
    StoreU16(&value[1], stream.pictureId);
    return value;
  }
  std::vector<std::uint8_t> value{static_cast<std::uint8_t>(flags | (1 + part.temporal) % 6)};
  AppendU16(value, stream.pictureId);
  return value;
}

void ScriptSource::AppendDescriptor(const Stream& stream, const Part& part,
                                    std::vector<std::uint8_t>& out) const {
  switch (codec_) {
    case ScriptCodec::kVp8:
      Vp8Descriptor{.start = part.beginsFrame,
                    .pictureId = stream.pictureId,
                    .tl0PicIdx = stream.tl0PicIdx,
                    .temporal = static_cast<std::uint8_t>(part.temporal & 3),
                    .layerSync = part.temporal != 0}
          .Append(out);
      out.push_back(part.keyFrame ? 0x10 : 0x11);
      return;
    case ScriptCodec::kVp9: {
      Vp9Descriptor descriptor{.interPicture = !part.keyFrame,
                               .beginsFrame = part.beginsFrame,
                               .endsFrame = part.endsFrame,
                               .pictureId = stream.pictureId,
                               .temporal = part.temporal,
                               .spatial = part.spatial,
                               .interLayer = part.spatial > 0,
                               .tl0PicIdx = stream.tl0PicIdx};
      if (part.keyFrame && part.spatial == 0 && part.beginsFrame) descriptor.spatialLayers = 3;
      descriptor.Append(out);
      return;
    }
    case ScriptCodec::kH264:
      // RFC 6184 section 5.4: a slice, of an IDR picture or another.
      out.push_back(part.keyFrame ? 0x65 : 0x61);
      return;
    case ScriptCodec::kAv1:
      // AV1 RTP payload format section 4.4: N begins a coded video sequence.
      out.push_back(part.keyFrame && part.beginsFrame ? 0x18 : 0x10);
      out.push_back(part.keyFrame ? 0x08 : 0x30);
      return;
    default:
      return;
  }
}

}  // namespace ringcast::fuzz
