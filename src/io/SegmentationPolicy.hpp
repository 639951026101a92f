#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// Decides which destinations get runs as segmented sends (UDP_SEGMENT). A path that refuses one (EINVAL where
// the segment exceeds the path's MTU, EIO where the device lacks checksum offload, EOPNOTSUPP) gets single
// datagrams for a minute. The socket does so only when several hosts refuse: many participants share it, and
// each of them controls what their own path refuses.
class SegmentationPolicy {
 public:
  // Path MTU entries of Linux live for ten minutes (net.ipv4.route.mtu_expires), routes change at any time. A
  // wrong retry costs one failed send.
  static constexpr Duration kRetryAfter = Seconds(60);
  // Two for each of the 2,000 transports of a worker. With more, those that refused the longest ago are
  // forgotten: each costs one failed send again.
  static constexpr std::size_t kMaxDestinations = 4096;
  // Destinations of one hash. A look-up costs this many comparisons whatever addresses peers choose.
  static constexpr std::size_t kWays = 4;
  // Hosts that must refuse before the socket is to blame, with no segmented send between them that succeeds.
  // A participant has one host, or two while the network changes.
  static constexpr std::size_t kAgreeingHosts = 4;
  // Sockets that are watched for agreement. A worker's shared sockets are few: a WebRtcServer has one for
  // each address.
  static constexpr std::size_t kMaxSockets = 64;

  // True if no destination has refused for a minute: there is nothing to look up.
  [[nodiscard]] bool Idle() const { return lastDeadline_ == Instant{}; }
  // True if runs for this destination may be sent as segments.
  [[nodiscard]] bool Allows(net::SocketId socket, const net::Address& to, Instant now);

  void OnRefused(net::SocketId socket, const net::Address& to, Instant now);
  // A segmented send succeeded: refusals so far were not the socket's fault.
  void OnSent(net::SocketId socket);

 private:
  struct Destination {
    net::SocketId socket;
    net::Address to;
    Instant deadline{};  // of the refusal
  };
  struct Refusal {
    net::Address host;
    Instant at{};
  };
  struct Socket {
    net::SocketId id;
    std::array<Refusal, kAgreeingHosts> refusals;  // of different hosts
    std::size_t count = 0;
  };
  struct RefusingSocket {
    net::SocketId id;
    Instant deadline{};
  };

  [[nodiscard]] Destination* SetOf(net::SocketId socket, const net::Address& to);
  void NoteDestination(net::SocketId socket, const net::Address& to, Instant now);
  // True if enough hosts have refused.
  [[nodiscard]] bool NoteHost(net::SocketId socket, const net::Address& to, Instant now);

  std::vector<Destination> destinations_;  // sets of kWays; empty while Idle()
  std::vector<Socket> sockets_;            // the one that refused last is the last
  std::vector<RefusingSocket> refusing_;
  Instant lastDeadline_{};
};

}  // namespace ringcast::io
