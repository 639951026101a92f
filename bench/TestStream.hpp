#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::bench {

// What a packet of the load says of itself inside its payload, where the worker changes nothing.
struct Mark {
  std::uint16_t stream = 0;    // index among the streams of the load
  std::uint32_t sequence = 0;  // of the packet within its stream, from 0

  friend bool operator==(const Mark&, const Mark&) = default;
};

// A stream of RTP packets (RFC 3550) as an encoder would send it: VP8 frames (RFC 7741) of `burst` packets,
// or Opus packets. Pure: who sends them, and when, is not decided here.
class TestStream {
 public:
  static constexpr PayloadType kVideoPayloadType{96};
  static constexpr PayloadType kAudioPayloadType{97};
  static constexpr std::size_t kAudioPacketSize = 160;
  static constexpr std::uint32_t kVideoClockRate = 90'000;
  static constexpr std::uint32_t kAudioClockRate = 48'000;

  struct Shape {
    std::uint16_t index = 0;
    MediaKind kind = MediaKind::kVideo;
    Ssrc ssrc;
    std::size_t packetSize = 0;
    std::uint32_t packetsPerFrame = 1;
    bool lastLarger = false;             // by one byte, the last packet of a frame of several
    std::uint32_t timestampStep = 0;     // between frames
    std::uint32_t keyFrameInterval = 1;  // in frames; the first one is a key frame
  };
  explicit TestStream(const Shape& shape) : shape_(shape) {}

  // Writes the next packet, which is NextSize() bytes long, into `out`.
  void WriteNext(MutableBytes out);
  [[nodiscard]] std::size_t NextSize() const;

  [[nodiscard]] const Shape& Kind() const { return shape_; }
  // Of the packet that WriteNext writes next; so many were written.
  [[nodiscard]] std::uint32_t NextSequence() const { return sequence_; }

 private:
  Shape shape_;
  std::uint32_t sequence_ = 0;
};

// The ssrc of a producer's stream; those of its consumers are others.
[[nodiscard]] constexpr Ssrc SourceSsrc(std::size_t producer, MediaKind kind, std::size_t encoding = 0) {
  return Ssrc(static_cast<std::uint32_t>(0x1000 * (encoding + 1) + producer * 2) +
              (kind == MediaKind::kAudio ? 1 : 0));
}

// The mark of a plain RTP packet that one of these streams wrote and a worker forwarded; nullopt if the
// length or any byte of its payload is not as it was written. The header is the worker's: some add extensions
// to it.
[[nodiscard]] std::optional<Mark> ReadMark(ByteView rtpPacket);

}  // namespace ringcast::bench
