#pragma once

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::test {

// Watches how many packet buffers are in use.
class PoolMonitor {
 public:
  explicit PoolMonitor(const net::PacketPool& pool) : pool_(pool) {}

  // All objects are closed.
  void OnClosed() const { RC_ASSERT(pool_.InUse() == 0); }

 private:
  const net::PacketPool& pool_;
};

}  // namespace ringcast::test
