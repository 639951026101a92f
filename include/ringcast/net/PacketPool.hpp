#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::net {

class PacketPool;

// A buffer of the pool, with what was received into it. Use it through PacketRef. On cache lines of its own.
struct alignas(64) PacketBuffer {
  // Room for a datagram of a 1500-byte MTU with margin for tunnels' odd sizes; what is longer is truncated by
  // the kernel and dropped (DropReason::kTooLong).
  static constexpr std::size_t kCapacity = 1984;  // 2048 with this header: two buffers a 4 KiB page

  std::uint8_t bytes[kCapacity];
  std::uint32_t size = 0;
  std::uint32_t references = 0;
  Instant arrival{};
  PacketPool* pool = nullptr;
};

// A counted reference to a packet buffer; the last one gives it back to its pool. Not thread-safe: the worker
// has one thread. The bytes may be changed only while Unique() (decryption in place, before anybody else saw
// them).
class PacketRef {
 public:
  PacketRef() = default;
  explicit PacketRef(PacketBuffer* buffer) : buffer_(buffer) {
    if (buffer_ != nullptr) ++buffer_->references;
  }
  PacketRef(const PacketRef& other) : PacketRef(other.buffer_) {}
  PacketRef(PacketRef&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  PacketRef& operator=(PacketRef other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~PacketRef() { Release(); }

  explicit operator bool() const { return buffer_ != nullptr; }
  [[nodiscard]] bool Unique() const { return buffer_ != nullptr && buffer_->references == 1; }

  [[nodiscard]] ByteView Bytes() const { return {buffer_->bytes, buffer_->size}; }
  [[nodiscard]] const std::uint8_t* Data() const { return buffer_->bytes; }
  [[nodiscard]] std::size_t Size() const { return buffer_->size; }
  [[nodiscard]] Instant Arrival() const { return buffer_->arrival; }

  [[nodiscard]] MutableBytes Mutable() {
    RC_ASSERT(Unique());
    return {buffer_->bytes, buffer_->size};
  }
  // The whole room, for the one who fills it.
  [[nodiscard]] MutableBytes Room() {
    RC_ASSERT(Unique());
    return {buffer_->bytes, PacketBuffer::kCapacity};
  }
  void SetSize(std::size_t size) {
    RC_ASSERT(Unique() && size <= PacketBuffer::kCapacity);
    buffer_->size = static_cast<std::uint32_t>(size);
  }
  void SetArrival(Instant arrival) { buffer_->arrival = arrival; }

 private:
  inline void Release();
  PacketBuffer* buffer_ = nullptr;
};

// Buffers for received packets, reused last-in first-out so that the hot set stays small. It grows by slabs
// up to a limit and never shrinks; the owner outlives every reference.
class PacketPool {
 public:
  // 64 slabs of 512 buffers of 2 KiB: 64 MiB, a second of 260 Mbit/s held in histories.
  static constexpr std::size_t kDefaultLimit = 32768;
  static constexpr std::size_t kSlab = 512;

  explicit PacketPool(std::size_t limit = kDefaultLimit);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // An empty buffer, or an empty reference when the limit is reached: the caller drops and counts.
  [[nodiscard]] PacketRef Acquire();

  // A copy of `bytes`; empty when the pool is dry or they do not fit.
  [[nodiscard]] PacketRef Copy(ByteView bytes, Instant arrival);

  [[nodiscard]] std::size_t InUse() const { return allocated_ - free_.size(); }
  // Buffers that can still be acquired, allocated or not.
  [[nodiscard]] std::size_t Free() const { return limit_ - InUse(); }
  [[nodiscard]] std::size_t Allocated() const { return allocated_; }
  [[nodiscard]] std::size_t Limit() const { return limit_; }

 private:
  friend class PacketRef;
  void Return(PacketBuffer* buffer) { free_.push_back(buffer); }
  void Grow();

  std::size_t limit_;
  std::size_t allocated_ = 0;
  std::vector<std::unique_ptr<PacketBuffer[]>> slabs_;
  std::vector<PacketBuffer*> free_;
};

inline void PacketRef::Release() {
  if (buffer_ != nullptr && --buffer_->references == 0) buffer_->pool->Return(buffer_);
  buffer_ = nullptr;
}

}  // namespace ringcast::net
