#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/SendQueue.hpp"

namespace ringcast::sctp {

// The fragments that have a TSN and are not acknowledged by the cumulative TSN.
class Outstanding {
 public:
  // RFC 9260 section 7.2.4.
  static constexpr std::uint8_t kMissingReports = 3;
  // Limit on the fragments: a SACK that reports gaps looks at all of them, and its offsets have 16 bits. Full
  // fragments fill the largest congestion window before.
  static constexpr std::size_t kMaxFragments = 8192;

  explicit Outstanding(std::uint32_t firstTsn) : next_(std::int64_t{firstTsn} + (std::int64_t{1} << 32)) {}

  // Notes a new fragment, sent now. Returns its TSN.
  std::uint32_t Send(Fragment fragment, Instant now);

  struct Acked {
    bool valid = false;     // false: the SACK is old, or acknowledges what was not sent
    bool advanced = false;  // the cumulative TSN did
    std::size_t bytes = 0;  // newly acknowledged
    bool lost = false;      // a fragment has been reported missing often enough
    std::optional<Duration> roundTrip;
  };
  [[nodiscard]] Acked OnSack(const SackChunk& sack, Instant now);
  // Everything in flight is lost. What was only acknowledged by gap blocks is as well: the receiver may have
  // dropped it (RFC 9260 section 6.3.3).
  void OnTimeout();
  // The last fragment in flight is sent again to provoke a SACK. Returns false if there is none.
  bool Probe();

  // Returns the next lost fragment that fits `room`, and its TSN; counts it as sent now. nullopt if there is
  // none.
  struct Again {
    std::uint32_t tsn = 0;
    const Fragment* fragment = nullptr;
  };
  [[nodiscard]] std::optional<Again> Resend(std::size_t room, Instant now);
  [[nodiscard]] bool HasLost() const { return lost_ > 0; }

  // Abandons lost messages that have expired, or were retransmitted too often (RFC 3758). Returns one
  // fragment of each, without its payload.
  [[nodiscard]] std::vector<Fragment> AbandonExpired(Instant now);
  // The rest of an abandoned message is not sent: gives it a TSN that is never sent. The receiver may have
  // everything before it already, and skips the message only if FORWARD TSN leads beyond what it has.
  void AddAbandonedRest(const Fragment& fragment);
  // Returns true if the cumulative TSN waits for abandoned fragments.
  [[nodiscard]] bool NeedsForwardTsn() const {
    return !chunks_.empty() && chunks_.front().state == State::kAbandoned;
  }
  // Returns the FORWARD TSN over the abandoned fragments of at most `maxStreams` streams.
  [[nodiscard]] ForwardTsnChunk MakeForwardTsn(std::size_t maxStreams) const;

  [[nodiscard]] std::size_t BytesInFlight() const { return inFlight_; }
  [[nodiscard]] bool Empty() const { return chunks_.empty(); }
  [[nodiscard]] std::size_t Size() const { return chunks_.size(); }
  [[nodiscard]] std::int64_t Highest() const { return next_ - 1; }
  [[nodiscard]] std::uint32_t NextTsn() const { return static_cast<std::uint32_t>(next_); }

 private:
  enum class State : std::uint8_t { kInFlight, kLost, kAcked, kAbandoned };
  struct Chunk {
    Fragment fragment;
    Instant sent;
    std::uint32_t transmissions = 1;
    std::uint8_t missing = 0;
    State state = State::kInFlight;
  };

  [[nodiscard]] std::int64_t First() const { return next_ - static_cast<std::int64_t>(chunks_.size()); }
  [[nodiscard]] Chunk& At(std::int64_t tsn) { return chunks_[static_cast<std::size_t>(tsn - First())]; }
  [[nodiscard]] static std::size_t SizeOf(const Chunk& chunk) {
    return chunk.fragment.size + kDataHeaderSize;
  }
  void Enter(Chunk& chunk, State state);
  void Acknowledge(Chunk& chunk, Acked& acked, Instant now);
  [[nodiscard]] bool AcknowledgeGaps(const SackChunk& sack, std::int64_t cumulative, Acked& acked,
                                     Instant now);

  std::deque<Chunk> chunks_;  // of the TSNs up to next_
  std::int64_t next_;
  std::size_t inFlight_ = 0;
  std::size_t lost_ = 0;
  std::size_t partial_ = 0;  // chunks of messages that may be abandoned
};

}  // namespace ringcast::sctp
