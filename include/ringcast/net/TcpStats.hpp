#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ringcast/base/Counters.hpp"

namespace ringcast::net {

// Why a TCP connection ended.
enum class ConnectionEnd : std::uint8_t {
  kPeer,       // closed, half-closed or reset by its peer
  kOwner,      // closed by the receiver, or with its listening socket
  kSlow,       // its send queue exceeded its limit
  kBudget,     // all send queues exceeded their limit, and this one was the longest
  kMalformed,  // announced a packet of no protocol that we support
  kUnclaimed,  // its peer did not authenticate itself in time
  kReplaced,   // not authenticated, it made room for a newer one
  kCount
};

[[nodiscard]] std::string_view Name(ConnectionEnd end);

// Counters of the TCP sockets; included in the worker's dump.
struct TcpStats {
  std::uint64_t listeners = 0;        // open now
  std::uint64_t connections = 0;      // open now
  std::uint64_t unauthenticated = 0;  // of those, whose peer has not authenticated itself
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;         // for a limit, with no unauthenticated one to make room
  std::uint64_t acceptFailures = 0;  // no descriptor, no memory, or the event loop could not watch one
  std::uint64_t packetsReceived = 0;
  std::uint64_t bytesReceived = 0;  // including the length prefixes, as are all byte counts here
  std::uint64_t packetsSent = 0;    // queued for a connection
  std::uint64_t bytesSent = 0;      // accepted by the kernel
  std::vector<NamedCount> ended;    // connections, by reason
  std::vector<NamedCount> drops;    // packets, by reason: "poolDry", "connectionGone"
};

}  // namespace ringcast::net
