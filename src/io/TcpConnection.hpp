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

// A connection that was accepted: what has come of a packet, and what waits to be written. It tells nobody
// anything and never waits; what follows from an outcome is TcpSockets' to decide.
class TcpConnection {
 public:
  TcpConnection(Descriptor descriptor, net::SocketId listener, const net::Address& remote,
                net::PacketPool& pool);

  [[nodiscard]] int FileDescriptor() const { return descriptor_.Value(); }
  [[nodiscard]] net::SocketId Listener() const { return listener_; }
  [[nodiscard]] const net::Address& Remote() const { return remote_; }

  // Reads once, into `room`, which must stay until Packets().Next() has returned nothing.
  struct ReadOutcome {
    std::size_t bytes = 0;
    bool ended = false;  // the peer has closed its side, or the connection broke
  };
  [[nodiscard]] ReadOutcome Read(MutableBytes room);
  [[nodiscard]] net::StreamFrameReader& Packets() { return packets_; }

  // Writes what is queued, as far as the kernel takes it. Where it did not take all, it is Blocked() until
  // the descriptor is writable.
  struct WriteOutcome {
    std::size_t bytes = 0;
    bool broken = false;
  };
  [[nodiscard]] WriteOutcome Write();
  [[nodiscard]] net::StreamFrameQueue& Output() { return output_; }
  [[nodiscard]] bool Blocked() const { return blocked_; }

  // From the watch of its descriptor, which is destroyed before that closes.
  void SetWatch(std::unique_ptr<Watch> watch) { watch_ = std::move(watch); }
  // Reading, and writing while it is blocked.
  void WantEvents() { watch_->Want(UV_READABLE | (blocked_ ? UV_WRITABLE : 0)); }
  void WantNothing() { watch_->Want(0); }

  // --- What TcpSockets notes about it ---
  std::optional<net::ConnectionEnd> doom;  // it has ended, its receiver is yet to be told
  bool hasQueued = false;                  // is among those that the next flush writes
  std::size_t queueMemory = 0;             // of its output, as counted
  struct Stranger {
    std::list<net::SocketId>::iterator place;
    Instant deadline;
  };
  std::optional<Stranger> stranger;  // until it is claimed

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
