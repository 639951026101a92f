#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/PacketCache.hpp"

namespace ringcast::rtc {

// A packet on its way from a producer to its consumers: the shared bytes, and the facts that the producer
// found in them. It waits with its producer for the end of the loop iteration.
struct RoutedPacket {
  rtp::Packet packet;
  std::int64_t sequenceNumber = 0;  // unwrapped
  rtp::PacketCache::Ref cached;     // empty until the packet is published
  Ssrc mappedSsrc;
  PayloadType mappedPayloadType;
  std::uint8_t encodingIndex = 0;  // of its producer's
  bool paddingOnly = false;        // no media: consumers drop the packet
  bool padded = false;             // see GsoPadding
  bool restarted = false;          // the source jumped: consumers must resynchronise
  // Set if the packet is redelivered, behind a key frame whose first packet came late and has this sequence
  // number: for streams that began with that packet.
  std::optional<std::int64_t> repeatedBehind;
  rtp::FrameInfo frame;
};

}  // namespace ringcast::rtc
