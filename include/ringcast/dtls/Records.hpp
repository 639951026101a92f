#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// Received: what a packet buffer holds, rounded up. A ClientHello that spans more comes in fragments.
inline constexpr std::size_t kMaxReceivedDatagram = 2048;

// RFC 6347 section 4.1.
inline constexpr std::size_t kRecordHeaderSize = 13;

// Why a datagram, or the message in it, went no further. Counted, never logged one by one.
enum class DropReason : std::uint8_t {
  kNotStarted,      // no role yet
  kTooLong,         // over kMaxReceivedDatagram
  kMalformed,       // no sequence of DTLS 1.0 or 1.2 records
  kNotClientHello,  // nothing has begun, and this does not begin it
  kWrongRole,       // a ClientHello, and we are the client
  kHandshakeLimit,  // over kMaxHandshakeDatagrams
  kEarlyRecord,     // over kMaxEarlyRecords
  kPlaintext,       // nothing is encrypted, and the handshake is over
  kTooShort,        // has an encrypted record that no cipher makes so short
  kUnverified,      // application data, and the peer's certificate has not been checked yet
  kQueueFull,       // application data that nobody fetches
  kOver,            // failed or closed
  kCount
};
[[nodiscard]] std::string_view Name(DropReason reason);

// A datagram that could be from a DTLS peer, seen from outside.
struct Records {
  std::size_t count = 0;
  std::size_t encrypted = 0;  // those of an epoch other than 0
  std::size_t shortest = 0;   // of these: bytes behind the header; 0: there are none
  bool clientHello = false;   // it begins with a ClientHello, or a fragment of one
};

// Nullopt: it is none. Each record has to be of a type and version that DTLS 1.2 knows, of a size that it may
// have, and whole: what does not parse is to be discarded (RFC 6347 section 4.1.2.7), and before it costs
// anything.
[[nodiscard]] std::optional<Records> ParseRecords(ByteView datagram);

}  // namespace ringcast::dtls
