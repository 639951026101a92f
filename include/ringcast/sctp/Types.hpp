#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "ringcast/sctp/Message.hpp"
#include "ringcast/sctp/SendQueue.hpp"

namespace ringcast::sctp {

// The customary port of both sides (RFC 8841 section 5.2).
inline constexpr std::uint16_t kDefaultPort = 5000;

struct Settings {
  std::uint16_t localPort = kDefaultPort;
  std::uint16_t remotePort = kDefaultPort;  // until the peer's first packet
  std::size_t packetSize = 1191;            // the largest packet: what browsers send over DTLS
  std::size_t maxReceiveMessageSize = std::size_t{256} * 1024;
  std::size_t receiveWindow = std::size_t{5} * 1024 * 1024;  // bytes that wait for missing ones
  SendQueue::Limits sendLimits{std::size_t{2} * 1000 * 1000, std::size_t{2} * 1000 * 1000};
  bool zeroChecksum = false;  // DTLS protects the packets: offer to omit checksums (RFC 9653)
};

enum class State : std::uint8_t { kNew, kConnecting, kConnected, kFailed, kClosed };

// Why a packet, or a chunk of it, was dropped.
enum class DropReason : std::uint8_t {
  kMalformed,       // too short, or a wrong checksum
  kWrongPort,       // not for this association
  kWrongTag,        // verification tag
  kMalformedChunk,  // a chunk that contradicts its own length, or has forbidden values
  kUnexpected,      // a chunk that has no meaning in this state
  kForgedCookie,    // or one of another association
  kStaleCookie,
  kDuplicate,   // a TSN that arrived before
  kWindowFull,  // data beyond the receive window
  kLyingSack,   // a SACK of what was never sent, or an old one
  kCount
};

struct StateChanged {
  State state = State::kNew;
};
// The peer has reset these streams to us; empty: all.
struct StreamsReset {
  std::vector<std::uint16_t> streams;
};
// The bytes that wait on the stream have fallen to its threshold.
struct BufferedAmountLow {
  std::uint16_t stream = 0;
};
using Event = std::variant<StateChanged, IncomingMessage, StreamsReset, BufferedAmountLow>;

[[nodiscard]] std::string_view Name(DropReason reason);

}  // namespace ringcast::sctp
