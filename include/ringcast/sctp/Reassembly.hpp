#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/Message.hpp"

namespace ringcast::sctp {

// Joins the fragments of messages and orders the messages of each stream.
class Reassembly {
 public:
  // What a fragment or a waiting message costs besides its bytes: allocations and tree nodes. Counted in the
  // receive window, so that messages of one byte cannot use much more memory than the window.
  static constexpr std::size_t kOverhead = 128;

  explicit Reassembly(std::size_t maxMessageSize) : maxMessageSize_(maxMessageSize) {}

  enum class Outcome : std::uint8_t { kAccepted, kTooBig, kViolation };
  // Adds a fragment whose TSN is new. kTooBig: its message exceeds the limit. kViolation: the fragments
  // contradict each other.
  [[nodiscard]] Outcome Add(std::int64_t tsn, const DataChunk& chunk);
  // The peer abandons all messages with a fragment up to this TSN, and these ordered ones (FORWARD TSN).
  void Skip(std::int64_t tsn, std::span<const ForwardTsnChunk::Skipped> skipped);
  // The peer resets these streams: their next message has stream sequence number 0. Empty: all streams.
  void Reset(std::span<const std::uint16_t> streams);

  // Returns the complete messages since the last call, in the order of their delivery.
  [[nodiscard]] std::vector<IncomingMessage> Take() { return std::exchange(ready_, {}); }

  // Bytes of fragments and waiting messages, with overhead.
  [[nodiscard]] std::size_t Held() const { return held_; }
  // Bytes that the stream sequence numbers take.
  [[nodiscard]] std::size_t StreamBytes() const { return nextSsns_.size() * sizeof(SsnBlock); }

 private:
  using SsnBlock = std::array<std::uint16_t, 256>;
  // Consecutive fragments of one message.
  struct Run {
    std::int64_t last = 0;  // TSN
    bool begins = false, ends = false;
    DataChunk first;  // stream, stream sequence number, PPID and flags
    std::size_t bytes = 0;
    std::list<std::vector<std::uint8_t>> pieces;
  };
  using Runs = std::map<std::int64_t, Run>;  // by TSN of the first fragment

  [[nodiscard]] static bool SameMessage(const DataChunk& a, const DataChunk& b);
  static void Append(Run& run, Run& next);
  void Complete(Run& run);
  void Deliver(std::uint16_t stream);
  [[nodiscard]] std::uint16_t& NextSsn(std::uint16_t stream);

  std::size_t maxMessageSize_;
  std::size_t held_ = 0;
  Runs runs_;
  // Next stream sequence numbers, in blocks of 256 streams that are created when one of them is used.
  std::map<std::uint8_t, SsnBlock> nextSsns_;
  // Ordered messages that wait for an earlier one, by stream and stream sequence number.
  std::map<std::uint16_t, std::map<std::uint16_t, IncomingMessage>> waiting_;
  std::vector<IncomingMessage> ready_;
};

}  // namespace ringcast::sctp
