#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/sctp/Message.hpp"

namespace ringcast::sctp {

// A part of a message, which fits a DATA chunk.
struct Fragment {
  std::uint16_t stream = 0;
  std::uint16_t ssn = 0;
  std::uint32_t ppid = 0;
  std::uint8_t flags = 0;
  Payload payload;  // of the message
  std::size_t offset = 0, size = 0;
  std::uint64_t message = 0;  // number of the message
  std::optional<std::uint16_t> maxRetransmits;
  std::optional<Instant> expiry;
};

// The messages that wait to be sent, by stream. The streams take turns, message by message: without
// interleaving (RFC 8260) the fragments of a message have consecutive TSNs.
class SendQueue {
 public:
  struct Limits {
    std::size_t total = 0;      // bytes of all streams
    std::size_t perStream = 0;  // bytes
  };
  explicit SendQueue(const Limits& limits) : limits_(limits) {}

  // Returns false if the message does not fit the limits. A message larger than a limit fits an empty queue.
  [[nodiscard]] bool Push(const OutgoingMessage& message);
  // Drops all messages. Stream sequence numbers begin at 0 again; thresholds stay.
  void Clear();
  // Returns the next fragment of at most `room` bytes; nullopt if none is waiting. Messages that have expired
  // before their first fragment are dropped.
  [[nodiscard]] std::optional<Fragment> Take(std::size_t room, Instant now);
  // The rest of this message is not sent. Returns true if there was a rest.
  bool Abandon(std::uint64_t message);

  // Returns the unsent bytes of the message whose turn it is; 0 if none is waiting.
  [[nodiscard]] std::size_t NextSize() const;
  [[nodiscard]] bool Empty() const { return buffered_ == 0; }
  [[nodiscard]] std::size_t Buffered() const { return buffered_; }
  [[nodiscard]] std::size_t Buffered(std::uint16_t stream) const;

  void SetLowThreshold(std::uint16_t stream, std::size_t bytes);
  // Returns the streams whose buffered bytes have fallen to their threshold since the last call.
  [[nodiscard]] std::vector<std::uint16_t> TakeLow() { return std::exchange(low_, {}); }

  // Resets (RFC 6525): drops the messages of the stream that are not begun, and pauses it.
  void Pause(std::uint16_t id);
  // Returns true if no message of the stream is partly sent.
  [[nodiscard]] bool Quiet(std::uint16_t id) const;
  // The reset has ended: the stream accepts messages again. `performed`: its sequence numbers begin at 0.
  void Resume(std::uint16_t id, bool performed);

 private:
  struct Waiting {
    OutgoingMessage message;
    std::uint64_t number = 0;
    std::size_t sent = 0;  // bytes
    std::uint16_t ssn = 0;
  };
  struct Stream {
    std::deque<Waiting> messages;
    std::size_t buffered = 0;
    std::size_t lowThreshold = 0;
    std::uint16_t nextSsn = 0;
    bool paused = false;
    bool inTurns = false;
  };

  void Reduce(std::uint16_t id, Stream& stream, std::size_t bytes);
  void EndTurn(std::uint16_t id, Stream& stream);

  Limits limits_;
  std::size_t buffered_ = 0;
  std::uint64_t messages_ = 0;
  std::map<std::uint16_t, Stream> streams_;
  std::deque<std::uint16_t> turns_;  // streams with messages; the first one may be in a message
  std::vector<std::uint16_t> low_;
};

}  // namespace ringcast::sctp
