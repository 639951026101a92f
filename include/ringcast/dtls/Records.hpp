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
inline constexpr std::uint16_t kDtls12 = 0xFEFD;

// RFC 5246 section 6.2.1. Heartbeats (24) and connection ids (25) have to be negotiated, and are not.
inline constexpr std::uint8_t kChangeCipherSpecRecord = 20;
inline constexpr std::uint8_t kAlertRecord = 21;
inline constexpr std::uint8_t kHandshakeRecord = 22;
inline constexpr std::uint8_t kApplicationDataRecord = 23;

// Why a datagram, or the message in it, went no further. Counted, never logged one by one.
enum class DropReason : std::uint8_t {
  kNotStarted,      // no role yet
  kTooLong,         // over kMaxReceivedDatagram
  kMalformed,       // no sequence of DTLS 1.0 or 1.2 records
  kNotClientHello,  // nothing has begun, and this does not begin it
  kWrongRole,       // a ClientHello, and we are the client
  kAttemptLimit,    // a ClientHello: too many others came shortly before it
  kUnprovenAlert,   // an alert in the clear: anybody could have sent it
  kUnexpected,      // a handshake message that is not due, or not one
  kNotAnnounced,    // a flight with another certificate than the announced one, or none
  kUnproven,        // a flight that is not signed with the certificate's key
  kProofLimit,      // a flight: too many others were verified shortly before it
  kPlaintext,       // nothing is encrypted, and the peer has proved its certificate
  kTooShort,        // an encrypted record that no cipher makes so short
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

// One record of a datagram.
struct RecordView {
  std::uint8_t type = 0;
  std::uint16_t epoch = 0;
  ByteView body;
  ByteView whole;  // with its header
};

// Reads the records of a datagram that ParseRecords accepted.
class RecordReader {
 public:
  explicit RecordReader(ByteView datagram) : rest_(datagram) {}
  [[nodiscard]] std::optional<RecordView> Next();

 private:
  ByteView rest_;
};

// Nullopt: it is none. Each record has to be of a type and version that DTLS 1.2 knows, of a size that it may
// have, and whole: what does not parse is to be discarded (RFC 6347 section 4.1.2.7), and before it costs
// anything.
[[nodiscard]] std::optional<Records> ParseRecords(ByteView datagram);

}  // namespace ringcast::dtls
