#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "support/SimWorker.hpp"

namespace ringcast::test {

// A browser that sends VP8 simulcast through the transport "in": three encoders of one camera, each with its
// own sequence numbers. Higher encodings take longer.
class SimCamera {
 public:
  static constexpr std::size_t kEncodings = 3;
  static constexpr Duration kFrameTime = Milliseconds(40);
  static constexpr std::uint32_t kTicks = 3600;  // per frame time at 90 kHz
  static constexpr std::size_t kPackets = 3;     // per frame

  // The ssrcs of the encodings are consecutive.
  SimCamera(SimWorker& sim, const net::Address& address, std::uint32_t firstSsrc)
      : sim_(sim), address_(address), firstSsrc_(firstSsrc) {}

  // Delays the frames captured from now on.
  void SlowDown(Duration by) { slower_ += by; }
  // Sends due sender reports, captures a due frame, and delivers due frames.
  void Play();
  void OnRtcp(ByteView compound);
  // Restarts the encoder: its sequence numbers jump, its first frame is a key frame.
  void Restart(std::size_t encoding, std::uint32_t firstTimestamp);

  // Frame and encoding of a payload, which are stored behind the descriptor and the first byte of
  // VP8.
  struct Mark {
    std::uint8_t encoding = 0;
    std::uint32_t number = 0;
    std::uint8_t packet = 0;
    bool keyFrame = false;
  };
  static Mark MarkOf(ByteView payload);

 private:
  // A frame in flight, with its time of arrival.
  struct Frame {
    std::size_t encoding = 0;
    std::uint32_t number = 0;
    bool keyFrame = false;
    Instant arrival{};
  };
  struct Encoder {
    std::uint16_t sequenceNumber = 0;
    std::uint32_t firstTimestamp = 0;
    std::uint16_t pictureId = 0;
    std::uint8_t tl0PicIdx = 0;
    bool keyFrameWanted = true;
    std::deque<Frame> onTheWay;
  };
  static constexpr std::size_t kDescriptorSize = 5;
  static constexpr Duration kDelays[kEncodings] = {Milliseconds(10), Milliseconds(30), Milliseconds(90)};

  [[nodiscard]] Ssrc SsrcOf(std::size_t encoding) const {
    return Ssrc(firstSsrc_ + static_cast<std::uint32_t>(encoding));
  }
  [[nodiscard]] std::uint32_t Timestamp(std::size_t encoding, std::uint32_t number) const {
    return encoders_[encoding].firstTimestamp + number * kTicks;
  }
  // Captures a frame: a key frame for each encoding for which one was requested.
  void Capture();
  // Delivers the frames that have arrived.
  void Deliver();
  // RFC 3550 section 6.4.1: with the time of capture.
  void Report();
  void Arrive(Encoder& encoder, const Frame& frame);

  SimWorker& sim_;
  net::Address address_;
  std::uint32_t firstSsrc_;
  std::uint32_t number_ = 1;
  Duration slower_{};
  Instant nextFrame_ = sim_.now;
  Instant nextReport_ = sim_.now + Milliseconds(100);
  std::array<Encoder, kEncodings> encoders_{
      {{65'500, 0xFFFF'0000, 32'760, 250}, {10, 1'000'000, 100, 3}, {40'000, 0x8000'0000, 20'000, 77}}};
};

}  // namespace ringcast::test
