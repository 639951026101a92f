#include "support/SimDescriptor.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint16_t kLongPictureId = 0x8000;  // M of RFC 7741 and RFC 9628: 15 bits follow

void AppendPictureId(std::vector<std::uint8_t>& out, std::uint16_t pictureId) {
  out.push_back(static_cast<std::uint8_t>((pictureId | kLongPictureId) >> 8));
  out.push_back(static_cast<std::uint8_t>(pictureId));
}

std::uint8_t Bits(bool value, unsigned shift) { return static_cast<std::uint8_t>(value ? 1U << shift : 0U); }

std::uint16_t ReadPictureId(ByteReader& reader) {
  const auto first = reader.U8();
  if ((first & 0x80) == 0) return first;
  return static_cast<std::uint16_t>((first & 0x7f) << 8 | reader.U8());
}

}  // namespace

void Vp8Descriptor::Append(std::vector<std::uint8_t>& out) const {
  out.push_back(static_cast<std::uint8_t>(0x80 | Bits(start, 4)));  // X, S, PID 0
  out.push_back(0xF0);                                              // I, L, T, K
  AppendPictureId(out, pictureId);
  out.push_back(tl0PicIdx);
  out.push_back(static_cast<std::uint8_t>(temporal << 6 | Bits(layerSync, 5) | (keyIdx & 0x1f)));
}

std::optional<Vp8Descriptor::Parsed> Vp8Descriptor::Parse(ByteView payload) {
  ByteReader reader(payload);
  Parsed parsed;
  auto& descriptor = parsed.descriptor;
  const auto first = reader.U8();
  descriptor.start = (first & 0x10) != 0 && (first & 0x07) == 0;
  // The sender writes all fields, so the forwarded packet must have them all.
  if ((first & 0x80) == 0 || reader.U8() != 0xF0) return std::nullopt;
  descriptor.pictureId = ReadPictureId(reader);
  descriptor.tl0PicIdx = reader.U8();
  const auto last = reader.U8();
  descriptor.temporal = last >> 6;
  descriptor.layerSync = (last & 0x20) != 0;
  descriptor.keyIdx = last & 0x1f;
  if (!reader.Ok()) return std::nullopt;
  parsed.size = payload.size() - reader.Remaining();
  return parsed;
}

void Vp9Descriptor::Append(std::vector<std::uint8_t>& out) const {
  out.push_back(static_cast<std::uint8_t>(0x80 | Bits(interPicture, 6) | Bits(true, 5) | Bits(flexible, 4) |
                                          Bits(beginsFrame, 3) | Bits(endsFrame, 2) |
                                          Bits(spatialLayers != 0, 1) | Bits(notReferenced, 0)));
  AppendPictureId(out, pictureId);
  out.push_back(
      static_cast<std::uint8_t>(temporal << 5 | Bits(switchUp, 4) | spatial << 1 | Bits(interLayer, 0)));
  if (!flexible) out.push_back(tl0PicIdx);
  if (flexible && interPicture) {
    for (std::size_t i = 0; i < differenceCount; ++i) {
      out.push_back(static_cast<std::uint8_t>(differences[i] << 1 | Bits(i + 1U < differenceCount, 0)));
    }
  }
  if (spatialLayers != 0) AppendStructure(out);
}

void Vp9Descriptor::AppendStructure(std::vector<std::uint8_t>& out) const {
  out.push_back(
      static_cast<std::uint8_t>((spatialLayers - 1) << 5 | Bits(true, 4) | Bits(!group.empty(), 3)));
  for (std::uint8_t layer = 0; layer < spatialLayers; ++layer) {
    const auto scale = 1U << (spatialLayers - 1U - layer);
    for (const auto side : {1280U / scale, 720U / scale}) {
      out.push_back(static_cast<std::uint8_t>(side >> 8));
      out.push_back(static_cast<std::uint8_t>(side));
    }
  }
  if (group.empty()) return;
  out.push_back(static_cast<std::uint8_t>(group.size()));
  for (const auto& picture : group) {
    const auto references = static_cast<std::uint8_t>(picture.differences.size());
    out.push_back(
        static_cast<std::uint8_t>(picture.temporal << 5 | Bits(picture.switchUp, 4) | references << 2));
    out.insert(out.end(), picture.differences.begin(), picture.differences.end());
  }
}

std::optional<Vp9Descriptor::Parsed> Vp9Descriptor::Parse(ByteView payload) {
  ByteReader reader(payload);
  Parsed parsed;
  auto& descriptor = parsed.descriptor;
  const auto first = reader.U8();
  if ((first & 0xA0) != 0xA0)
    return std::nullopt;  // the sender writes I and L, so the forwarded packet must have both
  descriptor.interPicture = (first & 0x40) != 0;
  descriptor.flexible = (first & 0x10) != 0;
  descriptor.beginsFrame = (first & 0x08) != 0;
  descriptor.endsFrame = (first & 0x04) != 0;
  descriptor.notReferenced = (first & 0x01) != 0;
  descriptor.pictureId = ReadPictureId(reader);
  const auto layers = reader.U8();
  descriptor.temporal = layers >> 5;
  descriptor.switchUp = (layers & 0x10) != 0;
  descriptor.spatial = (layers >> 1) & 0x07;
  descriptor.interLayer = (layers & 0x01) != 0;
  if (!descriptor.flexible) descriptor.tl0PicIdx = reader.U8();
  for (bool more = descriptor.flexible && descriptor.interPicture; more;) {
    if (descriptor.differenceCount == kMaxDifferences) return std::nullopt;
    const auto difference = reader.U8();
    descriptor.differences[descriptor.differenceCount++] = difference >> 1;
    more = (difference & 0x01) != 0;
  }
  if ((first & 0x02) != 0) {
    const auto structure = reader.U8();
    descriptor.spatialLayers = static_cast<std::uint8_t>((structure >> 5) + 1);
    if ((structure & 0x10) != 0) reader.Skip(4 * std::size_t{descriptor.spatialLayers});
    const auto pictures = (structure & 0x08) != 0 ? reader.U8() : std::uint8_t{0};
    for (std::uint8_t i = 0; i < pictures; ++i) reader.Skip((reader.U8() >> 2) & 0x03);
  }
  if (!reader.Ok()) return std::nullopt;
  parsed.size = payload.size() - reader.Remaining();
  return parsed;
}

}  // namespace ringcast::test
