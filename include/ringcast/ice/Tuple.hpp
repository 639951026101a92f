#pragma once

#include "ringcast/net/Address.hpp"
#include "ringcast/net/DatagramSink.hpp"
#include "ringcast/net/TransportProtocol.hpp"

namespace ringcast::ice {

// The remote address of a peer, and the local socket that it sends to: with TCP, the connection.
struct Tuple {
  net::SocketId socket;
  net::Address remote;
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;

  friend bool operator==(const Tuple&, const Tuple&) = default;
};

}  // namespace ringcast::ice
