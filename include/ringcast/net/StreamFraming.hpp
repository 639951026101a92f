#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::net {

// Packets on a byte stream (RFC 4571 section 2): each follows its length, 16 bits in network byte order.
inline constexpr std::size_t kStreamPrefix = 2;

// Splits a byte stream, fed in pieces of any size, into its packets. An incomplete packet holds one buffer of
// the pool.
class StreamFrameReader {
 public:
  explicit StreamFrameReader(PacketPool& pool) : pool_(pool) {}

  // `bytes` must stay valid until Next() has returned an empty reference.
  void Feed(ByteView bytes) { input_ = bytes; }

  // Returns the next complete packet; an empty reference if more bytes are needed, or if Failed(). Skips null
  // packets (length zero), and packets for which the pool had no buffer, which it counts.
  [[nodiscard]] PacketRef Next();

  // True if a length exceeded a packet buffer: no supported protocol has such packets, and the reader returns
  // no more packets.
  [[nodiscard]] bool Failed() const { return failed_; }
  // Packets dropped because the pool was exhausted.
  [[nodiscard]] std::uint64_t PoolDry() const { return poolDry_; }

 private:
  bool ReadPrefix();

  PacketPool& pool_;
  ByteView input_;
  PacketRef packet_;  // the incomplete packet; empty while its bytes are skipped
  std::array<std::uint8_t, kStreamPrefix> prefix_{};
  std::size_t prefixSize_ = 0;  // bytes of the prefix read so far
  std::size_t length_ = 0;      // of the packet; valid once the prefix is complete
  std::size_t collected_ = 0;
  std::uint64_t poolDry_ = 0;
  bool failed_ = false;
};

}  // namespace ringcast::net
