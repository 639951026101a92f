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
#include "bench/LoadSender.hpp"
#include "bench/LoopbackSocket.hpp"

namespace ringcast::worker::bench {

// What all receivers saw.
struct Tally {
  std::uint64_t received = 0;
  std::uint64_t reordered = 0;
  std::uint64_t inspected = 0;
  std::uint64_t corrupt = 0;
  std::vector<std::uint32_t> latencies;  // of those inspected, nanoseconds
};

// Memory for one recvmmsg, for all receivers.
class ReceiveBatch {
 public:
  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // How many datagrams were waiting, as many as fit; 0: none.
  [[nodiscard]] std::size_t Receive(int descriptor);
  [[nodiscard]] MutableBytes Datagram(std::size_t index);
  // When the kernel had it.
  [[nodiscard]] std::optional<Nanoseconds> Arrival(std::size_t index) const;

  static constexpr std::size_t kSize = 64;

 private:
  static constexpr std::size_t kBufferSize = 2048;
  struct Place {
    std::array<std::uint8_t, kBufferSize> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
    iovec vector;
  };
  std::unique_ptr<Place[]> places_;
  std::array<mmsghdr, kSize> messages_{};
};

// One participant that watches. It counts each RTP packet, and decrypts and compares one in inspectEvery of
// each stream: the load shares the machine with what it measures.
class LoadReceiver {
 public:
  [[nodiscard]] static Result<LoadReceiver> Open(const FanoutOptions& options, std::size_t index);

  [[nodiscard]] int Descriptor() const { return socket_.Descriptor(); }
  [[nodiscard]] std::uint16_t Port() const { return socket_.Port(); }
  Status SetKey(srtp::CryptoSuite suite, std::string_view keyBase64);

  // Takes what waits in the socket.
  void Receive(ReceiveBatch& batch, const SendLog& log, Tally& tally);

  // Datagrams that found the socket full, since it was opened.
  [[nodiscard]] std::uint64_t Overflows() const;

 private:
  struct Stream {
    std::uint32_t ssrc = 0;
    std::uint16_t lastSequence = 0;
    std::uint64_t packets = 0;
  };

  LoadReceiver(LoopbackSocket socket, std::uint64_t inspectEvery, std::uint64_t inspectFirst)
      : socket_(std::move(socket)), inspectEvery_(inspectEvery), inspectFirst_(inspectFirst) {}
  Stream& FindStream(std::uint32_t ssrc);
  void OnDatagram(MutableBytes datagram, std::optional<Nanoseconds> arrival, const SendLog& log,
                  Tally& tally);
  void Inspect(MutableBytes datagram, std::optional<Nanoseconds> arrival, const SendLog& log, Tally& tally);

  LoopbackSocket socket_;
  std::uint64_t inspectEvery_;
  std::uint64_t inspectFirst_;  // differs between receivers, so that not all of them are busy at once
  std::optional<srtp::Inbound> srtp_;
  std::vector<Stream> streams_;
};

}  // namespace ringcast::worker::bench
