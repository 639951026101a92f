#pragma once

#include <sys/socket.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/FanoutOptions.hpp"
#include "bench/LoopbackSocket.hpp"
#include "bench/TestStream.hpp"

namespace ringcast::bench {

using Nanoseconds = std::chrono::nanoseconds;

// When each packet left, by stream and sequence number: receivers in the same process look it up.
class SendLog {
 public:
  // `rate`: packets/s of the busiest stream.
  SendLog(std::size_t streams, std::uint32_t rate)
      : remembered_(kSecondsRemembered * std::bit_ceil(std::size_t{rate})), times_(streams * remembered_) {}

  void Record(const Mark& mark, Nanoseconds time) { times_[Place(mark)] = time; }
  // Meaningful for the packets of the last kSecondsRemembered of a stream.
  [[nodiscard]] Nanoseconds At(const Mark& mark) const { return times_[Place(mark)]; }
  [[nodiscard]] bool Knows(const Mark& mark) const {
    return (mark.stream + 1U) * remembered_ <= times_.size();
  }

  // What a worker and its sockets can hold back is gone by then.
  static constexpr std::size_t kSecondsRemembered = 2;

 private:
  [[nodiscard]] std::size_t Place(const Mark& mark) const {
    return mark.stream * remembered_ + mark.sequence % remembered_;
  }

  std::size_t remembered_;
  std::vector<Nanoseconds> times_;
};

// One participant that sends: a video stream, an audio stream or both from one socket, in bursts at their
// times.
class LoadSender {
 public:
  [[nodiscard]] static Result<LoadSender> Open(const FanoutOptions& options, std::size_t index);

  [[nodiscard]] std::uint16_t Port() const { return socket_.Port(); }
  Status Connect(std::uint16_t port, const FanoutOptions& options, std::string_view keyBase64);

  // The first bursts are due from `start` on, those of several senders spread over the interval between two
  // bursts.
  void Start(Nanoseconds start);
  // Nanoseconds::max(): never, it is silent.
  [[nodiscard]] Nanoseconds NextDue() const;
  // Sends the bursts that are due, those of a long delay in several calls. `now`: on the line of Start.
  Status SendDue(Nanoseconds now, SendLog& log);

  [[nodiscard]] std::uint64_t SentVideo(std::size_t encoding) const { return sentVideo_[encoding]; }
  [[nodiscard]] std::uint64_t SentAudio() const { return sentAudio_; }
  [[nodiscard]] std::uint64_t LateBursts() const { return lateBursts_; }
  void ResetCounts() {
    sentVideo_ = {};
    sentAudio_ = lateBursts_ = 0;
  }

 private:
  struct PacedStream {
    TestStream stream;
    std::uint32_t burst;  // packets
    Nanoseconds interval;
    Nanoseconds phase;         // of the first burst behind the start
    std::size_t encoding = 0;  // of video
    Nanoseconds next{};
  };

  LoadSender(LoopbackSocket socket, const FanoutOptions& options, std::size_t index);
  void AddVideo(const FanoutOptions& options, std::size_t index, std::size_t encoding, std::uint16_t stream);
  void AddAudio(const FanoutOptions& options, std::size_t index, std::uint16_t stream);
  Status SendBurst(PacedStream& paced, SendLog& log);

  static constexpr Nanoseconds kLate = std::chrono::milliseconds(5);
  // Of a stream in one call: after a delay the receivers' sockets fill as well, and must be looked at.
  static constexpr int kMaxBurstsAtOnce = 16;
  static constexpr std::size_t kBufferSize = 1536;
  static_assert(FanoutOptions::kMaxPacketSize + 1 + srtp::kMaxOverhead <= kBufferSize);

  LoopbackSocket socket_;
  std::optional<srtp::Outbound> srtp_;
  std::vector<PacedStream> streams_;
  std::vector<std::array<std::uint8_t, kBufferSize>> packets_;  // of a burst
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> messages_;
  std::array<std::uint64_t, FanoutOptions::kMaxEncodings> sentVideo_{};
  std::uint64_t sentAudio_ = 0;
  std::uint64_t lateBursts_ = 0;
};

// What packets are stamped with, by us when they leave and by the kernel when they arrive.
[[nodiscard]] Nanoseconds StampTime();

}  // namespace ringcast::bench
