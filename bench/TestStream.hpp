#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"

namespace ringcast::bench {

// Identifies a packet of the load. It is in the payload, which the worker does not change.
struct Mark {
  std::uint16_t stream = 0;    // index among the streams of the load
  std::uint32_t sequence = 0;  // of the packet within its stream, starting with 0

  friend bool operator==(const Mark&, const Mark&) = default;
};

// A stream of RTP packets (RFC 3550) as an encoder would send it: VP8 frames (RFC 7741) of `packetsPerFrame`
// packets, or Opus packets. It only writes packets; the caller sends them and schedules them.
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
    bool lastLarger = false;             // the last packet of a frame of several packets is one byte larger
    std::uint32_t timestampStep = 0;     // between frames
    std::uint32_t keyFrameInterval = 1;  // in frames; the first one is a key frame
  };
  explicit TestStream(const Shape& shape) : shape_(shape) {}

  // Writes the next packet, which is NextSize() bytes long, into `out`.
  void WriteNext(MutableBytes out);
  [[nodiscard]] std::size_t NextSize() const;

  [[nodiscard]] const Shape& Kind() const { return shape_; }
  // The sequence number of the packet that WriteNext writes next, which is also the number of packets
  // written.
  [[nodiscard]] std::uint32_t NextSequence() const { return sequence_; }

 private:
  Shape shape_;
  std::uint32_t sequence_ = 0;
};

// Returns the ssrc of a producer's stream; its consumers have other ssrcs.
[[nodiscard]] constexpr Ssrc SourceSsrc(std::size_t producer, MediaKind kind, std::size_t encoding = 0) {
  return Ssrc(static_cast<std::uint32_t>(0x1000 * (encoding + 1) + producer * 2) +
              (kind == MediaKind::kAudio ? 1 : 0));
}

// Returns the mark of a plain RTP packet that one of these streams wrote and a worker forwarded, or nullopt
// if the length or any byte of the payload differs from the packet as written. The RTP header is not
// compared: some workers add extensions to it.
[[nodiscard]] std::optional<Mark> ReadMark(ByteView rtpPacket);

}  // namespace ringcast::bench
