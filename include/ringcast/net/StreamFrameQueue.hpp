#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/StreamFraming.hpp"

namespace ringcast::net {

// Packets framed for a byte stream (RFC 4571 section 2) and not yet written to it. A packet is queued whole
// or not at all.
class StreamFrameQueue {
 public:
  // Two seconds at 2 Mbit/s, the rate at which a browser sends 720p. A call is unusable for a receiver that
  // is further behind.
  static constexpr std::size_t kLimit = std::size_t{512} * 1024;
  // Memory that an empty queue keeps: one loop iteration's packets for a peer that keeps up.
  static constexpr std::size_t kKeptCapacity = std::size_t{64} * 1024;

  // Returns the bytes of all packets with their prefixes.
  [[nodiscard]] static constexpr std::size_t FramedSize(Segments segments) {
    return segments.total + segments.Count() * kStreamPrefix;
  }
  [[nodiscard]] bool Fits(Segments segments) const { return Size() + FramedSize(segments) <= kLimit; }

  // Copies each segment of `run` as a packet of its own. They must fit.
  void Append(ByteView run, Segments segments);

  [[nodiscard]] bool Empty() const { return written_ == bytes_.size(); }
  [[nodiscard]] std::size_t Size() const { return bytes_.size() - written_; }
  [[nodiscard]] ByteView Bytes() const { return ByteView(bytes_).subspan(written_); }
  // Removes `count` written bytes from the front.
  void Consume(std::size_t count);

  [[nodiscard]] std::size_t Capacity() const { return bytes_.capacity(); }
  // Frees the memory that an empty queue keeps for later packets.
  void ReleaseSpareMemory();

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t written_ = 0;
};

}  // namespace ringcast::net
