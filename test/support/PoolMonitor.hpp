#pragma once

#include <cstddef>

#include "ringcast/base/Assert.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtc/worker/WorkerReport.hpp"

namespace ringcast::test {

// Checks the packet buffers in use per holder: at any behavior of participants, each holder keeps its share
// (rtc::PoolBudget), and some buffers stay free for the others.
class PoolMonitor {
 public:
  explicit PoolMonitor(const net::PacketPool& pool) : pool_(pool) {}

  // Call it at the end of a loop iteration, when no packet is queued for forwarding.
  void OnTurnEnd(const rtc::PoolReport& dump) const {
    RC_ASSERT(pool_.Limit() - pool_.InUse() >= pool_.Limit() / kReserve);
    for (const auto& holder : dump.holders) RC_ASSERT(holder.packets <= holder.limit);
  }
  // Call it when all objects are closed.
  void OnClosed() const { RC_ASSERT(pool_.InUse() == 0); }

 private:
  // An eighth of the pool. The packet cache may hold half of it, packets behind gaps a sixteenth.
  static constexpr std::size_t kReserve = 8;

  const net::PacketPool& pool_;
};

}  // namespace ringcast::test
