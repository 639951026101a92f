#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// Limit on received datagrams: the size of a packet buffer, rounded up. A longer ClientHello arrives in
// fragments.
inline constexpr std::size_t kMaxReceivedDatagram = 2048;

// RFC 6347 section 4.1.
inline constexpr std::size_t kRecordHeaderSize = 13;
inline constexpr std::uint16_t kDtls12 = 0xFEFD;

// RFC 5246 section 6.2.1. Heartbeats (24) and connection ids (25) are never negotiated here.
inline constexpr std::uint8_t kChangeCipherSpecRecord = 20;
inline constexpr std::uint8_t kAlertRecord = 21;
inline constexpr std::uint8_t kHandshakeRecord = 22;
inline constexpr std::uint8_t kApplicationDataRecord = 23;

// Why a datagram, or a message in it, was dropped. Counted, never logged one by one.
enum class DropReason : std::uint8_t {
  kNotStarted,      // no role yet
  kTooLong,         // over kMaxReceivedDatagram
  kMalformed,       // no sequence of DTLS 1.0 or 1.2 records
  kNotClientHello,  // no handshake has begun, and this datagram does not begin one
  kWrongRole,       // a ClientHello while we are the client
  kAttemptLimit,    // a ClientHello above the limit on attempts
  kUnprovenAlert,   // a plaintext alert, which anyone could have sent
  kUnexpected,      // an invalid handshake message, or one that is not due
  kNotAnnounced,    // a flight whose certificate is missing or does not match the announced fingerprint
  kUnproven,        // a flight that is not signed with the certificate's key
  kProofLimit,      // a flight above the limit on signature verifications
  kPlaintext,       // no encrypted record although the peer is verified
  kTooShort,        // an encrypted record that is shorter than the cipher's overhead
  kQueueFull,       // application data beyond the limit of the queue
  kOver,            // failed or closed
  kCount
};
[[nodiscard]] std::string_view Name(DropReason reason);

// Facts about a datagram that consists of valid DTLS records.
struct Records {
  std::size_t count = 0;
  std::size_t encrypted = 0;  // those of an epoch other than 0
  std::size_t shortest = 0;   // body size of the shortest encrypted record; 0: there is none
  bool clientHello = false;   // the datagram begins with a ClientHello, or a fragment of one
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

// Returns facts about the datagram, or nullopt unless every record is complete and has a type, version and
// size that DTLS 1.2 allows. RFC 6347 section 4.1.2.7: "invalid records SHOULD be silently discarded".
[[nodiscard]] std::optional<Records> ParseRecords(ByteView datagram);

}  // namespace ringcast::dtls
