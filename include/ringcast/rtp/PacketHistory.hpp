#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtp {

// The packets that were forwarded lately, each once for all its consumers, so that they can be sent again. It
// refers to the shared bytes and copies none of them. There is one for the worker: what is bounded is the
// memory of all streams together.
class PacketHistory {
 public:
  // As long as NackTracker asks for a packet at the most: receivers are like us.
  static constexpr Duration kMaxAge = Seconds(1);
  // The other half of the buffers is shared by others (rtc::PoolBudget). kMaxAge of 130 Mbit/s in packets of
  // 1,000 bytes.
  static constexpr std::size_t kDefaultLimit = net::PacketPool::kDefaultLimit / 2;

  explicit PacketHistory(std::size_t limit = kDefaultLimit);

  // Keeps the packet as it is now, padding included: nobody can change its bytes from here on. Returns its
  // serial number, from 1 on and never twice. The oldest ones make room where the limit is reached.
  std::uint64_t Add(const Packet& packet, Instant now);

  // nullptr: not there any more. Valid until the next Add() or ForgetOld(). A packet may be older than
  // kMaxAge while nothing comes after it, and so may be the request for it: a source that sends little.
  [[nodiscard]] const Packet* Find(std::uint64_t serialNumber) const {
    if (serialNumber < oldest_ || serialNumber >= next_) return nullptr;
    return &entries_[Slot(serialNumber)].packet;
  }

  // Lets go of all that is older than kMaxAge. Add() does it step by step; this is for quiet times.
  void ForgetOld(Instant now);

  [[nodiscard]] std::size_t Size() const { return static_cast<std::size_t>(next_ - oldest_); }

 private:
  static constexpr std::size_t kMinCapacity = 256;

  struct Entry {
    Packet packet;
    Instant added{};
  };

  [[nodiscard]] std::size_t Slot(std::uint64_t serialNumber) const {
    return static_cast<std::size_t>(serialNumber) & (entries_.size() - 1);
  }
  void ForgetOldest();
  void Grow();

  std::size_t limit_;
  std::uint64_t oldest_ = 1;
  std::uint64_t next_ = 1;
  std::vector<Entry> entries_;  // by serial number; of a capacity that is a power of two
};

}  // namespace ringcast::rtp
