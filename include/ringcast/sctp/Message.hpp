#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast::sctp {

using Payload = std::shared_ptr<const std::vector<std::uint8_t>>;

// A message to send.
struct OutgoingMessage {
  std::uint16_t stream = 0;
  std::uint32_t ppid = 0;
  bool ordered = true;
  // Partial reliability (RFC 3758): the message is abandoned after this many retransmissions or at this time.
  std::optional<std::uint16_t> maxRetransmits;
  std::optional<Instant> expiry;
  Payload payload;  // at least one byte
};

// A message that was received.
struct IncomingMessage {
  std::uint16_t stream = 0;
  std::uint32_t ppid = 0;
  std::vector<std::uint8_t> payload;
};

}  // namespace ringcast::sctp
