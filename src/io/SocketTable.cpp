#include "ringcast/io/SocketTable.hpp"

namespace ringcast::io {

net::SocketId SocketTable::Add(int descriptor) {
  RC_ASSERT(descriptor >= 0);
  if (free_.empty()) {
    entries_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(entries_.size() - 1));
  }
  const auto index = free_.back();
  free_.pop_back();
  entries_[index] = Entry{.descriptor = descriptor};
  return net::SocketId(index);
}

void SocketTable::Remove(net::SocketId socket) {
  static_cast<void>(At(socket));
  entries_[socket.Value()] = Entry{};
  free_.push_back(socket.Value());
}

}  // namespace ringcast::io
