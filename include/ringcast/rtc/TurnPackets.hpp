#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ringcast/rtp/Packet.hpp"

namespace ringcast::rtc {

// A packet as the router sees it: the shared bytes and what the producer found out about them. All its
// consumers refer to this one object until the turn ends.
struct RoutedPacket {
  rtp::Packet packet;
  std::int64_t sequenceNumber = 0;  // unwrapped
  Ssrc mappedSsrc;
  PayloadType mappedPayloadType;
  bool keyFrame = false;
  bool paddingOnly = false;  // nothing to forward; consumers close the gap that it leaves
  bool restarted = false;    // the source jumped: consumers must resynchronise
};

// Holds the routed packets of one loop turn at addresses that do not move. Memory is kept from turn to turn:
// steady traffic allocates nothing.
class TurnPackets {
 public:
  const RoutedPacket& Add(RoutedPacket packet) {
    if (size_ == chunks_.size() * kChunk)
      chunks_.push_back(std::make_unique<std::array<RoutedPacket, kChunk>>());
    RoutedPacket& place = (*chunks_[size_ / kChunk])[size_ % kChunk];
    ++size_;
    place = std::move(packet);
    return place;
  }
  // Lets go of the packets.
  void Clear() {
    for (std::size_t i = 0; i < size_; ++i) (*chunks_[i / kChunk])[i % kChunk].packet = rtp::Packet();
    size_ = 0;
  }
  [[nodiscard]] std::size_t Size() const { return size_; }

 private:
  static constexpr std::size_t kChunk = 64;  // a receive batch

  std::vector<std::unique_ptr<std::array<RoutedPacket, kChunk>>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace ringcast::rtc
