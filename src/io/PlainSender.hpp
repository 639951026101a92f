#pragma once

#include <span>
#include <vector>

#include "io/SendCounters.hpp"
#include "io/SendMessage.hpp"
#include "ringcast/io/SocketTable.hpp"

namespace ringcast::io {

// The plain rungs of the ladder: sendmmsg with segmented runs, sendmmsg, sendto. It only ever steps down.
class PlainSender {
 public:
  enum class Rung : std::uint8_t { kSegmented, kBatched, kSingle };

  PlainSender(SocketTable& sockets, SendCounters& counters, Rung rung)
      : sockets_(sockets), counters_(counters), rung_(rung) {}

  // Sends all of them, in order; neighbours on one socket share a call. What cannot be sent is counted.
  void SendAll(std::span<const SendMessage* const> messages);
  // Sends a run's datagrams one by one.
  void SendSplit(const SendMessage& message);

  [[nodiscard]] Rung CurrentRung() const { return rung_; }
  // Whether runs may be segmented on this socket.
  [[nodiscard]] bool Segments(net::SocketId socket) const {
    return rung_ == Rung::kSegmented && sockets_.Segments(socket);
  }

  // Stands in for sendmmsg(2) in tests of what a kernel may answer.
  using BatchCall = int (*)(int descriptor, mmsghdr* messages, unsigned count, int flags);
  void UseBatchCall(BatchCall call) { batchCall_ = call; }

 private:
  // What one call takes: the kernel's own limit is 1024 (UIO_MAXIOV).
  static constexpr std::size_t kMaxBatch = 256;

  void SendBatch(net::SocketId socket, std::span<const SendMessage* const> messages);
  void OnFailure(const SendMessage& message, int error);
  void SendDatagram(int descriptor, ByteView bytes, const net::Address& to);

  SocketTable& sockets_;
  SendCounters& counters_;
  Rung rung_;
  BatchCall batchCall_ = nullptr;
  std::vector<mmsghdr> batch_;
};

}  // namespace ringcast::io
