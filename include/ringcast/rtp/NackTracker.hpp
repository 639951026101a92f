#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtp {

// Time from the detection of a lost packet to the arrival of its retransmission, after one request or two.
struct RepairTime {
  Duration once{};
  Duration twice{};
};

// Tracks which packets of one received ssrc are missing, and when to request them from the sender (RFC 4585
// section 6.2.1). Sequence numbers are unwrapped. The tracker needs all packets of the ssrc, including those
// recovered by RTX, and detects packets that arrived both ways.
class NackTracker {
 public:
  // Minimum age of a gap before a NACK is sent; packets that a network stack reorders are no farther apart.
  // The criterion is time, not the number of packets received since (RFC 8985 section 3 gives the reasons),
  // because a burst of video has dozens of packets in a millisecond. The value is small because a receiver's
  // jitter buffer seldom leaves time for more than one retransmission: an early second one saves a frame,
  // while an unnecessary request costs one packet.
  static constexpr Duration kMinReorderWait = Milliseconds(2);
  // Upper bound for the wait when packets turn out to be reordered by more than the minimum. Each
  // retransmission is delayed by the wait too, so it must be bounded.
  static constexpr Duration kMaxReorderWait = Milliseconds(40);

  // The retry interval is learned from the response times and their variation (RFC 6298 section 2, but with
  // twice the deviation instead of four times: an unnecessary request costs one packet at most). Before the
  // first response it is a round trip, plus an eighth of it or kUsualMargin, whichever is more, for the
  // sender's pacing. The interval is bounded: a sender on the same host needs time to respond too, and a
  // request once per second would be too late.
  static constexpr Duration kDefaultRoundTrip = Milliseconds(100);  // until the first measurement
  static constexpr Duration kUsualMargin = Milliseconds(8);
  static constexpr Duration kMinMargin = Milliseconds(2);
  static constexpr Duration kMinRetryInterval = Milliseconds(20);
  static constexpr Duration kMaxRetryInterval = Milliseconds(400);
  // On a path that loses packets, requests are lost too. After kLossyRepairs retransmissions in the last
  // seconds, each of the first kQuickTries requests is sent twice, kEchoAfter apart. A request is only a few
  // bytes, and a sender answers the same request only once per round trip.
  static constexpr int kLossyRepairs = 4;
  static constexpr Duration kEchoAfter = Milliseconds(10);
  // Repeated loss of the same packet is not random. After kQuickTries, the requests follow at two, three, ...
  // intervals, so that kMaxTries outlast an outage of half a second on a path with a short round trip.
  static constexpr int kQuickTries = 4;
  static constexpr int kMaxTries = 10;
  // Maximum age of a missing packet. Jitter buffers have given up by then.
  static constexpr Duration kMaxAge = Seconds(1);
  // kMaxAge at 10 Mbit/s, or a key frame of 1.2 MB. To repair a larger loss, a key frame takes fewer packets.
  static constexpr std::size_t kMaxMissing = 1000;
  // Requests are sent at multiples of this, together with those of other streams, to save wake-ups and
  // packets.
  static constexpr Duration kGrid = Milliseconds(2);

  enum class Verdict : std::uint8_t {
    kNew,        // newer than all previous packets
    kReordered,  // was missing, and arrived without a request
    kRepaired,   // was missing, and arrived by RTX or after a request
    // The remaining ones must be dropped: the packet was received before, or is no longer expected.
    kDuplicate,
    kTooOld,
    kBeforeFirst,  // older than the first packet and never requested; nothing is known about it
  };
  // `keyFrame`: the packet starts a key frame. `recovered`: the packet arrived by RTX.
  Verdict OnPacket(std::int64_t sequenceNumber, bool keyFrame, bool recovered, Instant now);

  // Sets the round trip time to the sender, measured with extended reports (RFC 3611 sections 4.4 and 4.5).
  void SetRoundTripTime(Duration roundTrip);

  // Returns the usual repair times, or nullopt if there was hardly any recent loss.
  [[nodiscard]] std::optional<RepairTime> UsualRepair(Instant now) const;

  // Returns the time of the next OnTimeout() call. It is never too late, and may be too early, when the
  // missing packet has arrived meanwhile.
  [[nodiscard]] std::optional<Instant> NextTimeout() const { return deadline_; }

  struct Due {
    std::span<const std::int64_t> sequenceNumbers;  // to request now, sorted; valid until the next call
    // A packet that the decoder needs will not be repaired.
    bool keyFrameWanted = false;
  };
  [[nodiscard]] Due OnTimeout(Instant now);

  // Call when the source restarts, or after a time in which no packets were processed: the next packet is the
  // first one.
  void Reset();

  [[nodiscard]] std::size_t Missing() const { return missing_.size(); }
  // Returns the number of packets that are no longer expected.
  [[nodiscard]] std::uint64_t GivenUp() const { return givenUp_; }

 private:
  struct MissingPacket {
    std::int64_t sequenceNumber = 0;
    Instant since{};
    Instant due{};  // time of the next request or, after the last one, of giving up
    Instant lastTry{};
    int tries = 0;
    bool echoDue = false;  // the last request has yet to be repeated
    bool echoed = false;   // the last request was repeated
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
  std::int64_t known_ = 0;  // every packet from here to highest_ that is not missing was received
  std::optional<std::int64_t> keyFrame_;  // first packet of the latest key frame
  std::optional<Instant> deadline_;
  Duration reorderWait_ = kMinReorderWait;
  std::optional<Duration> roundTrip_;
  std::optional<Duration> answerTime_;  // smoothed
  Duration answerDeviation_{};
  int repairs_ = 0;  // recent retransmissions; halved every second
  Instant repairsAt_{};
  std::uint64_t givenUp_ = 0;
  std::vector<MissingPacket> missing_;  // sorted
  std::vector<std::int64_t> due_;
};

}  // namespace ringcast::rtp
