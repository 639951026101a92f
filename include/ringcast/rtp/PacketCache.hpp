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

// The packets that were forwarded lately, each once for all its consumers: what is queued to be sent refers
// to them, and retransmissions find them by serial number. It refers to the shared bytes and copies none of
// them. A worker has one, so that the memory of all streams together is bounded. It outlives every reference.
class PacketCache {
  struct Entry {
    Packet packet;
    Instant added{};
    std::uint64_t serialNumber = 0;
    std::uint32_t references = 0;  // the cache's own is one
  };

 public:
  // The longest time over which NackTracker asks for a packet: receivers are assumed to behave alike.
  static constexpr Duration kMaxAge = Seconds(1);
  // Half of the buffers; rtc::PoolBudget divides the other half. kMaxAge of 130 Mbit/s in packets of 1,000
  // bytes.
  static constexpr std::size_t kDefaultLimit = net::PacketPool::kDefaultLimit / 2;

  // A counted reference to a packet, which keeps the packet alive when the cache has dropped it.
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
    // From 1 on, never used twice.
    [[nodiscard]] std::uint64_t SerialNumber() const { return entry_->serialNumber; }

   private:
    friend class PacketCache;
    Ref(PacketCache* cache, Entry* entry) : cache_(cache), entry_(entry) {
      if (entry_ != nullptr) ++entry_->references;
    }

    PacketCache* cache_ = nullptr;
    Entry* entry_ = nullptr;
  };

  // At most `limit` packets are found by serial number.
  explicit PacketCache(std::size_t limit = kDefaultLimit);

  // Keeps the packet as it is, padding included: its bytes are constant from here on. The oldest packets make
  // room where the limit is reached.
  Ref Add(const Packet& packet, Instant now);

  // Returns an empty reference if the packet is no longer there. A packet may be older than kMaxAge while
  // none comes after it: a source that sends little.
  [[nodiscard]] Ref Find(std::uint64_t serialNumber) {
    if (serialNumber < oldest_ || serialNumber >= next_) return {};
    return {this, ring_[Slot(serialNumber)]};
  }

  // Drops all packets older than kMaxAge. Add() does so step by step; this is for quiet times.
  void DropOld(Instant now);

  [[nodiscard]] std::size_t Size() const { return static_cast<std::size_t>(next_ - oldest_); }

 private:
  static constexpr std::size_t kMinCapacity = 256;
  static constexpr std::size_t kSlab = kMinCapacity;  // entries allocated at once

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
  std::vector<Entry*> ring_;  // by serial number; its size is a power of two
  std::vector<std::unique_ptr<Entry[]>> slabs_;
  std::vector<Entry*> free_;  // reused last-in first-out, so that few stay in use
};

}  // namespace ringcast::rtp
