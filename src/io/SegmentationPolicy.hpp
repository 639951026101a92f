#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// Decides which destinations get GSO batches (UDP_SEGMENT). A path that refuses one (EINVAL if the segment
// exceeds the path MTU, EIO if the device lacks checksum offload, EOPNOTSUPP) gets single datagrams for a
// minute. GSO is disabled for the whole socket only if several hosts refuse: many participants share it, and
// each of them controls what their own path refuses.
class SegmentationPolicy {
 public:
  // Linux keeps a path MTU for ten minutes (net.ipv4.route.mtu_expires), and routes may change at any time. A
  // retry that is too early costs one failed send.
  static constexpr Duration kRetryAfter = Seconds(60);
  // Two for each of a worker's 2,000 transports. When there are more, the entries with the oldest refusals
  // are replaced; each of them costs another failed send.
  static constexpr std::size_t kMaxDestinations = 4096;
  // Destinations per hash. This limits the comparisons of a lookup, whatever addresses the peers choose.
  static constexpr std::size_t kWays = 4;
  // Hosts that must refuse, without a successful GSO send in between, before GSO is disabled for the socket.
  // A participant has one host, or two during a network change.
  static constexpr std::size_t kAgreeingHosts = 4;
  // Sockets for which refusals are stored. A worker has few shared sockets: a WebRtcServer has one per
  // address.
  static constexpr std::size_t kMaxSockets = 64;

  // True if no destination has refused within a minute, so that no lookup is needed.
  [[nodiscard]] bool Idle() const { return lastDeadline_ == Instant{}; }
  // True if GSO batches may be sent to this destination.
  [[nodiscard]] bool Allows(net::SocketId socket, const net::Address& to, Instant now);

  void OnRefused(net::SocketId socket, const net::Address& to, Instant now);
  // Call when a GSO batch was sent: earlier refusals were not caused by the socket.
  void OnSent(net::SocketId socket);

 private:
  struct Destination {
    net::SocketId socket;
    net::Address to;
    Instant deadline{};  // until when GSO is not used
  };
  struct Refusal {
    net::Address host;
    Instant at{};
  };
  struct Socket {
    net::SocketId id;
    std::array<Refusal, kAgreeingHosts> refusals;  // by different hosts
    std::size_t count = 0;
  };
  struct RefusingSocket {
    net::SocketId id;
    Instant deadline{};
  };

  [[nodiscard]] Destination* SetOf(net::SocketId socket, const net::Address& to);
  void NoteDestination(net::SocketId socket, const net::Address& to, Instant now);
  // Returns true if enough hosts have refused.
  [[nodiscard]] bool NoteHost(net::SocketId socket, const net::Address& to, Instant now);

  std::vector<Destination> destinations_;  // sets of kWays; empty while Idle()
  std::vector<Socket> sockets_;            // the socket with the latest refusal is last
  std::vector<RefusingSocket> refusing_;
  Instant lastDeadline_{};
};

}  // namespace ringcast::io
