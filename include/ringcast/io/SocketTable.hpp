#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// Id and local address of an open socket.
struct OpenSocket {
  net::SocketId id;
  net::Address local;
};

// The open sockets by id, except TCP connections. An id contains the generation of its place in the table, so
// that the id of a closed socket is not reused for the next 32,767 sockets in that place. The socket of a
// send that outlives it (a resend after a zero-copy failure) is therefore not found.
class SocketTable {
 public:
  // Limit of open sockets. A worker has 65,536 ports per address; systems limit a process to fewer
  // descriptors.
  static constexpr std::uint32_t kPlaceBits = 16;
  static constexpr std::uint32_t kMaxSockets = std::uint32_t{1} << kPlaceBits;

  // Returns nullopt if kMaxSockets are open.
  [[nodiscard]] std::optional<net::SocketId> Add(int descriptor);
  void Remove(net::SocketId socket);

  // Returns -1 if the socket is closed.
  [[nodiscard]] int Descriptor(net::SocketId socket) const {
    const auto* const entry = Find(socket);
    return entry == nullptr ? -1 : entry->descriptor;
  }
  // True if the socket is connected to this address.
  [[nodiscard]] bool Connected(net::SocketId socket, const net::Address& to) const {
    const auto* const entry = Find(socket);
    return entry != nullptr && entry->connected && entry->remote == to;
  }
  void SetConnected(net::SocketId socket, const net::Address& remote);

 private:
  // The bit above the generation marks TCP connections (net::kConnectionBit).
  static constexpr std::uint32_t kGenerationMask = (net::kConnectionBit >> kPlaceBits) - 1;

  struct Entry {
    net::SocketId id;  // of the open socket, or of the next one in this place
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
