#pragma once

#include <cstdint>
#include <optional>

#include "ringcast/rtp/FrameInfo.hpp"
#include "ringcast/rtp/Packet.hpp"
#include "ringcast/rtp/PacketCache.hpp"

namespace ringcast::rtc {

// A packet as the router sees it: the shared bytes, and the facts that the producer found in them. It waits
// with its producer for the end of the loop iteration, when the router hands it to the consumers.
struct RoutedPacket {
  rtp::Packet packet;
  std::int64_t sequenceNumber = 0;  // unwrapped
  rtp::PacketCache::Ref cached;     // once it is published; empty before
  Ssrc mappedSsrc;
  PayloadType mappedPayloadType;
  std::uint8_t encodingIndex = 0;  // of its producer's
  bool paddingOnly = false;        // nothing to forward; consumers close the gap that it leaves
  bool padded = false;             // to the size of its neighbours, by us
  bool restarted = false;          // the source jumped: consumers must resynchronise
  // For the second time, behind a key frame that began late with this number: for who began with that.
  std::optional<std::int64_t> repeatedBehind;
  rtp::FrameInfo frame;
};

}  // namespace ringcast::rtc
