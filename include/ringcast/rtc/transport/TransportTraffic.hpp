#pragma once

#include <string_view>

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

// Logs that a transport dropped its first packet for this reason.
void LogFirstDrop(std::string_view transportId, net::DropReason reason);

}  // namespace ringcast::rtc
