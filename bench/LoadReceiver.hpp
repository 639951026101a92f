#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/FanoutOptions.hpp"
#include "bench/Latencies.hpp"
#include "bench/LoadSender.hpp"
#include "bench/LoopbackSocket.hpp"

namespace ringcast::bench {

// What all receivers saw.
struct Tally {
  struct Kind {
    std::uint64_t received = 0;
    std::vector<LatencySample> latencies;  // of those inspected
  };
  [[nodiscard]] Kind& Of(MediaKind kind) { return kind == MediaKind::kVideo ? video : audio; }

  std::uint64_t received = 0;  // also what was never recognised as either
  std::uint64_t reordered = 0;
  std::uint64_t inspected = 0;
  std::uint64_t corrupt = 0;
  Kind video;
  Kind audio;
};

// Memory for one recvmmsg, for all receivers.
class ReceiveBatch {
 public:
  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Of each datagram: all of it, or enough to count it and for all of an audio packet. Copying what nobody
  // looks at is most of what receiving costs.
  enum class Depth : std::uint8_t { kWhole, kGlance };

  // How many datagrams were waiting, as many as fit; 0: none.
  [[nodiscard]] std::size_t Receive(int descriptor, Depth depth);
  [[nodiscard]] MutableBytes Datagram(std::size_t index);
  [[nodiscard]] bool IsWhole(std::size_t index) const;
  // When the kernel had it.
  [[nodiscard]] std::optional<Nanoseconds> Arrival(std::size_t index) const;

  static constexpr std::size_t kSize = 64;

 private:
  static constexpr std::size_t kBufferSize = 2048;
  static constexpr std::size_t kGlanceSize = 256;
  // Room for a header extension that the worker adds.
  static_assert(TestStream::kAudioPacketSize + srtp::kMaxOverhead + 64 <= kGlanceSize);
  struct Place {
    std::array<std::uint8_t, kBufferSize> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
    iovec vector;
  };
  std::unique_ptr<Place[]> places_;
  std::array<mmsghdr, kSize> messages_{};
};

// One participant that watches. It counts each RTP packet, and decrypts and compares one in so many of each
// stream: the load shares the machine with what it measures.
class LoadReceiver {
 public:
  // The options must outlive it.
  [[nodiscard]] static Result<LoadReceiver> Open(const FanoutOptions& options, std::size_t index);

  [[nodiscard]] int Descriptor() const { return socket_.Descriptor(); }
  [[nodiscard]] std::uint16_t Port() const { return socket_.Port(); }
  Status SetKey(srtp::CryptoSuite suite, std::string_view keyBase64);

  // Takes what waits in the socket. True: there may be more.
  bool Receive(ReceiveBatch& batch, const SendLog& log, Tally& tally);

  // Datagrams that found the socket full, since it was opened.
  [[nodiscard]] std::uint64_t Overflows() const;

 private:
  struct Stream {
    std::uint32_t ssrc = 0;
    std::optional<std::uint16_t> lastSequence;
    std::optional<MediaKind> kind;      // as its first inspected packet says
    std::uint32_t untilInspection = 0;  // packets; 0: the next that is there as a whole
  };
  struct Arrived {
    MutableBytes datagram;
    bool whole;
    std::optional<Nanoseconds> time;
  };

  LoadReceiver(LoopbackSocket socket, const FanoutOptions& options, std::size_t index)
      : socket_(std::move(socket)), options_(&options), index_(index) {}
  Stream& FindStream(std::uint32_t ssrc);
  // Whole, if a packet of the next batch may be one to inspect that a glance would cut.
  [[nodiscard]] ReceiveBatch::Depth NextDepth() const;
  [[nodiscard]] std::uint32_t StepOf(MediaKind kind) const {
    return kind == MediaKind::kVideo ? options_->inspectEvery : options_->inspectAudioEvery;
  }
  void OnDatagram(const Arrived& arrived, const SendLog& log, Tally& tally);
  void Inspect(const Arrived& arrived, Stream& stream, const SendLog& log, Tally& tally);

  LoopbackSocket socket_;
  const FanoutOptions* options_;
  std::size_t index_;
  std::optional<srtp::Inbound> srtp_;
  std::vector<Stream> streams_;
};

}  // namespace ringcast::bench
