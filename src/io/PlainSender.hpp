#pragma once

#include <span>
#include <vector>

#include "io/SegmentationPolicy.hpp"
#include "io/SendCounters.hpp"
#include "io/SendMessage.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"

namespace ringcast::io {

// Sends without io_uring, at one of three levels: sendmmsg with GSO batches, sendmmsg, sendto. It only ever
// steps down.
class PlainSender {
 public:
  enum class Rung : std::uint8_t { kSegmented, kBatched, kSingle };

  PlainSender(const SendOptions& options, SocketTable& sockets, SendCounters& counters);

  // Sends all messages in order; consecutive messages on one socket share a call. Failures are counted.
  void SendAll(std::span<const SendMessage* const> messages);
  // Sends the datagrams of a GSO batch one by one.
  void SendSplit(const SendMessage& message);

  [[nodiscard]] Rung CurrentRung() const { return rung_; }
  // True if GSO batches may be sent to this destination.
  [[nodiscard]] bool Segments(net::SocketId socket, const net::Address& to) {
    if (rung_ != Rung::kSegmented) return false;
    if (policy_.Idle()) [[likely]]
      return true;
    return policy_.Allows(socket, to, calls_.now());
  }
  // Call when a GSO batch was sent, or (OnSegmentsRefused) refused by its path.
  void OnSegmentsSent(net::SocketId socket) {
    if (!policy_.Idle()) [[unlikely]]
      policy_.OnSent(socket);
  }
  void OnSegmentsRefused(net::SocketId socket, const net::Address& to) {
    policy_.OnRefused(socket, to, calls_.now());
  }

 private:
  // Messages per call; the kernel's limit is 1024 (UIO_MAXIOV).
  static constexpr std::size_t kMaxBatch = 256;

  void SendBatch(net::SocketId socket, std::span<const SendMessage* const> messages);
  void OnFailure(const SendMessage& message, int error);
  void SendDatagram(int descriptor, ByteView bytes, const net::Address& to);

  SocketTable& sockets_;
  SendCounters& counters_;
  Rung rung_;
  SendOptions::SystemCalls calls_;
  SegmentationPolicy policy_;
  std::vector<mmsghdr> batch_;
};

}  // namespace ringcast::io
