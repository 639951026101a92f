#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/SipHash.hpp"
#include "ringcast/base/Time.hpp"

namespace ringcast::sctp {

// What a peer has announced in its INIT or INIT ACK.
struct Peer {
  std::uint32_t tag = 0;
  std::uint32_t initialTsn = 0;
  std::uint32_t receiveWindow = 0;
  std::uint16_t outboundStreams = 0;  // negotiated: from the peer
  std::uint16_t inboundStreams = 0;   // negotiated: to the peer
  bool forwardTsn = false;            // RFC 3758
  bool reConfig = false;              // RFC 6525
  bool zeroChecksum = false;          // RFC 9653
};

// The state cookie (RFC 9260 section 5.1.3): the association that an INIT began, so that an unanswered INIT
// leaves no state. Authenticated with a key of its own for each association, so a cookie of another one is
// foreign.
struct Cookie {
  // RFC 9260 section 16.
  static constexpr Duration kLifetime = Seconds(60);
  static constexpr std::size_t kSize = 48;
  using Bytes = std::array<std::uint8_t, kSize>;

  std::uint32_t localTag = 0;
  std::uint32_t localInitialTsn = 0;
  Instant created{};
  Peer peer;

  [[nodiscard]] Bytes Seal(const SipHashKey& key) const;

  enum class Fault : std::uint8_t { kForged, kStale };
  struct Opened;
  [[nodiscard]] static Opened Open(ByteView bytes, const SipHashKey& key, Instant now);
};

struct Cookie::Opened {
  std::optional<Cookie> cookie;
  Fault fault = Fault::kForged;  // without a cookie
};

}  // namespace ringcast::sctp
