#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/sctp/Association.hpp"

namespace ringcast::fuzz {

using Octets = std::vector<std::uint8_t>;

inline constexpr Instant kSctpStart{Seconds(1000)};
// The input decides about everything; this only keeps one from taking long.
inline constexpr std::size_t kMostPackets = 20'000;
inline constexpr std::size_t kMostMessage = 20'000;

inline sctp::Settings SmallSettings(bool zeroChecksum) {
  sctp::Settings settings;
  settings.maxReceiveMessageSize = kMostMessage;
  settings.receiveWindow = 60'000;
  settings.sendLimits = {.total = 100'000, .perStream = 50'000};
  settings.zeroChecksum = zeroChecksum;
  return settings;
}

// An association, and what it has sent and delivered.
class Side {
 public:
  Side(const sctp::Settings& settings, Random& random) : settings_(settings), association(settings, random) {}

  // Returns the packets that are due.
  std::vector<Octets> Flush(Instant now) {
    std::vector<Octets> packets;
    while (const auto packet = association.NextPacket(now)) {
      RC_ASSERT(packet->size() <= settings_.packetSize);
      RC_ASSERT(sctp::PacketReader::Parse(*packet, settings_.zeroChecksum).has_value());
      packets.emplace_back(packet->begin(), packet->end());
      RC_ASSERT(packets.size() < kMostPackets);
    }
    while (auto event = association.NextEvent()) {
      if (const auto* message = std::get_if<sctp::IncomingMessage>(&*event)) {
        RC_ASSERT(!message->payload.empty() && message->payload.size() <= settings_.maxReceiveMessageSize);
        received.push_back(*message);
      }
    }
    if (association.CurrentState() != sctp::State::kConnected) RC_ASSERT(association.Negotiated() == nullptr);
    return packets;
  }

 private:
  sctp::Settings settings_;

 public:
  sctp::Association association;
  std::vector<sctp::IncomingMessage> received;
};

inline sctp::OutgoingMessage MessageOf(std::uint8_t how, std::size_t size, Instant now) {
  sctp::OutgoingMessage message{.stream = static_cast<std::uint16_t>(how % 3), .ppid = how};
  message.ordered = (how & 4) == 0;
  if ((how & 8) != 0) message.maxRetransmits = static_cast<std::uint16_t>(how & 1);
  if ((how & 16) != 0) message.expiry = now + Milliseconds(how);
  message.payload = std::make_shared<Octets>(std::clamp<std::size_t>(size, 1, kMostMessage), how);
  return message;
}

}  // namespace ringcast::fuzz
