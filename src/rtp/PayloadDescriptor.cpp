#include "ringcast/rtp/PayloadDescriptor.hpp"

#include <algorithm>

namespace ringcast::rtp {
namespace {

// In both codecs the first bit of PictureID selects 15 or 7 bits.
void ReadPictureId(ByteReader& reader, std::size_t offset, DescriptorFields& fields) {
  const std::uint8_t first = reader.U8();
  const bool isLong = (first & 0x80) != 0;
  fields.pictureIdOffset = static_cast<std::uint8_t>(offset);
  fields.pictureIdBits = isLong ? 15 : 7;
  fields.pictureId = first & 0x7F;
  if (isLong) fields.pictureId = static_cast<std::uint16_t>(fields.pictureId << 8 | reader.U8());
}

// RFC 7741 section 4.2, and the P bit of the payload header, section 4.3.
bool InspectVp8(ByteView payload, FrameInfo& info) {
  ByteReader reader(payload);
  const auto offset = [&] { return payload.size() - reader.Remaining(); };
  const std::uint8_t first = reader.U8();
  info.beginsFrame = (first & 0x10) != 0 && (first & 0x07) == 0;                     // S is 1 and PID is 0
  const std::uint8_t present = (first & 0x80) != 0 ? reader.U8() : std::uint8_t{0};  // X is 1: I, L, T, K
  DescriptorFields& fields = info.fields;
  if ((present & 0x80) != 0) ReadPictureId(reader, offset(), fields);
  if ((present & 0x40) != 0) {
    fields.tl0PicIdxOffset = static_cast<std::uint8_t>(offset());
    fields.tl0PicIdx = reader.U8();
  }
  if ((present & 0x30) != 0) {
    const std::size_t at = offset();
    const std::uint8_t shared = reader.U8();
    if ((present & 0x20) != 0) {
      info.temporalLayer = shared >> 6;
      info.temporalSwitch = (shared & 0x20) != 0;
    }
    if ((present & 0x10) != 0) {
      fields.keyIdxOffset = static_cast<std::uint8_t>(at);
      fields.keyIdx = shared & 0x1F;
    }
  }
  if (!reader.Ok()) return false;
  const std::uint8_t header = reader.U8();
  info.keyFrame = info.beginsFrame && reader.Ok() && (header & 0x01) == 0;
  return true;
}

// RFC 9628 section 4.2.1. No field is needed; the structure must only be complete.
void SkipScalabilityStructure(ByteReader& reader) {
  const std::uint8_t first = reader.U8();
  constexpr std::size_t kResolutionSize = 4;
  if ((first & 0x10) != 0) reader.Skip(kResolutionSize * ((first >> 5) + std::size_t{1}));         // Y, N_S
  if ((first & 0x08) == 0) return;                                                                 // G
  const std::uint8_t pictures = reader.U8();                                                       // N_G
  for (std::size_t i = 0; i < pictures && reader.Ok(); ++i) reader.Skip((reader.U8() >> 2) & 3U);  // R
}

// RFC 9628 section 4.2.
bool InspectVp9(ByteView payload, FrameInfo& info) {
  ByteReader reader(payload);
  const auto offset = [&] { return payload.size() - reader.Remaining(); };
  const std::uint8_t first = reader.U8();
  info.interPicture = (first & 0x40) != 0;    // P
  const bool flexible = (first & 0x10) != 0;  // F
  info.beginsFrame = (first & 0x08) != 0;     // B
  info.endsFrame = (first & 0x04) != 0;       // E
  info.neededAbove = (first & 0x01) == 0;     // Z
  if ((first & 0x80) != 0) ReadPictureId(reader, offset(), info.fields);
  if ((first & 0x20) != 0) {  // L
    const std::uint8_t layers = reader.U8();
    info.temporalLayer = layers >> 5;
    info.temporalSwitch = (layers & 0x10) != 0;  // U
    // Layers above the supported ones are treated as part of the highest supported one.
    constexpr auto kHighest = static_cast<std::uint8_t>(kMaxSpatialLayers - 1);
    info.spatialLayer = std::min(static_cast<std::uint8_t>((layers >> 1) & 7), kHighest);
    info.interLayer = (layers & 0x01) != 0;  // D
    if (!flexible) {
      info.fields.tl0PicIdxOffset = static_cast<std::uint8_t>(offset());
      info.fields.tl0PicIdx = reader.U8();
    }
  }
  if (flexible && info.interPicture) {
    // P_DIFF; its last bit, N, indicates that another one follows.
    constexpr int kMaxReferences = 3;
    bool more = true;
    for (int i = 0; more && i < kMaxReferences; ++i) more = (reader.U8() & 0x01) != 0;
    if (more) return false;
  }
  if ((first & 0x02) != 0) SkipScalabilityStructure(reader);  // V
  info.keyFrame = info.beginsFrame && !info.interPicture && info.spatialLayer == 0;
  return reader.Ok();
}

// RFC 6184 section 5.2: NAL unit types and packet types.
constexpr std::uint8_t kSlice = 1;
constexpr std::uint8_t kSlicePartitionA = 2;
constexpr std::uint8_t kIdrSlice = 5;
constexpr std::uint8_t kSupplementalInformation = 6;
constexpr std::uint8_t kSequenceParameterSet = 7;
constexpr std::uint8_t kPictureParameterSet = 8;
constexpr std::uint8_t kAccessUnitDelimiter = 9;
constexpr std::uint8_t kStapA = 24;
constexpr std::uint8_t kFuA = 28;

void InspectNalUnit(std::uint8_t type, ByteView body, FrameInfo& info) {
  switch (type) {
    case kIdrSlice:
    case kSlice:
    case kSlicePartitionA:
      // ITU-T H.264 section 7.3.3: first_mb_in_slice is the first field; its value 0 is coded as a single 1
      // bit.
      if (!body.empty() && (body[0] & 0x80) != 0) info.beginsFrame = true;
      break;
    case kSupplementalInformation:
    case kSequenceParameterSet:
    case kPictureParameterSet:
    case kAccessUnitDelimiter:
      info.beginsFrame = true;
      break;
    default:
      break;
  }
  if (type == kSequenceParameterSet) info.hasParameterSets = true;
  if (type == kIdrSlice || type == kSequenceParameterSet) info.keyFrame = true;
}

// A key frame starts with an IDR slice or with the SPS before it: in a single NAL unit packet, in a STAP-A,
// or in the first packet of an FU-A.
bool InspectH264(ByteView payload, FrameInfo& info) {
  ByteReader reader(payload);
  const std::uint8_t type = reader.U8() & 0x1F;
  if (!reader.Ok()) return false;
  if (type == kStapA) {  // section 5.7.1: NAL units, each preceded by its 16-bit size
    while (reader.Remaining() != 0) {
      const ByteView unit = reader.Bytes(reader.U16());
      if (!unit.empty()) InspectNalUnit(unit[0] & 0x1F, unit.subspan(1), info);
    }
  } else if (type == kFuA) {  // section 5.8: the FU header contains the start bit and the NAL unit type
    const std::uint8_t header = reader.U8();
    if (reader.Ok() && (header & 0x80) != 0) InspectNalUnit(header & 0x1F, payload.subspan(2), info);
  } else {
    InspectNalUnit(type, payload.subspan(1), info);
  }
  return true;
}

// AV1 RTP payload format, section 4.4: Z and N of the aggregation header.
bool InspectAv1(ByteView payload, FrameInfo& info) {
  if (payload.empty()) return false;
  const bool continues = (payload[0] & 0x80) != 0;
  info.beginsFrame = !continues;
  // "If N is set to 1 then Z must be set to 0."
  info.keyFrame = !continues && (payload[0] & 0x08) != 0;
  return true;
}

bool Inspect(Codec codec, ByteView payload, FrameInfo& info) {
  switch (codec) {
    case Codec::kVp8:
      return InspectVp8(payload, info);
    case Codec::kVp9:
      return InspectVp9(payload, info);
    case Codec::kH264:
      return InspectH264(payload, info);
    case Codec::kAv1:
      return InspectAv1(payload, info);
    case Codec::kOther:
    case Codec::kOpus:
    case Codec::kRtx:
      break;
  }
  return true;
}

}  // namespace

FrameInfo InspectPayload(Codec codec, ByteView payload, bool marker) {
  FrameInfo info;
  if (!Inspect(codec, payload, info)) info = {};
  // The marker indicates the end of a picture. In VP9 that is the end of the highest spatial layer, which has
  // its E bit set too.
  if (codec != Codec::kVp9) info.endsFrame = marker;
  return info;
}

PayloadPatch MakePatch(ByteView payload, const DescriptorFields& fields, std::uint16_t pictureId,
                       std::uint8_t tl0PicIdx, std::uint8_t keyIdx) {
  PayloadPatch patch;
  std::size_t size = 0;
  if (fields.pictureIdBits != 0) size = fields.pictureIdOffset + (fields.pictureIdBits > 7 ? 2U : 1U);
  if (fields.tl0PicIdxOffset != 0) size = std::max(size, fields.tl0PicIdxOffset + std::size_t{1});
  if (fields.keyIdxOffset != 0) size = std::max(size, fields.keyIdxOffset + std::size_t{1});
  RC_ASSERT(size <= patch.bytes.size() && size <= payload.size());
  std::copy_n(payload.begin(), size, patch.bytes.begin());
  patch.size = static_cast<std::uint8_t>(size);

  auto& bytes = patch.bytes;
  if (fields.pictureIdBits > 7) {
    StoreU16(&bytes[fields.pictureIdOffset], static_cast<std::uint16_t>(pictureId | 0x8000));
  } else if (fields.pictureIdBits != 0) {
    bytes[fields.pictureIdOffset] = pictureId & 0x7F;
  }
  if (fields.tl0PicIdxOffset != 0) bytes[fields.tl0PicIdxOffset] = tl0PicIdx;
  if (fields.keyIdxOffset != 0) {
    auto& shared = bytes[fields.keyIdxOffset];  // the byte also contains TID and Y
    shared = static_cast<std::uint8_t>((shared & 0xE0) | (keyIdx & 0x1F));
  }
  return patch;
}

bool IsOpusDtx(ByteView payload) { return payload.size() == 1 || payload.size() == 2; }

}  // namespace ringcast::rtp
