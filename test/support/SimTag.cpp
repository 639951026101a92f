#include "support/SimTag.hpp"

namespace ringcast::test {

namespace {

constexpr std::uint16_t kMagic = 0x51A6;

// FNV-1a, 32 bits.
std::uint32_t Checksum(ByteView bytes) {
  std::uint32_t sum = 2166136261U;
  for (const auto byte : bytes) sum = (sum ^ byte) * 16777619U;
  return sum;
}

}  // namespace

void SimTag::Write(MutableBytes payload) const {
  const auto place = payload.last(kSize);
  ByteWriter writer(place);
  writer.U16(kMagic);
  writer.U32(sequence);
  writer.U32(picture);
  writer.U32(captured);
  writer.U16(packet);
  writer.U16(packets);
  writer.U16(bodySize);
  writer.U8(source);
  writer.U8(encoding);
  writer.U8(static_cast<std::uint8_t>(spatial << 4 | temporal));
  writer.U8(static_cast<std::uint8_t>((key ? 0x80 : 0) | referenceCount));
  for (const auto& reference : references) {
    writer.U8(reference.spatial);
    writer.U8(reference.distance);
  }
  writer.U16(0);
  writer.U32(Checksum(place.first(kSize - 4)));
  RC_ASSERT(writer.Ok() && writer.Remaining() == 0);
}

std::optional<SimTag> SimTag::Read(ByteView payload) {
  if (payload.size() < kSize) return std::nullopt;
  const auto place = payload.last(kSize);
  ByteReader reader(place);
  if (reader.U16() != kMagic) return std::nullopt;
  SimTag tag;
  tag.sequence = reader.U32();
  tag.picture = reader.U32();
  tag.captured = reader.U32();
  tag.packet = reader.U16();
  tag.packets = reader.U16();
  tag.bodySize = reader.U16();
  tag.source = reader.U8();
  tag.encoding = reader.U8();
  const auto layers = reader.U8();
  tag.spatial = layers >> 4;
  tag.temporal = layers & 0x0f;
  const auto flags = reader.U8();
  tag.key = (flags & 0x80) != 0;
  tag.referenceCount = flags & 0x7f;
  for (auto& reference : tag.references) {
    reference.spatial = reader.U8();
    reference.distance = reader.U8();
  }
  reader.Skip(2);
  if (reader.U32() != Checksum(place.first(kSize - 4)) || tag.referenceCount > kMaxReferences)
    return std::nullopt;
  return tag;
}

}  // namespace ringcast::test
