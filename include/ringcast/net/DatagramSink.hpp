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

// An open socket, or a TCP connection, of the worker.
using SocketId = StrongInteger<struct SocketIdTag, std::uint32_t>;

// Ids of TCP connections have this bit, and no other ids do.
inline constexpr std::uint32_t kConnectionBit = std::uint32_t{1} << 31;
[[nodiscard]] constexpr bool IsConnection(SocketId socket) { return (socket.Value() & kConnectionBit) != 0; }

class DatagramSink;

// Send memory that a sink handed out: written by whoever serialises, then moved into Send. Dropped unsent, it
// frees itself. It must not outlive its sink.
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

  // For the sink that takes it over: from here the slot is in flight and no longer frees itself.
  std::uint32_t Release() {
    owner_ = nullptr;
    return index_;
  }

 private:
  DatagramSink* owner_;
  std::uint32_t index_;
  MutableBytes room_;
};

// How the bytes of a slot are cut into datagrams: each of `size` bytes but the last, which may be shorter.
struct Segments {
  std::size_t size = 0;   // of one datagram
  std::size_t total = 0;  // of all

  [[nodiscard]] static constexpr Segments One(std::size_t bytes) { return {bytes, bytes}; }
  [[nodiscard]] constexpr std::size_t Count() const { return size == 0 ? 0 : (total + size - 1) / size; }
};

// Linux: UDP_MAX_SEGMENTS; and what an IPv4 datagram can carry, which bounds a run as well (udp(7),
// UDP_SEGMENT).
inline constexpr std::size_t kMaxSegments = 64;
inline constexpr std::size_t kMaxRunBytes = 65507;

// Where datagrams leave. Two sizes of slots: a datagram, or a run of them.
class DatagramSink {
 public:
  // A single datagram: what fits a packet buffer, plus the longest SRTP tag and MKI-less trailer.
  static constexpr std::size_t kSmallSlot = 2048;
  static constexpr std::size_t kLargeSlot = 65536;

  virtual ~DatagramSink() = default;

  // Returns room for at least `bytes`; nullopt when all slots are in flight or `bytes` is above kLargeSlot:
  // the caller drops, and the drop is counted here.
  [[nodiscard]] virtual std::optional<SendSlot> Acquire(std::size_t bytes) = 0;

  // Queues it. Cannot fail: failures are counted. Order is kept for each socket and destination. On a TCP
  // connection each segment is a packet of its own, and `to` is not looked at.
  virtual void Send(SendSlot slot, Segments segments, SocketId socket, const Address& to) = 0;

  // Hands what is queued to the kernel: at the end of a loop turn, and by the sink itself when its queue is
  // full.
  virtual void Flush() = 0;

 protected:
  friend class SendSlot;
  virtual void Free(std::uint32_t slotIndex) = 0;
};

inline SendSlot::~SendSlot() {
  if (owner_ != nullptr) owner_->Free(index_);
}

}  // namespace ringcast::net
