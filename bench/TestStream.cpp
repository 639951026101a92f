#include "bench/TestStream.hpp"

namespace ringcast::bench {
namespace {

constexpr std::size_t kHeaderSize = 12;  // without CSRCs and extensions
// Size of a VP8 payload descriptor with a frame header; Opus packets use the same size.
constexpr std::size_t kPrologueSize = 15;
// RFC 7741 section 4.2.
constexpr std::uint8_t kFurtherByte = 0x80;       // X: the next byte contains the extension flags
constexpr std::uint8_t kStartOfPartition = 0x10;  // S: start of a partition
constexpr std::uint8_t kPictureIds = 0xc0;        // I and L: picture id and TL0PICIDX are present
constexpr std::uint16_t kLongPictureId = 0x8000;  // M: the picture id has 15 bits
constexpr std::size_t kDescriptorSize = 5;
constexpr std::uint8_t kInterFrame = 0x01;  // RFC 7741 section 4.3: the inverse key frame flag P
constexpr std::uint8_t kOpusToc = 0x78;     // RFC 6716 section 3.1: CELT, 20 ms, one frame

// Returns a byte of the payload after the mark; it differs from packet to packet and from byte to byte.
std::uint8_t Filling(const Mark& mark, std::size_t index) {
  return static_cast<std::uint8_t>(mark.sequence * 7 + mark.stream * 31 + index);
}

void WritePrologue(ByteWriter& writer, const TestStream::Shape& shape, std::uint32_t sequence) {
  if (shape.kind == MediaKind::kAudio) {
    writer.U8(kOpusToc);
    writer.Zeros(kPrologueSize - 1);
    return;
  }
  const bool startOfFrame = sequence % shape.packetsPerFrame == 0;
  const std::uint32_t frame = sequence / shape.packetsPerFrame;
  const bool keyFrame = frame % shape.keyFrameInterval == 0;
  writer.U8(startOfFrame ? kFurtherByte | kStartOfPartition : kFurtherByte);
  writer.U8(kPictureIds);
  writer.U16(static_cast<std::uint16_t>(kLongPictureId | frame));
  writer.U8(static_cast<std::uint8_t>(frame));
  if (!startOfFrame) {
    writer.Zeros(kPrologueSize - kDescriptorSize);
    return;
  }
  // The frame tag, then, in key frames, the start code and the frame size: 320x240.
  writer.U8(keyFrame ? std::uint8_t{0} : kInterFrame);
  writer.U16(0);
  writer.U24(0x9d012a);
  writer.U16(0x4001);
  writer.U16(0xf000);
}

}  // namespace

std::size_t TestStream::NextSize() const {
  const bool endOfFrame = (sequence_ + 1) % shape_.packetsPerFrame == 0;
  return shape_.packetSize + (shape_.lastLarger && shape_.packetsPerFrame > 1 && endOfFrame ? 1 : 0);
}

void TestStream::WriteNext(MutableBytes out) {
  const Mark mark{shape_.index, sequence_};
  const std::size_t size = NextSize();
  const bool video = shape_.kind == MediaKind::kVideo;
  const bool endOfFrame = (sequence_ + 1) % shape_.packetsPerFrame == 0;
  ByteWriter writer(out.first(size));
  writer.U8(0x80);  // version 2
  const auto payloadType = (video ? kVideoPayloadType : kAudioPayloadType).Value();
  writer.U8(static_cast<std::uint8_t>((video && endOfFrame ? 0x80 : 0) | payloadType));
  writer.U16(static_cast<std::uint16_t>(sequence_));
  writer.U32(sequence_ / shape_.packetsPerFrame * shape_.timestampStep);
  writer.U32(shape_.ssrc.Value());
  WritePrologue(writer, shape_, sequence_);
  writer.U16(mark.stream);
  writer.U32(mark.sequence);
  writer.U16(static_cast<std::uint16_t>(size));
  for (std::size_t i = 0; writer.Remaining() > 0; ++i) writer.U8(Filling(mark, i));
  RC_ASSERT(writer.Ok());
  ++sequence_;
}

std::optional<Mark> ReadMark(ByteView rtpPacket) {
  // Version 2, and the flags P and X of RFC 3550 section 5.1.
  constexpr std::uint8_t kVersion = 0x80;
  constexpr std::uint8_t kPadded = 0x20;
  constexpr std::uint8_t kExtended = 0x10;
  if (rtpPacket.empty()) return std::nullopt;
  const std::uint8_t first = rtpPacket.front();
  if ((first & ~(kPadded | kExtended)) != kVersion) return std::nullopt;
  if ((first & kPadded) != 0) {
    if (rtpPacket.back() == 0 || rtpPacket.back() > rtpPacket.size()) return std::nullopt;
    rtpPacket = rtpPacket.first(rtpPacket.size() - rtpPacket.back());
  }
  ByteReader reader(rtpPacket);
  reader.Skip(kHeaderSize);
  if ((first & kExtended) != 0) {
    reader.Skip(2);
    reader.Skip(std::size_t{reader.U16()} * 4);
  }
  const std::size_t payloadSize = reader.Remaining();
  reader.Skip(kPrologueSize);
  Mark mark;
  mark.stream = reader.U16();
  mark.sequence = reader.U32();
  const std::size_t size = reader.U16();
  if (!reader.Ok() || size != kHeaderSize + payloadSize) return std::nullopt;
  const ByteView filling = reader.Bytes(reader.Remaining());
  for (std::size_t i = 0; i < filling.size(); ++i) {
    if (filling[i] != Filling(mark, i)) return std::nullopt;
  }
  return mark;
}

}  // namespace ringcast::bench
