#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/PacketPool.hpp"
#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtp {

// The recently forwarded packets, each stored once for all consumers. Send queues hold references to them,
// and retransmissions find them by serial number. The cache holds references to the shared bytes and copies
// none. A worker has one cache, so that the memory of all streams together is bounded. It must outlive all
// references.
class PacketCache {
  struct Entry {
    Packet packet;
    Instant added{};
    std::uint64_t serialNumber = 0;
    std::uint32_t references = 0;  // including the cache's own
  };

 public:
  // The time for which NackTracker requests a packet: receivers are assumed to do the same.
  static constexpr Duration kMaxAge = Seconds(1);
  // Half of the packet buffers; rtc::PoolBudget divides the other half. kMaxAge at 130 Mbit/s in packets of
  // 1,000 bytes.
  static constexpr std::size_t kDefaultLimit = net::PacketPool::kDefaultLimit / 2;

  // A counted reference to a packet. It keeps the packet alive after the cache has dropped it.
  class Ref {
   public:
    Ref() = default;
    Ref(const Ref& other) : Ref(other.cache_, other.entry_) {}
    Ref(Ref&& other) noexcept : cache_(other.cache_), entry_(std::exchange(other.entry_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
      std::swap(cache_, other.cache_);
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~Ref() {
      if (entry_ != nullptr && --entry_->references == 0) cache_->Recycle(*entry_);
    }

    explicit operator bool() const { return entry_ != nullptr; }
    const Packet& operator*() const { return entry_->packet; }
    const Packet* operator->() const { return &entry_->packet; }
    // Starts at 1; never reused.
    [[nodiscard]] std::uint64_t SerialNumber() const { return entry_->serialNumber; }

   private:
    friend class PacketCache;
    Ref(PacketCache* cache, Entry* entry) : cache_(cache), entry_(entry) {
      if (entry_ != nullptr) ++entry_->references;
    }

    PacketCache* cache_ = nullptr;
    Entry* entry_ = nullptr;
  };

  // `limit`: the maximum number of packets that can be found by serial number.
  explicit PacketCache(std::size_t limit = kDefaultLimit);

  // Adds the packet as it is, padding included; its bytes must not change from now on. If the limit is
  // reached, drops the oldest packets.
  Ref Add(const Packet& packet, Instant now);

  // Returns a reference to the packet, or an empty reference if it was dropped. A packet can be older than
  // kMaxAge if no packet was added after it, because the source sends rarely.
  [[nodiscard]] Ref Find(std::uint64_t serialNumber) {
    if (serialNumber < oldest_ || serialNumber >= next_) return {};
    return {this, ring_[Slot(serialNumber)]};
  }

  // Drops all packets older than kMaxAge. Add() drops them gradually; this is for times without packets.
  void DropOld(Instant now);

  [[nodiscard]] std::size_t Size() const { return static_cast<std::size_t>(next_ - oldest_); }

 private:
  static constexpr std::size_t kMinCapacity = 256;
  static constexpr std::size_t kSlab = kMinCapacity;  // entries per allocation

  [[nodiscard]] std::size_t Slot(std::uint64_t serialNumber) const {
    return static_cast<std::size_t>(serialNumber) & (ring_.size() - 1);
  }
  void DropOldest();
  void GrowRing();
  [[nodiscard]] Entry& FreeEntry();
  void Recycle(Entry& entry);

  std::size_t limit_;
  std::uint64_t oldest_ = 1;
  std::uint64_t next_ = 1;
  std::vector<Entry*> ring_;  // indexed by serial number; the size is a power of two
  std::vector<std::unique_ptr<Entry[]>> slabs_;
  std::vector<Entry*> free_;  // reused last-in first-out, to keep the working set small
};

}  // namespace ringcast::rtp
