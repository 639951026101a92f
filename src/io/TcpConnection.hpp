#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "io/BoundSocket.hpp"
#include "ringcast/io/EventLoop.hpp"
#include "ringcast/net/Socket.hpp"
#include "ringcast/net/StreamFrameQueue.hpp"
#include "ringcast/net/StreamFraming.hpp"
#include "ringcast/net/TcpStats.hpp"

namespace ringcast::io {

// An accepted connection: the part of a packet that has arrived, and the packets that wait to be written. It
// never blocks, and returns outcomes for TcpSockets to act on.
class TcpConnection {
 public:
  TcpConnection(Descriptor descriptor, net::SocketId listener, const net::Address& remote,
                net::PacketPool& pool);

  [[nodiscard]] int FileDescriptor() const { return descriptor_.Value(); }
  [[nodiscard]] net::SocketId Listener() const { return listener_; }
  [[nodiscard]] const net::Address& Remote() const { return remote_; }

  // Reads once, into `room`, which must stay until Packets().Next() returns an empty reference.
  struct ReadOutcome {
    std::size_t bytes = 0;
    bool ended = false;  // the peer has closed its side, or the connection broke
  };
  [[nodiscard]] ReadOutcome Read(MutableBytes room);
  [[nodiscard]] net::StreamFrameReader& Packets() { return packets_; }

  // Writes as much of the queue as the kernel takes. If some is left, the connection is Blocked() until the
  // descriptor is writable.
  struct WriteOutcome {
    std::size_t bytes = 0;
    bool broken = false;
  };
  [[nodiscard]] WriteOutcome Write();
  [[nodiscard]] net::StreamFrameQueue& Output() { return output_; }
  [[nodiscard]] bool Blocked() const { return blocked_; }

  // The watch of its descriptor: it is destroyed before the descriptor closes.
  void SetWatch(std::unique_ptr<Watch> watch) { watch_ = std::move(watch); }
  // Watches for reading, and for writing while it is blocked.
  void WantEvents() { watch_->Want(UV_READABLE | (blocked_ ? UV_WRITABLE : 0)); }
  void WantNothing() { watch_->Want(0); }

  // --- Notes of TcpSockets ---
  std::optional<net::ConnectionEnd> closing;  // it has ended, and its receiver will be notified later
  bool hasQueued = false;                     // the next flush writes its output
  std::size_t queueMemory = 0;                // of its output, as counted in SendQueueBudget
  // Its place in UnauthenticatedConnections.
  struct Unauthenticated {
    net::SocketId id;
    net::SocketId listener;
    Instant deadline;
  };
  std::optional<std::list<Unauthenticated>::iterator> unauthenticated;

 private:
  Descriptor descriptor_;
  net::SocketId listener_;
  net::Address remote_;
  net::StreamFrameReader packets_;
  net::StreamFrameQueue output_;
  bool blocked_ = false;
  std::unique_ptr<Watch> watch_;
};

}  // namespace ringcast::io
