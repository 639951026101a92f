#pragma once

#include <utility>

#include "ringcast/io/SendBackend.hpp"
#include "ringcast/io/TcpSockets.hpp"

namespace ringcast::io {

// The sink for all media: hands datagrams to the backend, and copies packets for a TCP connection to that
// connection's queue. Send slots belong to the backend. TCP data does not wait in them, because one slow peer
// would take the slots from all others.
class MediaSink final : public net::DatagramSink {
 public:
  MediaSink(SendBackend& datagrams, TcpSockets& connections)
      : datagrams_(datagrams), connections_(connections) {}

  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t bytes) override {
    return datagrams_.Acquire(bytes);
  }
  void Send(net::SendSlot slot, net::Segments segments, net::SocketId socket,
            const net::Address& to) override {
    if (net::IsConnection(socket)) [[unlikely]] {
      connections_.Send(socket, slot.Room(), segments);
      return;
    }
    datagrams_.Send(std::move(slot), segments, socket, to);
  }
  void Flush() override {
    datagrams_.Flush();
    connections_.Flush();
  }

 private:
  void Free(std::uint32_t /*slotIndex*/) override {
    RC_ASSERT(false);
  }  // slots are created with the backend as their owner

  SendBackend& datagrams_;
  TcpSockets& connections_;
};

}  // namespace ringcast::io
