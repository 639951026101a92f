#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/producer/ForwardingQueue.hpp"
#include "ringcast/rtp/FrameInspector.hpp"
#include "ringcast/rtp/NackTracker.hpp"

namespace ringcast::rtc {

class GapBuffer;

// Limits how many packets all streams of a worker hold behind gaps. If they hold too many, the streams with
// most packets lose theirs: a publisher that holds little keeps it, whatever others do.
class GapBudget {
 public:
  explicit GapBudget(std::size_t limit) : limit_(limit) {}
  ~GapBudget();
  GapBudget(const GapBudget&) = delete;
  GapBudget& operator=(const GapBudget&) = delete;

  [[nodiscard]] std::size_t Held() const { return held_; }
  [[nodiscard]] std::size_t Limit() const { return limit_; }
  // One transport may hold half of the packets: at least three publishers must be in need before one of them
  // loses packets to the others, and one that floods loses them first.
  [[nodiscard]] std::size_t TransportLimit() const { return limit_ / 2; }

  // Releases the packets of the streams that hold most. Returns how many packets, 0 if none are held.
  std::size_t ShedLargest();

  // Packets that were released to make room, and those of them that were never published.
  [[nodiscard]] std::uint64_t ShedPackets() const { return shedPackets_; }
  [[nodiscard]] const net::DropCounters& Drops() const { return drops_; }

 private:
  friend class GapBuffer;
  // One search for the largest holders releases at least this many packets, if they are held: streams that
  // hold one packet each must not cost a search for each packet.
  static constexpr std::size_t kMinShed = 64;

  std::size_t Shed(GapBuffer& holder);

  std::size_t limit_;
  std::size_t held_ = 0;
  std::vector<GapBuffer*> holders_;  // the buffers that are not empty
  std::uint64_t shedPackets_ = 0;
  net::DropCounters drops_;
};

// The part of the budget that one transport uses.
struct GapShare {
  GapBudget& budget;
  std::size_t held = 0;
};

// Holds packets of one video stream that arrived while an earlier packet was missing. The missing packet may
// begin a key frame, or carry the dependency structure that the packets behind it refer to. A packet that
// lacks its structure is not published before; all others are published at once, and a copy of them is held
// for consumers that can start with the key frame.
//
//   state       entered by                          invariants, besides those below
//   kEmpty      the last packet is released         no packet, no place among the budget's holders
//   kHolding    a packet is held (OnPacket), or     at least one packet
//               published again (OnKeyFrame)
//   kDraining   the gap closes (OnGapClosed) while  at least one packet; none of them was published
//               the scheduler has no room
//
//                 OnPacket                OnGapClosed, no room
//      kEmpty ---------------> kHolding ----------------------> kDraining
//        ^                      |    ^                           |    |
//        +----------------------+    +---------------------------+    |
//        |  OnGapClosed, expiry,       OnPacket, OnKeyFrame           |
//        |  Clear, shedding                                           |
//        +------------------------------------------------------------+
//           OnGapClosed, expiry, Clear, shedding
//
// In every state:
//   1. Packets are in the order of arrival, at most kLimit of them.
//   2. The share and the budget count each packet that is held, and no other.
//   3. A packet is published once, and afterwards only as a repetition behind a key frame
//      (RoutedPacket::repeatedBehind).
//   4. After OnTimeout(now), no packet is kMaxAge old. NextTimeout() is less than kGrid after that age.
class GapBuffer {
 public:
  // NackTracker requests a missing packet no longer than this.
  static constexpr Duration kMaxAge = rtp::NackTracker::kMaxAge;
  // As many packets as may be missing between two received packets may arrive behind a missing one.
  static constexpr std::size_t kLimit = rtp::NackTracker::kMaxMissing;
  // Timeouts are multiples of this, so that one timeout releases packets that arrived one by one.
  static constexpr Duration kGrid = Milliseconds(100);

  enum class State : std::uint8_t { kEmpty, kHolding, kDraining };

  explicit GapBuffer(GapShare& share) : share_(share) {}
  ~GapBuffer() { Clear(); }
  GapBuffer(const GapBuffer&) = delete;
  GapBuffer& operator=(const GapBuffer&) = delete;

  [[nodiscard]] State Current() const { return state_; }
  [[nodiscard]] std::size_t Size() const { return held_.size(); }

  // Holds a copy of a packet that arrived while an earlier one is missing, if there is room for it. Returns
  // true if the packet is held and must not be published before OnGapClosed() or OnTimeout() does so.
  [[nodiscard]] bool OnPacket(const RoutedPacket& routed);
  // A key frame with this sequence number began late. Publishes the packets behind it, those that were
  // published already as repetitions. `frames` inspects packets again that lacked their structure.
  void OnKeyFrame(std::int64_t keyFrame, rtp::FrameInspector& frames, ForwardingQueue::Writer& out,
                  Instant now);
  // No packet is missing any more, or the tracker gave up on those that are. Publishes the packets that were
  // not, even beyond the room of `out`; if it has none at all, they wait for the next call.
  void OnGapClosed(ForwardingQueue::Writer& out, Instant now);
  // Publishes packets that have reached kMaxAge, and releases them. Returns how many of them were dropped
  // because `out` was full.
  [[nodiscard]] std::size_t OnTimeout(ForwardingQueue::Writer& out, Instant now);
  // Drops all packets.
  void Clear() { Release(held_.size()); }

  // nullopt in kEmpty.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;

 private:
  friend class GapBudget;
  struct Held {
    RoutedPacket packet;
    bool published = false;
  };

  [[nodiscard]] bool Hold(const RoutedPacket& routed, bool published);
  // Releases the oldest packets.
  void Release(std::size_t count);
  // Returns `count` packets, which are not held any more, to the budget, and enters kEmpty after the last.
  void Return(std::size_t count);
  // The only place where the state changes. Checks its invariants.
  void Enter(State state);
  [[nodiscard]] std::size_t Unpublished() const { return held_.size() - published_; }

  GapShare& share_;
  std::size_t place_ = 0;      // among the budget's holders, unless kEmpty
  std::size_t published_ = 0;  // number of held packets that were published
  State state_ = State::kEmpty;
  std::vector<Held> held_;
};

}  // namespace ringcast::rtc
