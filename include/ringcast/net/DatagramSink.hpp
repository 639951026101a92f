#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/StrongInteger.hpp"
#include "ringcast/net/Address.hpp"

namespace ringcast::net {

// Identifies an open socket or TCP connection of the worker.
using SocketId = StrongInteger<struct SocketIdTag, std::uint32_t>;

// Set in the ids of TCP connections, and only in those.
inline constexpr std::uint32_t kConnectionBit = std::uint32_t{1} << 31;
[[nodiscard]] constexpr bool IsConnection(SocketId socket) { return (socket.Value() & kConnectionBit) != 0; }

class DatagramSink;

// Send memory that a sink hands out: the caller serialises into it and moves it into Send. A slot that is
// destroyed unsent frees itself. It must not outlive its sink.
class SendSlot {
 public:
  SendSlot(DatagramSink& owner, std::uint32_t index, MutableBytes room)
      : owner_(&owner), index_(index), room_(room) {}
  SendSlot(SendSlot&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), index_(other.index_), room_(other.room_) {}
  SendSlot& operator=(SendSlot&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(index_, other.index_);
    std::swap(room_, other.room_);
    return *this;
  }
  inline ~SendSlot();

  [[nodiscard]] MutableBytes Room() const { return room_; }
  [[nodiscard]] std::uint32_t Index() const { return index_; }

  // For the sink that takes it over: the slot is now in flight and no longer frees itself.
  std::uint32_t Release() {
    owner_ = nullptr;
    return index_;
  }

 private:
  DatagramSink* owner_;
  std::uint32_t index_;
  MutableBytes room_;
};

// How the bytes of a slot are cut into datagrams: each has `size` bytes except the last, which may be
// shorter.
struct Segments {
  std::size_t size = 0;   // bytes of one datagram
  std::size_t total = 0;  // bytes of all datagrams

  [[nodiscard]] static constexpr Segments One(std::size_t bytes) { return {bytes, bytes}; }
  [[nodiscard]] constexpr std::size_t Count() const { return size == 0 ? 0 : (total + size - 1) / size; }
};

// Linux: UDP_MAX_SEGMENTS, and the payload of the largest IPv4 datagram, which limits a GSO batch as well
// (udp(7), UDP_SEGMENT).
inline constexpr std::size_t kMaxSegments = 64;
inline constexpr std::size_t kMaxRunBytes = 65507;

// The interface to sending datagrams. Slots come in two sizes: for a datagram, and for a GSO batch.
class DatagramSink {
 public:
  // A single datagram: the capacity of a packet buffer plus the longest SRTP authentication tag (no MKI).
  static constexpr std::size_t kSmallSlot = 2048;
  static constexpr std::size_t kLargeSlot = 65536;

  virtual ~DatagramSink() = default;

  // Returns room for at least `bytes`, or nullopt if all slots are in flight or `bytes` exceeds kLargeSlot.
  // The caller then drops the packet; the sink counts the drop.
  [[nodiscard]] virtual std::optional<SendSlot> Acquire(std::size_t bytes) = 0;

  // Queues the slot. It cannot fail: failures are counted. The order is preserved per socket and destination.
  // On a TCP connection each segment is a packet of its own, and `to` is ignored.
  virtual void Send(SendSlot slot, Segments segments, SocketId socket, const Address& to) = 0;

  // Hands the queued sends to the kernel. Called at the end of a loop iteration, and by the sink itself when
  // its queue is full.
  virtual void Flush() = 0;

 protected:
  friend class SendSlot;
  virtual void Free(std::uint32_t slotIndex) = 0;
};

inline SendSlot::~SendSlot() {
  if (owner_ != nullptr) owner_->Free(index_);
}

}  // namespace ringcast::net
