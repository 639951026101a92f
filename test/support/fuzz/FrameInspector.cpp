#include "ringcast/rtp/FrameInspector.hpp"

#include <algorithm>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "support/fuzz/Targets.hpp"

// Input: a byte for the codec, then packets: a byte of flags, the length of the dependency descriptor and the
// descriptor if the flags contain it, the length of the payload and the payload.
namespace ringcast::fuzz {
namespace {

using rtp::Codec;
using rtp::FrameInfo;

constexpr std::uint8_t kMarker = 0x01;
constexpr std::uint8_t kWithDescriptor = 0x02;
constexpr std::uint8_t kExtensionId = 1;
constexpr std::size_t kMaxPackets = 64;  // enough for several structures, and fast

rtp::Packet Build(net::PacketPool& pool, std::uint8_t flags, ByteView descriptor, ByteView payload) {
  std::vector<std::uint8_t> bytes(rtp::kFixedHeaderSize);
  bytes[0] = 0x80;
  if ((flags & kMarker) != 0) bytes[1] = 0x80;
  if ((flags & kWithDescriptor) != 0) {
    bytes[0] |= 0x10;
    // The two-byte form, RFC 8285 section 4.3.
    const std::size_t size = 2 + descriptor.size();
    const std::size_t words = (size + 3) / 4;
    bytes.insert(bytes.end(), {0x10, 0x00, 0x00, static_cast<std::uint8_t>(words), kExtensionId,
                               static_cast<std::uint8_t>(descriptor.size())});
    bytes.insert(bytes.end(), descriptor.begin(), descriptor.end());
    bytes.resize(bytes.size() + (words * 4 - size));
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  auto packet = rtp::Packet::Parse(pool.Copy(bytes, {}));
  RC_ASSERT(packet);
  rtp::ExtensionIds ids;
  ids.Set(rtp::Extension::kDependencyDescriptor, kExtensionId);
  packet->LocateExtensions(ids);
  return *packet;
}

void CheckBounds(Codec codec, const FrameInfo& info) {
  RC_ASSERT(info.spatialLayer < rtp::kMaxSpatialLayers && info.temporalLayer < rtp::kMaxTemporalLayers);
  if (info.keyFrame && codec != Codec::kH264) RC_ASSERT(info.beginsFrame);
  RC_ASSERT(!info.keyFrame || info.spatialLayer == 0 || info.structure);
  if (!info.structure) return;
  const auto& structure = *info.structure;
  RC_ASSERT(structure.targetCount >= 1 && structure.targetCount <= rtp::kMaxDecodeTargets);
  RC_ASSERT(info.spatialLayer < structure.spatialLayers && info.temporalLayer < structure.temporalLayers);
  for (const auto& target : structure.targets) {
    RC_ASSERT(target.spatialLayer < structure.spatialLayers &&
              target.temporalLayer < structure.temporalLayers);
  }
  const auto& dependency = info.dependency;
  RC_ASSERT(std::uint64_t{dependency.activeTargets} >> structure.targetCount == 0);
  RC_ASSERT(dependency.referenceCount <= dependency.references.size());
  RC_ASSERT(dependency.activeTargetsAt != 0);
}

// A patch with the payload's own numbers changes nothing; other numbers read back from the patched payload.
void CheckPatch(Codec codec, ByteView payload, const FrameInfo& info) {
  const auto& fields = info.fields;
  const auto same = MakePatch(payload, fields, fields.pictureId, fields.tl0PicIdx, fields.keyIdx);
  RC_ASSERT(std::equal(same.bytes.begin(), same.bytes.begin() + same.size, payload.begin()));

  std::vector<std::uint8_t> patched(payload.begin(), payload.end());
  const auto other = MakePatch(payload, fields, 0x2AAA, 0x55, 0x0A);
  RC_ASSERT(other.size == same.size);
  std::copy_n(other.bytes.begin(), other.size, patched.begin());
  const auto after = InspectPayload(codec, patched, false);
  RC_ASSERT(after.fields.pictureIdBits == fields.pictureIdBits);
  if (fields.pictureIdBits != 0)
    RC_ASSERT(after.fields.pictureId == (0x2AAA & ((1U << fields.pictureIdBits) - 1)));
  if (fields.tl0PicIdxOffset != 0) RC_ASSERT(after.fields.tl0PicIdx == 0x55);
  if (fields.keyIdxOffset != 0) RC_ASSERT(after.fields.keyIdx == 0x0A);
}

}  // namespace

void FuzzFrameInspector(std::span<const std::uint8_t> input) {
  constexpr Codec kCodecs[] = {Codec::kOther, Codec::kOpus, Codec::kVp8, Codec::kVp9,
                               Codec::kH264,  Codec::kAv1,  Codec::kRtx};
  ByteReader reader(input);
  const Codec codec = kCodecs[reader.U8() % std::size(kCodecs)];
  rtp::FrameInspector inspector(codec);
  net::PacketPool pool(1);
  for (std::size_t i = 0; i < kMaxPackets && reader.Remaining() != 0; ++i) {
    const std::uint8_t flags = reader.U8();
    const ByteView descriptor = (flags & kWithDescriptor) != 0 ? reader.Bytes(reader.U8()) : ByteView{};
    const ByteView payload = reader.Bytes(reader.U8());
    if (!reader.Ok()) return;
    // A copy of exactly its size, so that the sanitizer detects a read past its end.
    const std::vector<std::uint8_t> alone(payload.begin(), payload.end());
    const bool marker = (flags & kMarker) != 0;
    const FrameInfo bare = InspectPayload(codec, alone, marker);
    CheckBounds(codec, bare);
    CheckPatch(codec, alone, bare);
    RC_ASSERT(bare.keyFrame == IsKeyFrame(codec, alone));

    const FrameInfo info = inspector.Inspect(Build(pool, flags, descriptor, payload));
    CheckBounds(codec, info);
    RC_ASSERT(!info.structure || (flags & kWithDescriptor) != 0);
    RC_ASSERT(info.structure || ((!info.keyFrame || bare.keyFrame) && info.endsFrame == bare.endsFrame &&
                                 info.temporalLayer == bare.temporalLayer));
  }
}

}  // namespace ringcast::fuzz
