#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/PacketPool.hpp"

namespace ringcast::net {

// Packets on a byte stream (RFC 4571 section 2): each behind its length, 16 bits in network byte order.
inline constexpr std::size_t kStreamPrefix = 2;

// Cuts a byte stream, fed in pieces of any size, into the packets it carries. A packet that is not complete
// yet holds one buffer of the pool.
class StreamFrameReader {
 public:
  explicit StreamFrameReader(PacketPool& pool) : pool_(pool) {}

  // The bytes must stay where they are until Next() has returned nothing.
  void Feed(ByteView bytes) { input_ = bytes; }

  // The next whole packet. Empty: more bytes are needed, or Failed(). Null packets (a length of zero) are
  // skipped; so is a packet for which the pool had no buffer, and it is counted.
  [[nodiscard]] PacketRef Next();

  // A length beyond a packet buffer was announced: nothing that we speak is so long, and nothing more will
  // come.
  [[nodiscard]] bool Failed() const { return failed_; }
  // Packets lost because the pool was dry.
  [[nodiscard]] std::uint64_t PoolDry() const { return poolDry_; }

 private:
  bool ReadPrefix();

  PacketPool& pool_;
  ByteView input_;
  PacketRef packet_;  // being collected; empty while its bytes are skipped
  std::array<std::uint8_t, kStreamPrefix> prefix_{};
  std::size_t prefixSize_ = 0;  // bytes of it that are there
  std::size_t length_ = 0;      // of the packet, once the prefix is there
  std::size_t collected_ = 0;
  std::uint64_t poolDry_ = 0;
  bool failed_ = false;
};

}  // namespace ringcast::net
