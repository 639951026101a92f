#include "ringcast/rtp/Codec.hpp"

#include <algorithm>

namespace ringcast::rtp {
namespace {

struct MimeType {
  std::string_view name;  // in lower case
  Codec codec;
};
constexpr MimeType kMimeTypes[] = {
    {"audio/opus", Codec::kOpus}, {"video/vp8", Codec::kVp8}, {"video/vp9", Codec::kVp9},
    {"video/h264", Codec::kH264}, {"video/av1", Codec::kAv1}, {"video/rtx", Codec::kRtx},
    {"audio/rtx", Codec::kRtx},
};

// Without the locale, which is none of the wire's business.
bool EqualsLowerCase(std::string_view text, std::string_view lowerCase) {
  return std::equal(text.begin(), text.end(), lowerCase.begin(), lowerCase.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool IsVp8KeyFrame(ByteView payload) {
  // Payload descriptor, RFC 7741 section 4.2.
  ByteReader reader(payload);
  const std::uint8_t first = reader.U8();
  const bool startsPartitionZero = (first & 0x10) != 0 && (first & 0x07) == 0;  // S, and PID 0
  if ((first & 0x80) != 0) {                                                    // X
    const std::uint8_t optional = reader.U8();
    if ((optional & 0x80) != 0 && (reader.U8() & 0x80) != 0)
      reader.Skip(1);                            // I: picture id, of 7 or 15 bits (M)
    if ((optional & 0x40) != 0) reader.Skip(1);  // L: TL0PICIDX
    if ((optional & 0x30) != 0) reader.Skip(1);  // T or K: TID, Y and KEYIDX share a byte
  }
  // Payload header, section 4.3: P is the inverse key frame flag.
  const std::uint8_t header = reader.U8();
  return reader.Ok() && startsPartitionZero && (header & 0x01) == 0;
}

// RFC 6184 section 5.2: types of NAL units, and of the packets that carry them.
constexpr std::uint8_t kIdrSlice = 5;
constexpr std::uint8_t kSequenceParameterSet = 7;
constexpr std::uint8_t kStapA = 24;
constexpr std::uint8_t kFuA = 28;

bool OpensKeyFrame(std::uint8_t nalHeader) {
  const std::uint8_t type = nalHeader & 0x1F;
  return type == kIdrSlice || type == kSequenceParameterSet;
}

bool IsH264KeyFrame(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t header = reader.U8();
  if (!reader.Ok()) return false;
  switch (header & 0x1F) {
    case kStapA:  // section 5.7.1: units behind their 16-bit sizes
      while (reader.Remaining() != 0) {
        const ByteView unit = reader.Bytes(reader.U16());
        if (!unit.empty() && OpensKeyFrame(unit[0])) return true;
      }
      return false;
    case kFuA: {  // section 5.8: the FU header has the start bit and the unit's type
      const std::uint8_t fuHeader = reader.U8();
      return reader.Ok() && (fuHeader & 0x80) != 0 && OpensKeyFrame(fuHeader);
    }
    default:
      return OpensKeyFrame(header);
  }
}

}  // namespace

Codec ParseCodec(std::string_view mimeType) {
  for (const auto& known : kMimeTypes) {
    if (EqualsLowerCase(mimeType, known.name)) return known.codec;
  }
  return Codec::kOther;
}

bool CanDetectKeyFrame(Codec codec) { return codec == Codec::kVp8 || codec == Codec::kH264; }

bool IsKeyFrame(Codec codec, ByteView payload) {
  switch (codec) {
    case Codec::kVp8:
      return IsVp8KeyFrame(payload);
    case Codec::kH264:
      return IsH264KeyFrame(payload);
    default:
      return false;
  }
}

}  // namespace ringcast::rtp
