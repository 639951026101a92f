#pragma once

#include <cstdint>

#include "ringcast/net/Address.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::ice {

enum class Protocol : std::uint8_t { kUdp, kTcp };

// Where the peer speaks from, and to which socket of ours; of TCP, the socket is the connection.
struct Tuple {
  net::SocketId socket;
  net::Address remote;
  Protocol protocol = Protocol::kUdp;

  friend bool operator==(const Tuple&, const Tuple&) = default;
};

}  // namespace ringcast::ice
