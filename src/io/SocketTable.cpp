#include "ringcast/io/SocketTable.hpp"

#include "ringcast/base/Assert.hpp"

namespace ringcast::io {

std::optional<net::SocketId> SocketTable::Add(int descriptor) {
  RC_ASSERT(descriptor >= 0);
  if (free_.empty()) {
    if (entries_.size() == kMaxSockets) return std::nullopt;
    const auto place = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back().id = net::SocketId(place);
    free_.push_back(place);
  }
  auto& entry = entries_[free_.back()];
  free_.pop_back();
  entry.descriptor = descriptor;
  return entry.id;
}

void SocketTable::Remove(net::SocketId socket) {
  RC_ASSERT(Descriptor(socket) >= 0);
  const auto place = PlaceOf(socket);
  const auto generation = ((socket.Value() >> kPlaceBits) + 1) & kGenerationMask;
  entries_[place] = Entry{};
  entries_[place].id = net::SocketId(generation << kPlaceBits | place);
  free_.push_back(place);
}

void SocketTable::SetConnected(net::SocketId socket, const net::Address& remote) {
  RC_ASSERT(Descriptor(socket) >= 0);
  auto& entry = entries_[PlaceOf(socket)];
  entry.connected = true;
  entry.remote = remote;
}

}  // namespace ringcast::io
