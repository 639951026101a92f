#pragma once

#include <cstddef>
#include <list>
#include <optional>

#include "io/TcpConnection.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// The TCP connections whose peers have not authenticated themselves yet, the oldest first. Each has the same
// time to do so.
class UnauthenticatedConnections {
 public:
  explicit UnauthenticatedConnections(Duration limit) : limit_(limit) {}

  void Add(net::SocketId id, TcpConnection& connection, Instant now) {
    connection.unauthenticated = waiting_.insert(waiting_.end(), {id, connection.Listener(), now + limit_});
  }
  // No effect on a connection that is not among them.
  void Remove(TcpConnection& connection) {
    if (!connection.unauthenticated) return;
    waiting_.erase(*connection.unauthenticated);
    connection.unauthenticated.reset();
  }

  [[nodiscard]] std::size_t Count() const { return waiting_.size(); }
  // Returns the oldest connection, of this listener or of all; nullopt if there is none.
  [[nodiscard]] std::optional<net::SocketId> Oldest(std::optional<net::SocketId> listener = {}) const {
    for (const auto& one : waiting_) {
      if (!listener || one.listener == *listener) return one.id;
    }
    return std::nullopt;
  }
  // Returns when the time of the oldest is up.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().deadline);
  }

 private:
  Duration limit_;
  std::list<TcpConnection::Unauthenticated> waiting_;
};

}  // namespace ringcast::io
