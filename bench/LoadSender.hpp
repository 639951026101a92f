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

// The send time of each packet, by stream and sequence number. Receivers in the same process look it up.
class SendLog {
 public:
  // `rate` is in packets/s, of the busiest stream.
  SendLog(std::size_t streams, std::uint32_t rate)
      : remembered_(kSecondsRemembered * std::bit_ceil(std::size_t{rate})), times_(streams * remembered_) {}

  void Record(const Mark& mark, Nanoseconds time) { times_[Place(mark)] = time; }
  // Valid for the packets of a stream's last kSecondsRemembered.
  [[nodiscard]] Nanoseconds At(const Mark& mark) const { return times_[Place(mark)]; }
  [[nodiscard]] bool Knows(const Mark& mark) const {
    return (mark.stream + 1U) * remembered_ <= times_.size();
  }

  // Longer than a worker and its sockets can delay a packet.
  static constexpr std::size_t kSecondsRemembered = 2;

 private:
  [[nodiscard]] std::size_t Place(const Mark& mark) const {
    return mark.stream * remembered_ + mark.sequence % remembered_;
  }

  std::size_t remembered_;
  std::vector<Nanoseconds> times_;
};

// A sending participant: sends a video stream, an audio stream or both from one socket, in bursts at their
// scheduled times.
class LoadSender {
 public:
  [[nodiscard]] static Result<LoadSender> Open(const FanoutOptions& options, std::size_t index);

  [[nodiscard]] std::uint16_t Port() const { return socket_.Port(); }
  Status Connect(std::uint16_t port, const FanoutOptions& options, std::string_view keyBase64);

  // Schedules the first bursts from `start`; those of several senders are spread over the interval between
  // two bursts.
  void Start(Nanoseconds start);
  // Returns the time of the next burst, or Nanoseconds::max() if there are no streams.
  [[nodiscard]] Nanoseconds NextDue() const;
  // Sends the bursts that are due; after a long delay they are spread over several calls. `now` is from the
  // same clock as Start's.
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
    std::uint32_t burst;  // packets per burst
    Nanoseconds interval;
    Nanoseconds phase;         // delay of the first burst after the start
    std::size_t encoding = 0;  // video only
    Nanoseconds next{};
  };

  LoadSender(LoopbackSocket socket, const FanoutOptions& options, std::size_t index);
  void AddVideo(const FanoutOptions& options, std::size_t index, std::size_t encoding, std::uint16_t stream);
  void AddAudio(const FanoutOptions& options, std::size_t index, std::uint16_t stream);
  Status SendBurst(PacedStream& paced, SendLog& log);

  static constexpr Nanoseconds kLate = std::chrono::milliseconds(5);
  // Limit per stream and call: after a delay the receivers' sockets fill up as well, and must be read.
  static constexpr int kMaxBurstsAtOnce = 16;
  static constexpr std::size_t kBufferSize = 1536;
  static_assert(FanoutOptions::kMaxPacketSize + 1 + srtp::kMaxOverhead <= kBufferSize);

  LoopbackSocket socket_;
  std::optional<srtp::Outbound> srtp_;
  std::vector<PacedStream> streams_;
  std::vector<std::array<std::uint8_t, kBufferSize>> packets_;  // the packets of a burst
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> messages_;
  std::array<std::uint64_t, FanoutOptions::kMaxEncodings> sentVideo_{};
  std::uint64_t sentAudio_ = 0;
  std::uint64_t lateBursts_ = 0;
};

// Returns the wall-clock time, as used for send timestamps and for the kernel's receive timestamps.
[[nodiscard]] Nanoseconds StampTime();

}  // namespace ringcast::bench
