#pragma once

#include <span>
#include <vector>

#include "io/SegmentationPolicy.hpp"
#include "io/SendCounters.hpp"
#include "io/SendMessage.hpp"
#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/SocketTable.hpp"

namespace ringcast::io {

// The plain rungs of the ladder: sendmmsg with segmented runs, sendmmsg, sendto. It only ever steps down.
class PlainSender {
 public:
  enum class Rung : std::uint8_t { kSegmented, kBatched, kSingle };

  PlainSender(const SendOptions& options, SocketTable& sockets, SendCounters& counters);

  // Sends all of them, in order; neighbours on one socket share a call. What cannot be sent is counted.
  void SendAll(std::span<const SendMessage* const> messages);
  // Sends a run's datagrams one by one.
  void SendSplit(const SendMessage& message);

  [[nodiscard]] Rung CurrentRung() const { return rung_; }
  // True if runs may go to this destination as segments.
  [[nodiscard]] bool Segments(net::SocketId socket, const net::Address& to) {
    if (rung_ != Rung::kSegmented) return false;
    if (policy_.Idle()) [[likely]]
      return true;
    return policy_.Allows(socket, to, calls_.now());
  }
  // A segmented send succeeded, or was refused by its path.
  void OnSegmentsSent(net::SocketId socket) {
    if (!policy_.Idle()) [[unlikely]]
      policy_.OnSent(socket);
  }
  void OnSegmentsRefused(net::SocketId socket, const net::Address& to) {
    policy_.OnRefused(socket, to, calls_.now());
  }

 private:
  // What one call takes: the kernel's own limit is 1024 (UIO_MAXIOV).
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
