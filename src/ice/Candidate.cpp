#include "ringcast/ice/Candidate.hpp"

#include <algorithm>
#include <cstddef>

namespace ringcast::ice {
namespace {

// UDP has no direction (RFC 6544 section 4.2), so its local preferences may be any: by default among those of
// passive TCP, so that the order of the addresses decides across the two protocols.
std::uint16_t LocalPreference(net::TransportProtocol protocol, const CandidateOptions& options,
                              std::size_t position) {
  std::uint16_t direction = kPassiveDirectionPreference;
  if (protocol == net::TransportProtocol::kUdp && options.preferUdp != options.preferTcp) {
    direction = static_cast<std::uint16_t>(options.preferUdp ? direction + 1 : direction - 1);
  }
  const std::size_t steps = std::min<std::size_t>(position, kMaxOtherPreference);
  return DirectedLocalPreference(direction, static_cast<std::uint16_t>(kMaxOtherPreference - steps));
}

// RFC 8445 section 5.1.1.3: the same for the same protocol and base alone. An announced address is the
// outside of a router and a base of its own: the check of one says nothing of the other.
std::string Foundation(const std::vector<Candidate>& before, net::TransportProtocol protocol,
                       const std::string& address) {
  const auto same = std::find_if(before.begin(), before.end(), [&](const Candidate& other) {
    return other.protocol == protocol && other.address == address;
  });
  if (same != before.end()) return same->foundation;
  return (protocol == net::TransportProtocol::kUdp ? "udp" : "tcp") + std::to_string(before.size());
}

}  // namespace

std::vector<Candidate> ListCandidates(std::span<const ListenAddress> addresses,
                                      const CandidateOptions& options) {
  std::vector<Candidate> candidates;
  const auto add = [&](const ListenAddress& listen, const std::string& address) {
    Candidate candidate;
    candidate.foundation = Foundation(candidates, listen.protocol, address);
    candidate.priority =
        CandidatePriority(kHostTypePreference, LocalPreference(listen.protocol, options, candidates.size()));
    candidate.address = address;
    candidate.protocol = listen.protocol;
    candidate.port = listen.port;
    candidates.push_back(std::move(candidate));
  };
  for (const auto& listen : addresses) {
    if (!(listen.protocol == net::TransportProtocol::kUdp ? options.enableUdp : options.enableTcp)) continue;
    const bool announced = !listen.announcedAddress.empty() && listen.announcedAddress != listen.ip;
    add(listen, announced ? listen.announcedAddress : listen.ip);
    if (announced && listen.exposeInternalIp) add(listen, listen.ip);
  }
  return candidates;
}

}  // namespace ringcast::ice
