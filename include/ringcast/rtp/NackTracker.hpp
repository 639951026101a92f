#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// How long after a packet was missed it is there again, by the first request or the second.
struct RepairTime {
  Duration once{};
  Duration twice{};
};

// Which packets of one received ssrc are missing, and when its sender is to be asked for them (RFC 4585
// section 6.2.1). Sequence numbers are unwrapped. It is told of every packet, those that came by RTX too, and
// knows a packet that came both ways.
class NackTracker {
 public:
  // A gap is not asked for before it is this old: packets that overtake each other in a network stack are no
  // farther apart. By time, not by packets that came since (RFC 8985 section 3 has the reasons): a burst of
  // video has dozens in a millisecond. It is little, because a receiver's buffer seldom has room for more
  // than one repair: a second one that is quick saves a picture, while a request too many costs a packet.
  static constexpr Duration kMinReorderWait = Milliseconds(2);
  // Where packets turn out to come later than that without being asked for, it waits longer. Each repair then
  // comes later by as much, so there is an end to it.
  static constexpr Duration kMaxReorderWait = Milliseconds(40);

  // How long an answer takes is learnt from those that came, and how much that varies (RFC 6298 section 2,
  // but with twice the deviation: asking in vain costs a packet at the most). Before, it is a round trip, and
  // an eighth of it or kUsualMargin for the sender's pacing. Between bounds: a sender on the same host needs
  // time to answer too, and what is asked for once a second comes too late.
  static constexpr Duration kDefaultRoundTrip = Milliseconds(100);  // before one was measured
  static constexpr Duration kUsualMargin = Milliseconds(8);
  static constexpr Duration kMinMargin = Milliseconds(2);
  static constexpr Duration kMinRetryInterval = Milliseconds(20);
  static constexpr Duration kMaxRetryInterval = Milliseconds(400);
  // Where packets are lost, requests are, too. With kLossyRepairs in the last seconds each of the kQuickTries
  // is said twice, so far apart: a request is a few bytes, and a sender answers the same one once in a round
  // trip.
  static constexpr int kLossyRepairs = 4;
  static constexpr Duration kEchoAfter = Milliseconds(10);
  // What was lost so often is not lost at random: the next tries come at two, three, ... intervals, so that
  // kMaxTries outlast an outage of half a second on a short way.
  static constexpr int kQuickTries = 4;
  static constexpr int kMaxTries = 10;
  // Jitter buffers have given up by then.
  static constexpr Duration kMaxAge = Seconds(1);
  // kMaxAge of 10 Mbit/s, or a key frame of 1.2 MB: what is lost beyond takes less to send anew.
  static constexpr std::size_t kMaxMissing = 1000;
  // Requests leave at multiples of it, those of other streams with them: fewer wake-ups, fewer packets.
  static constexpr Duration kGrid = Milliseconds(2);

  enum class Verdict : std::uint8_t {
    kNew,        // newer than all before
    kReordered,  // was missing, and came by itself
    kRepaired,   // was missing, and came by RTX or because it was asked for
    // To be dropped: the packet was received, or given up on.
    kDuplicate,
    kTooOld,
    kBeforeFirst,  // nothing is known of it, and it was never asked for
  };
  // `keyFrame`: a decoder can start here. `recovered`: it came by RTX.
  Verdict OnPacket(std::int64_t sequenceNumber, bool keyFrame, bool recovered, Instant now);

  // To the sender and back, as extended reports measure it (RFC 3611 sections 4.4 and 4.5).
  void SetRoundTripTime(Duration roundTrip);

  // nullopt: hardly anything was lost lately.
  [[nodiscard]] std::optional<RepairTime> UsualRepair(Instant now) const;

  // Never early, and at times for nothing: what was due may have come.
  [[nodiscard]] std::optional<Instant> NextTimeout() const { return deadline_; }

  struct Due {
    std::span<const std::int64_t> sequenceNumbers;  // to ask for now, in order; until the next call
    // Something that a decoder needs will not come any more.
    bool keyFrameWanted = false;
  };
  [[nodiscard]] Due OnTimeout(Instant now);

  // The source starts anew, or is not listened to for a while: the next packet is the first one.
  void Reset();

  [[nodiscard]] std::size_t Missing() const { return missing_.size(); }
  // Packets that were given up on.
  [[nodiscard]] std::uint64_t GivenUp() const { return givenUp_; }

 private:
  struct MissingPacket {
    std::int64_t sequenceNumber = 0;
    Instant since{};
    Instant due{};  // to ask, or after the last try to give up
    Instant lastTry{};
    int tries = 0;
    bool echoDue = false;  // the last request is to be said again
    bool echoed = false;   // it was
  };

  Verdict OnLatePacket(std::int64_t sequenceNumber, bool recovered, Instant now);
  void AddMissing(std::int64_t from, std::int64_t to, Instant now);
  void GiveUpBelow(std::int64_t end);
  bool Ask(MissingPacket& packet, Instant now);
  [[nodiscard]] bool CameUnasked(const MissingPacket& packet, bool recovered, Instant now) const;
  void LearnReordering(const MissingPacket& packet, Instant now);
  [[nodiscard]] Duration RetryInterval(int tries) const;
  void LearnAnswer(const MissingPacket& packet, Instant now);
  void CountRepair(Instant now);
  [[nodiscard]] bool Lossy(Instant now) const;
  void Arm(Instant at) { deadline_ = deadline_ && *deadline_ < at ? *deadline_ : at; }

  bool started_ = false;
  bool keyFrameWanted_ = false;
  std::int64_t highest_ = 0;
  std::int64_t first_ = 0;
  std::int64_t known_ = 0;                // from here to highest_ what is not missing was received
  std::optional<std::int64_t> keyFrame_;  // where the latest one begins
  std::optional<Instant> deadline_;
  Duration reorderWait_ = kMinReorderWait;
  std::optional<Duration> roundTrip_;
  std::optional<Duration> answerTime_;  // smoothed
  Duration answerDeviation_{};
  int repairs_ = 0;  // lately: halved with each second
  Instant repairsAt_{};
  std::uint64_t givenUp_ = 0;
  std::vector<MissingPacket> missing_;  // in order
  std::vector<std::int64_t> due_;
};

}  // namespace ringcast::rtp
