#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ringcast/ice/Tuple.hpp"

namespace ringcast::ice {

// RFC 8445 section 5.1.2.2: the highest preference, for candidates that need no relay or STUN server.
inline constexpr std::uint32_t kHostTypePreference = 126;

// RFC 8445 section 5.1.2.1, for component 1: RTP and RTCP share it (RFC 5761).
[[nodiscard]] constexpr std::uint32_t CandidatePriority(std::uint32_t typePreference,
                                                        std::uint16_t localPreference) {
  return (typePreference << 24) | (std::uint32_t{localPreference} << 8) | (256 - 1);
}

// RFC 6544 section 4.2: three bits of direction preference, 13 bits of other preference (0 to 8191).
inline constexpr std::uint16_t kMaxOtherPreference = (1U << 13) - 1;
inline constexpr std::uint16_t kPassiveDirectionPreference = 4;  // for host candidates
[[nodiscard]] constexpr std::uint16_t DirectedLocalPreference(std::uint16_t direction, std::uint16_t other) {
  return static_cast<std::uint16_t>((direction << 13) | other);
}

// A local candidate: always of type host, and with TCP always passive (RFC 6544 section 4.1).
struct Candidate {
  std::string foundation;
  std::uint32_t priority = 0;
  std::string address;  // an IP address or a name
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  std::uint16_t port = 0;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// A listening socket, as the controller requested it.
struct ListenAddress {
  net::TransportProtocol protocol = net::TransportProtocol::kUdp;
  std::string ip;
  std::string announcedAddress;   // the candidate's address instead of the ip; empty: the ip
  bool exposeInternalIp = false;  // add a candidate with the ip as well
  std::uint16_t port = 0;
};

struct CandidateOptions {
  bool enableUdp = true;
  bool enableTcp = true;
  // The protocol to prefer, regardless of the order of the addresses. If both or neither are set, only the
  // order counts.
  bool preferUdp = false;
  bool preferTcp = false;
};

// Returns the candidates of the addresses, in the order of the addresses. Their priorities follow this order,
// except for a preferred protocol. If an address is announced and the ip exposed, the ip's candidate follows
// the announced one.
[[nodiscard]] std::vector<Candidate> ListCandidates(std::span<const ListenAddress> addresses,
                                                    const CandidateOptions& options);

}  // namespace ringcast::ice
