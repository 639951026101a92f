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

// A buffer of the pool, holding a received packet. Use it through PacketRef. It is aligned to cache lines.
struct alignas(64) PacketBuffer {
  // Fits a datagram of a 1500-byte MTU, with margin for tunnels with unusual MTUs. The kernel truncates a
  // longer datagram, which is then dropped (DropReason::kTooLong).
  static constexpr std::size_t kCapacity = 1984;  // 2048 with the other members: two buffers per 4 KiB page

  std::uint8_t bytes[kCapacity];
  std::uint32_t size = 0;
  std::uint32_t references = 0;
  Instant arrival{};
  PacketPool* pool = nullptr;
};

// A counted reference to a packet buffer; the last one returns the buffer to its pool. Not thread-safe: the
// worker has one thread. The bytes may be modified only while Unique() (decryption in place, before the
// packet is shared).
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
  // The whole capacity, for filling the buffer.
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

// Buffers for received packets, reused last-in first-out to keep the working set small. The pool grows by
// slabs up to a limit and never shrinks. It must outlive every reference.
class PacketPool {
 public:
  // 64 slabs of 512 buffers of 2 KiB: 64 MiB, enough to cache one second of 260 Mbit/s for retransmission.
  static constexpr std::size_t kDefaultLimit = 32768;
  static constexpr std::size_t kSlab = 512;

  explicit PacketPool(std::size_t limit = kDefaultLimit);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Returns an empty buffer, or an empty reference if the limit is reached. The caller then drops the packet
  // and counts the drop.
  [[nodiscard]] PacketRef Acquire();

  // Returns a copy of `bytes`, or an empty reference if the pool is exhausted or the bytes do not fit.
  [[nodiscard]] PacketRef Copy(ByteView bytes, Instant arrival);

  [[nodiscard]] std::size_t InUse() const { return allocated_ - free_.size(); }
  // Buffers that can still be acquired, whether allocated or not.
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
