#pragma once

#include <cstddef>
#include <utility>

#include "io/TcpConnection.hpp"

namespace ringcast::io {

// Limits the memory of the send queues of all TCP connections together.
class SendQueueBudget {
 public:
  explicit SendQueueBudget(std::size_t limit) : limit_(limit) {}

  // Counts the memory that the queue of the connection has now.
  void Note(TcpConnection& connection) {
    const auto memory = connection.Output().Capacity();
    used_ += memory - std::exchange(connection.queueMemory, memory);
  }
  // The connection is about to be destroyed.
  void Forget(TcpConnection& connection) { used_ -= std::exchange(connection.queueMemory, 0); }

  [[nodiscard]] bool Exceeded() const { return used_ > limit_; }
  // True if an eighth of the budget is free. Once the budget is exceeded, queues are dropped until then, so
  // that searches for the longest queues are rare.
  [[nodiscard]] bool HasRoom() const { return used_ <= limit_ - limit_ / 8; }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace ringcast::io
