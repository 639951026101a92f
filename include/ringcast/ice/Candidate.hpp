#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ringcast/ice/Tuple.hpp"

namespace ringcast::ice {

// RFC 8445 section 5.1.2.2: the highest, for what needs no server in between.
inline constexpr std::uint32_t kHostTypePreference = 126;

// RFC 8445 section 5.1.2.1, of component 1: RTP and RTCP share one (RFC 5761).
[[nodiscard]] constexpr std::uint32_t CandidatePriority(std::uint32_t typePreference,
                                                        std::uint16_t localPreference) {
  return (typePreference << 24) | (std::uint32_t{localPreference} << 8) | (256 - 1);
}

// RFC 6544 section 4.2: three bits of direction, thirteen of what else is preferred (0 to 8191).
inline constexpr std::uint16_t kMaxOtherPreference = (1U << 13) - 1;
inline constexpr std::uint16_t kPassiveDirectionPreference = 4;  // of host candidates
[[nodiscard]] constexpr std::uint16_t DirectedLocalPreference(std::uint16_t direction, std::uint16_t other) {
  return static_cast<std::uint16_t>((direction << 13) | other);
}

// Where we wait for a peer: always of type host, and over TCP always passive (RFC 6544 section 4.1).
struct Candidate {
  std::string foundation;
  std::uint32_t priority = 0;
  std::string address;  // an IP address or a name
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  std::uint16_t port = 0;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// A socket that listens, as the controller asked for it.
struct ListenAddress {
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  std::string ip;
  std::string announcedAddress;   // what peers are told instead of the ip; empty: the ip
  bool exposeInternalIp = false;  // tell the ip as well
  std::uint16_t port = 0;
};

struct CandidateOptions {
  bool enableUdp = true;
  bool enableTcp = true;
  // Which protocol comes before the other, whatever the order of the addresses; both or none: the order
  // alone.
  bool preferUdp = false;
  bool preferTcp = false;
};

// The candidates of these addresses in their order, which is that of their priorities too, but for a
// preferred protocol. Where an address is announced and the ip exposed, the ip comes next after it.
[[nodiscard]] std::vector<Candidate> ListCandidates(std::span<const ListenAddress> addresses,
                                                    const CandidateOptions& options);

}  // namespace ringcast::ice
