#include "ringcast/sctp/Chunks.hpp"

#include <algorithm>

#include "ringcast/sctp/Crc32c.hpp"

namespace ringcast::sctp {

namespace {

// The checksum is stored with its least significant byte first (RFC 9260 appendix A).
std::uint32_t LoadLittle(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[3]} << 24;
}

constexpr std::size_t kChecksumOffset = 8;

// Returns the checksum of the packet, whose field for it counts as zeros.
std::uint32_t ChecksumOf(ByteView packet) {
  constexpr std::uint8_t kZeros[4] = {};
  return Crc32c()
      .Add(packet.first(kChecksumOffset))
      .Add(kZeros)
      .Add(packet.subspan(kChecksumOffset + sizeof kZeros))
      .Value();
}

constexpr std::size_t Padded(std::size_t size) { return (size + 3) / 4 * 4; }

// Chunks, parameters and error causes have a header of four bytes, which ends with their length.
constexpr std::size_t kItemHeaderSize = 4;

// Takes the next of them, with its header, and its padding off `rest`. Returns nullopt at the end, and if the
// length is wrong; then nothing is left.
std::optional<ByteView> TakeItem(ByteView& rest) {
  if (rest.size() < kItemHeaderSize) return std::nullopt;
  const std::size_t length = LoadU16(rest.data() + 2);
  if (length < kItemHeaderSize || length > rest.size()) {
    rest = {};
    return std::nullopt;
  }
  const auto item = rest.first(length);
  rest = rest.subspan(std::min(Padded(length), rest.size()));
  return item;
}

}  // namespace

std::optional<PacketReader> PacketReader::Parse(ByteView packet, bool acceptZero) {
  if (packet.size() < kCommonHeaderSize + kChunkHeaderSize) return std::nullopt;
  const CommonHeader header{.sourcePort = LoadU16(packet.data()),
                            .destinationPort = LoadU16(packet.data() + 2),
                            .verificationTag = LoadU32(packet.data() + 4),
                            .zeroChecksum = LoadU32(packet.data() + kChecksumOffset) == 0};
  if (!(acceptZero && header.zeroChecksum) &&
      ChecksumOf(packet) != LoadLittle(packet.data() + kChecksumOffset)) {
    return std::nullopt;
  }
  return PacketReader(header, packet.subspan(kCommonHeaderSize));
}

std::optional<ChunkView> PacketReader::Next() {
  const auto item = TakeItem(rest_);
  if (!item) return std::nullopt;
  return ChunkView{(*item)[0], (*item)[1], item->subspan(kItemHeaderSize)};
}

std::optional<ParameterView> ParameterReader::Next() {
  const auto item = TakeItem(rest_);
  if (!item) return std::nullopt;
  return ParameterView{LoadU16(item->data()), item->subspan(kItemHeaderSize)};
}

std::optional<DataChunk> DataChunk::Parse(const ChunkView& chunk) {
  ByteReader reader(chunk.value);
  DataChunk data;
  data.tsn = reader.U32();
  data.stream = reader.U16();
  data.ssn = reader.U16();
  data.ppid = reader.U32();
  data.flags = chunk.flags;
  if (!reader.Ok() || reader.Remaining() == 0) return std::nullopt;
  data.payload = reader.Bytes(reader.Remaining());
  return data;
}

std::optional<InitChunk> InitChunk::Parse(const ChunkView& chunk) {
  ByteReader reader(chunk.value);
  InitChunk init;
  init.tag = reader.U32();
  init.receiveWindow = reader.U32();
  init.outboundStreams = reader.U16();
  init.inboundStreams = reader.U16();
  init.initialTsn = reader.U32();
  if (!reader.Ok() || init.tag == 0 || init.outboundStreams == 0 || init.inboundStreams == 0)
    return std::nullopt;
  init.parameters = reader.Bytes(reader.Remaining());
  return init;
}

std::optional<SackChunk> SackChunk::Parse(const ChunkView& chunk) {
  ByteReader reader(chunk.value);
  SackChunk sack;
  sack.cumulativeTsn = reader.U32();
  sack.receiveWindow = reader.U32();
  const std::size_t gaps = reader.U16();
  sack.duplicates = reader.U16();
  if (!reader.Ok() || reader.Remaining() < 4 * (gaps + sack.duplicates)) return std::nullopt;
  sack.gaps.reserve(gaps);
  for (std::size_t i = 0; i < gaps; ++i) {
    const std::uint16_t first = reader.U16();
    sack.gaps.push_back({first, reader.U16()});
  }
  return sack;
}

std::optional<ForwardTsnChunk> ForwardTsnChunk::Parse(const ChunkView& chunk) {
  ByteReader reader(chunk.value);
  ForwardTsnChunk forward;
  forward.newCumulativeTsn = reader.U32();
  if (!reader.Ok()) return std::nullopt;
  while (reader.Remaining() >= 4) {
    const std::uint16_t stream = reader.U16();
    forward.skipped.push_back({stream, reader.U16()});
  }
  return forward;
}

PacketWriter::PacketWriter(std::vector<std::uint8_t>& buffer, std::size_t room, const CommonHeader& header)
    : buffer_(buffer), room_(room) {
  buffer_.clear();
  U16(header.sourcePort);
  U16(header.destinationPort);
  U32(header.verificationTag);
  U32(0);
}

void PacketWriter::U16(std::uint16_t value) {
  buffer_.push_back(static_cast<std::uint8_t>(value >> 8));
  buffer_.push_back(static_cast<std::uint8_t>(value));
}

void PacketWriter::U32(std::uint32_t value) {
  U16(static_cast<std::uint16_t>(value >> 16));
  U16(static_cast<std::uint16_t>(value));
}

void PacketWriter::Begin(ChunkType type, std::uint8_t flags) {
  chunk_ = buffer_.size();
  U8(static_cast<std::uint8_t>(type));
  U8(flags);
  U16(0);
}

void PacketWriter::End() {
  Patch(chunk_);
  Pad();
}

void PacketWriter::BeginParameter(ParameterType type) {
  Pad();
  parameter_ = buffer_.size();
  U16(static_cast<std::uint16_t>(type));
  U16(0);
}

void PacketWriter::EndParameter() { Patch(parameter_); }

void PacketWriter::Patch(std::size_t start) {
  StoreU16(buffer_.data() + start + 2, static_cast<std::uint16_t>(buffer_.size() - start));
}

void PacketWriter::Pad() { buffer_.resize(Padded(buffer_.size())); }

ByteView PacketWriter::Finish(bool zeroChecksum) {
  if (!zeroChecksum) {
    const std::uint32_t checksum = ChecksumOf(buffer_);
    for (std::size_t i = 0; i < 4; ++i)
      buffer_[kChecksumOffset + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
  }
  return buffer_;
}

}  // namespace ringcast::sctp
