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

// Packets that one message may speak of, read or written. The field holds 65,535, which a run-length chunk of
// two bytes claims eight thousand at a time; so many in the 100 ms between two messages are a gigabit a
// second.
inline constexpr std::size_t kMaxFeedbackStatuses = 8192;

struct TransportFeedback {
  // Its unit is 64 ms of the reporter's clock, which wraps (24 bits, signed).
  static constexpr Duration kReferenceUnit = Milliseconds(64);

  Ssrc sender, media;
  std::uint16_t baseSequenceNumber = 0;  // of the first status
  std::uint16_t statusCount = 0;
  std::int32_t referenceTime = 0;
  std::uint8_t feedbackCount = 0;  // one more with each message, wraps
  ByteView chunks;                 // cover all statuses
  ByteView deltas;                 // as many as the chunks speak of
};

struct PacketStatus {
  std::uint16_t sequenceNumber = 0;
  bool received = false;
  // Arrival after that of the received packet before it in the message, or after the reference time; in
  // units of 250 us. Negative where packets overtook each other.
  Duration delta{};
};

// Walks the statuses of a message in the order of their sequence numbers.
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
  std::size_t position_ = 0;  // within it
};

// nullopt: a list longer than the message, a status that the draft reserves, or more statuses than
// kMaxFeedbackStatuses.
[[nodiscard]] std::optional<TransportFeedback> ReadTransportFeedback(Ssrc sender, Ssrc media, ByteView fci);

// A packet that was received, with its unwrapped sequence number.
struct PacketArrival {
  std::int64_t sequenceNumber = 0;
  Instant arrival;
};

}  // namespace ringcast::rtcp
