#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// What an open socket is known by.
struct OpenSocket {
  net::SocketId id;
  net::Address local;
};

// Open sockets by id, but for TCP connections. Ids are reused last-in first-out.
class SocketTable {
 public:
  [[nodiscard]] net::SocketId Add(int descriptor);
  void Remove(net::SocketId socket);

  [[nodiscard]] int Descriptor(net::SocketId socket) const { return At(socket).descriptor; }
  // Whether the kernel refused segmentation offload on this socket's path: from then on it gets single
  // datagrams.
  [[nodiscard]] bool Segments(net::SocketId socket) const { return At(socket).segments; }
  void DisableSegments(net::SocketId socket) { entries_[socket.Value()].segments = false; }
  // Whether the kernel knows that what is sent here goes there.
  [[nodiscard]] bool Connected(net::SocketId socket, const net::Address& to) const {
    const auto& entry = At(socket);
    return entry.connected && entry.remote == to;
  }
  void SetConnected(net::SocketId socket, const net::Address& remote) {
    entries_[socket.Value()].connected = true;
    entries_[socket.Value()].remote = remote;
  }

 private:
  struct Entry {
    int descriptor = -1;
    bool segments = true;
    bool connected = false;
    net::Address remote;
  };
  [[nodiscard]] const Entry& At(net::SocketId socket) const {
    RC_ASSERT(socket.Value() < entries_.size() && entries_[socket.Value()].descriptor >= 0);
    return entries_[socket.Value()];
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringcast::io
