#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// What an open socket is known by.
struct OpenSocket {
  net::SocketId id;
  net::Address local;
};

// Open sockets by id, but for TCP connections. An id carries the generation of its place in the table, so
// that the id of a closed socket names no other socket for the next 32,767 sockets in that place. A send that
// outlives its socket (a resend after a zero-copy failure) finds nothing.
class SocketTable {
 public:
  // Sockets open at the same time. The ports of a worker are 65,536 at most for each address; systems limit a
  // process to fewer descriptors.
  static constexpr std::uint32_t kPlaceBits = 16;
  static constexpr std::uint32_t kMaxSockets = std::uint32_t{1} << kPlaceBits;

  // nullopt: kMaxSockets are open.
  [[nodiscard]] std::optional<net::SocketId> Add(int descriptor);
  void Remove(net::SocketId socket);

  // -1: the socket is closed.
  [[nodiscard]] int Descriptor(net::SocketId socket) const {
    const auto* const entry = Find(socket);
    return entry == nullptr ? -1 : entry->descriptor;
  }
  // Whether the kernel knows that what is sent here goes there.
  [[nodiscard]] bool Connected(net::SocketId socket, const net::Address& to) const {
    const auto* const entry = Find(socket);
    return entry != nullptr && entry->connected && entry->remote == to;
  }
  void SetConnected(net::SocketId socket, const net::Address& remote);

 private:
  // The bit above marks TCP connections (net::kConnectionBit).
  static constexpr std::uint32_t kGenerationMask = (net::kConnectionBit >> kPlaceBits) - 1;

  struct Entry {
    net::SocketId id;  // of the socket that is open here, or of the next one
    int descriptor = -1;
    bool connected = false;
    net::Address remote;
  };
  [[nodiscard]] static std::uint32_t PlaceOf(net::SocketId socket) {
    return socket.Value() & (kMaxSockets - 1);
  }
  [[nodiscard]] const Entry* Find(net::SocketId socket) const {
    const auto place = PlaceOf(socket);
    if (place >= entries_.size() || entries_[place].id != socket) return nullptr;
    return &entries_[place];
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringcast::io
