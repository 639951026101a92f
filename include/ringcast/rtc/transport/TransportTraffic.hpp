#pragma once

#include "ringcast/base/RateMeter.hpp"
#include "ringcast/net/DropReason.hpp"

namespace ringcast::rtc {

// What one transport has sent, received and dropped.
struct TransportTraffic {
  RateMeter sent;         // bytes on the wire, of all protocols
  RateMeter received;     // likewise
  RateMeter rtpReceived;  // RTP of its producers, without SRTP
  net::DropCounters drops;
};

}  // namespace ringcast::rtc
