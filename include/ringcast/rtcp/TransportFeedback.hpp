#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/base/Types.hpp"

// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1): which packets of
// a transport arrived, and when.
namespace ringcast::rtcp {

// Limit on the packets that one message covers, both read and written. The field allows 65,535, and a
// run-length chunk of two bytes covers up to 8,191 of them. 8,192 packets of 1,200 bytes in the 100 ms
// between two messages are about 800 Mbit/s.
inline constexpr std::size_t kMaxFeedbackStatuses = 8192;

struct TransportFeedback {
  // Unit of the reference time: 64 ms of the reporter's clock. The field wraps (24 bits, signed).
  static constexpr Duration kReferenceUnit = Milliseconds(64);

  Ssrc sender, media;
  std::uint16_t baseSequenceNumber = 0;  // of the first status
  std::uint16_t statusCount = 0;
  std::int32_t referenceTime = 0;
  std::uint8_t feedbackCount = 0;  // incremented with each message, wraps
  ByteView chunks;                 // packet status chunks; they cover all statuses
  ByteView deltas;                 // receive deltas, one for each received packet
};

struct PacketStatus {
  std::uint16_t sequenceNumber = 0;
  bool received = false;
  // Time between the arrival of the previous received packet of the message, or the reference time, and the
  // arrival of this packet, in units of 250 us. Negative if the packets were reordered.
  Duration delta{};
};

// Iterates over the statuses of a message in the order of their sequence numbers.
class PacketStatuses {
 public:
  explicit PacketStatuses(const TransportFeedback& feedback)
      : chunks_(feedback.chunks),
        deltas_(feedback.deltas),
        remaining_(feedback.statusCount),
        sequenceNumber_(feedback.baseSequenceNumber) {}

  [[nodiscard]] std::optional<PacketStatus> Next();

 private:
  ByteReader chunks_;
  ByteReader deltas_;
  std::size_t remaining_;
  std::uint16_t sequenceNumber_;
  std::uint16_t chunk_ = 0;
  std::size_t position_ = 0;  // index of the next status within the chunk
};

// Returns the parsed message, or nullopt if a list is longer than the message, if a status is the reserved
// one, or if there are more than kMaxFeedbackStatuses statuses.
[[nodiscard]] std::optional<TransportFeedback> ReadTransportFeedback(Ssrc sender, Ssrc media, ByteView fci);

// A received packet, with its unwrapped sequence number.
struct PacketArrival {
  std::int64_t sequenceNumber = 0;
  Instant arrival;
};

}  // namespace ringcast::rtcp
