#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Bytes.hpp"

// The wire format of SCTP (RFC 9260 section 3): packets, chunks, and the parameters in chunks.
namespace ringcast::sctp {

inline constexpr std::size_t kCommonHeaderSize = 12;
inline constexpr std::size_t kChunkHeaderSize = 4;
inline constexpr std::size_t kDataHeaderSize = 16;  // of a DATA chunk, with the chunk header

enum class ChunkType : std::uint8_t {
  kData = 0,
  kInit = 1,
  kInitAck = 2,
  kSack = 3,
  kHeartbeat = 4,
  kHeartbeatAck = 5,
  kAbort = 6,
  kShutdown = 7,
  kShutdownAck = 8,
  kError = 9,
  kCookieEcho = 10,
  kCookieAck = 11,
  kShutdownComplete = 14,
  kReConfig = 130,    // RFC 6525
  kForwardTsn = 192,  // RFC 3758
};

// Flags of a DATA chunk.
inline constexpr std::uint8_t kFlagEnd = 0x01;
inline constexpr std::uint8_t kFlagBeginning = 0x02;
inline constexpr std::uint8_t kFlagUnordered = 0x04;
inline constexpr std::uint8_t kFlagImmediate = 0x08;  // RFC 7053: acknowledge without delay
// Flag of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own.
inline constexpr std::uint8_t kFlagReflected = 0x01;

enum class ParameterType : std::uint16_t {
  kHeartbeatInfo = 1,
  kStateCookie = 7,
  kUnrecognized = 8,
  kOutgoingReset = 13,  // RFC 6525 section 4
  kIncomingReset = 14,
  kSsnTsnReset = 15,
  kReConfigResponse = 16,
  kAddOutgoingStreams = 17,
  kAddIncomingStreams = 18,
  kZeroChecksum = 0x8001,         // RFC 9653
  kSupportedExtensions = 0x8008,  // RFC 5061 section 4.2.7
  kForwardTsnSupported = 0xC000,  // RFC 3758 section 3.1
};

// The error cause of zero checksums that are accepted because DTLS protects the packet (RFC 9653 section 8).
inline constexpr std::uint32_t kZeroChecksumByDtls = 1;

// Error causes (RFC 9260 section 3.3.10).
inline constexpr std::uint16_t kCauseInvalidStream = 1;
inline constexpr std::uint16_t kCauseStaleCookie = 3;
inline constexpr std::uint16_t kCauseUserAbort = 12;
inline constexpr std::uint16_t kCauseProtocolViolation = 13;

struct CommonHeader {
  std::uint16_t sourcePort = 0;
  std::uint16_t destinationPort = 0;
  std::uint32_t verificationTag = 0;
  bool zeroChecksum = false;
};

struct ChunkView {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  ByteView value;  // without the chunk header and padding
};

// Walks the chunks of a packet.
class PacketReader {
 public:
  // Returns nullopt if the packet is too short or its checksum is wrong. `acceptZero`: a checksum of zero is
  // accepted.
  [[nodiscard]] static std::optional<PacketReader> Parse(ByteView packet, bool acceptZero);

  [[nodiscard]] const CommonHeader& Header() const { return header_; }
  // Returns the next chunk; nullopt at the end, or if the rest is malformed.
  [[nodiscard]] std::optional<ChunkView> Next();

 private:
  PacketReader(const CommonHeader& header, ByteView rest) : header_(header), rest_(rest) {}

  CommonHeader header_;
  ByteView rest_;
};

struct ParameterView {
  std::uint16_t type = 0;
  ByteView value;
};

// Walks parameters or error causes, which have the same format.
class ParameterReader {
 public:
  explicit ParameterReader(ByteView bytes) : rest_(bytes) {}
  // Returns the next parameter; nullopt at the end, or if the rest is malformed.
  [[nodiscard]] std::optional<ParameterView> Next();

 private:
  ByteView rest_;
};

struct DataChunk {
  std::uint32_t tsn = 0;
  std::uint16_t stream = 0;
  std::uint16_t ssn = 0;
  std::uint32_t ppid = 0;
  std::uint8_t flags = 0;
  ByteView payload;

  // Returns nullopt if the chunk is too short, or has no payload (RFC 9260 section 3.3.1).
  [[nodiscard]] static std::optional<DataChunk> Parse(const ChunkView& chunk);
};

// The fixed part of INIT and INIT ACK.
struct InitChunk {
  std::uint32_t tag = 0;
  std::uint32_t receiveWindow = 0;
  std::uint16_t outboundStreams = 0;
  std::uint16_t inboundStreams = 0;
  std::uint32_t initialTsn = 0;
  ByteView parameters;

  // Returns nullopt if the chunk is too short, or has a zero tag or no streams.
  [[nodiscard]] static std::optional<InitChunk> Parse(const ChunkView& chunk);
};

struct SackChunk {
  struct Gap {
    std::uint16_t first = 0, last = 0;  // offsets to the cumulative TSN
  };
  std::uint32_t cumulativeTsn = 0;
  std::uint32_t receiveWindow = 0;
  std::vector<Gap> gaps;
  std::size_t duplicates = 0;

  // Returns nullopt if the chunk is too short for what it announces.
  [[nodiscard]] static std::optional<SackChunk> Parse(const ChunkView& chunk);
};

struct ForwardTsnChunk {
  struct Skipped {
    std::uint16_t stream = 0, ssn = 0;
  };
  std::uint32_t newCumulativeTsn = 0;
  std::vector<Skipped> skipped;

  [[nodiscard]] static std::optional<ForwardTsnChunk> Parse(const ChunkView& chunk);
};

// Builds one packet in a buffer of fixed size.
class PacketWriter {
 public:
  // `room`: the largest size of the packet.
  PacketWriter(std::vector<std::uint8_t>& buffer, std::size_t room, const CommonHeader& header);

  // Returns the bytes that are left for chunks.
  [[nodiscard]] std::size_t Remaining() const { return room_ - buffer_.size(); }
  [[nodiscard]] bool Empty() const { return buffer_.size() == kCommonHeaderSize; }

  // Chunks: begin, write the value, end. The caller checks Remaining() first.
  void Begin(ChunkType type, std::uint8_t flags = 0);
  void End();
  // Parameters in a chunk, likewise.
  void BeginParameter(ParameterType type);
  void EndParameter();

  void U8(std::uint8_t value) { buffer_.push_back(value); }
  void U16(std::uint16_t value);
  void U32(std::uint32_t value);
  void Bytes(ByteView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }

  // Writes the checksum, unless it may be zero, and returns the packet.
  ByteView Finish(bool zeroChecksum);

 private:
  void Patch(std::size_t start);
  void Pad();

  std::vector<std::uint8_t>& buffer_;
  std::size_t room_;
  std::size_t chunk_ = 0;      // where the current chunk begins
  std::size_t parameter_ = 0;  // where the current parameter begins
};

}  // namespace ringcast::sctp
