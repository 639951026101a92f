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

// Counts of all receivers.
struct Tally {
  struct Kind {
    std::uint64_t received = 0;
    std::vector<LatencySample> latencies;  // of the inspected packets
  };
  [[nodiscard]] Kind& Of(MediaKind kind) { return kind == MediaKind::kVideo ? video : audio; }

  std::uint64_t received = 0;  // includes packets of streams whose kind is not known
  std::uint64_t reordered = 0;
  std::uint64_t inspected = 0;
  std::uint64_t corrupt = 0;
  Kind video;
  Kind audio;
};

// Memory for one recvmmsg call, shared by all receivers.
class ReceiveBatch {
 public:
  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // How much of each datagram to receive: all of it (kWhole), or enough to count it and to contain a whole
  // audio packet (kGlance). Most of the cost of receiving is copying bytes that are never inspected.
  enum class Depth : std::uint8_t { kWhole, kGlance };

  // Receives pending datagrams and returns their number; 0 if there are none.
  [[nodiscard]] std::size_t Receive(int descriptor, Depth depth);
  [[nodiscard]] MutableBytes Datagram(std::size_t index);
  [[nodiscard]] bool IsWhole(std::size_t index) const;
  // The kernel's receive timestamp.
  [[nodiscard]] std::optional<Nanoseconds> Arrival(std::size_t index) const;

  static constexpr std::size_t kSize = 64;

 private:
  static constexpr std::size_t kBufferSize = 2048;
  static constexpr std::size_t kGlanceSize = 256;
  // 64 bytes for a header extension that the worker may add.
  static_assert(TestStream::kAudioPacketSize + srtp::kMaxOverhead + 64 <= kGlanceSize);
  struct Place {
    std::array<std::uint8_t, kBufferSize> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
    iovec vector;
  };
  std::unique_ptr<Place[]> places_;
  std::array<mmsghdr, kSize> messages_{};
};

// A receiving participant. It counts each RTP packet, and decrypts and compares only one in `inspectEvery`
// (or `inspectAudioEvery`) of each stream, because the load shares the machine with the worker that it
// measures.
class LoadReceiver {
 public:
  // The options must outlive the receiver.
  [[nodiscard]] static Result<LoadReceiver> Open(const FanoutOptions& options, std::size_t index);

  [[nodiscard]] int Descriptor() const { return socket_.Descriptor(); }
  [[nodiscard]] std::uint16_t Port() const { return socket_.Port(); }
  Status SetKey(srtp::CryptoSuite suite, std::string_view keyBase64);

  // Receives the datagrams that are pending in the socket. Returns true if there may be more.
  bool Receive(ReceiveBatch& batch, const SendLog& log, Tally& tally);

  // Datagrams dropped because the socket was full, since it was opened.
  [[nodiscard]] std::uint64_t Overflows() const;

 private:
  struct Stream {
    std::uint32_t ssrc = 0;
    std::optional<std::uint16_t> lastSequence;
    std::optional<MediaKind> kind;      // known after its first inspected packet
    std::uint32_t untilInspection = 0;  // packets; 0: inspect the next one that was received whole
  };
  struct Arrived {
    MutableBytes datagram;
    bool whole;
    std::optional<Nanoseconds> time;
  };

  LoadReceiver(LoopbackSocket socket, const FanoutOptions& options, std::size_t index)
      : socket_(std::move(socket)), options_(&options), index_(index) {}
  Stream& FindStream(std::uint32_t ssrc);
  // Returns kWhole if the next batch may contain a packet to inspect that kGlance would truncate.
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
