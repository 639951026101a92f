#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringcast/base/Time.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtp/NackTracker.hpp"

namespace ringcast::rtc {

class GapBuffer;

// How many packets the streams of a worker may hold behind gaps, all together. When they are too many, the
// streams that hold most lose theirs: a publisher that holds little keeps it whatever others do.
class GapBudget {
 public:
  explicit GapBudget(std::size_t limit) : limit_(limit) {}
  ~GapBudget();
  GapBudget(const GapBudget&) = delete;
  GapBudget& operator=(const GapBudget&) = delete;

  [[nodiscard]] std::size_t Held() const { return held_; }
  [[nodiscard]] std::size_t Limit() const { return limit_; }
  // One transport may hold half of all: three publishers at least must be in need before one of them loses
  // anything to the others, and one that floods is the first to lose.
  [[nodiscard]] std::size_t TransportLimit() const { return limit_ / 2; }

  // Releases the packets of the streams that hold most. Returns how many that were, 0 if none are held.
  std::size_t ShedLargest();

  // Packets that were released to make room, and of these the ones that no consumer had been sent.
  [[nodiscard]] std::uint64_t ShedPackets() const { return shedPackets_; }
  [[nodiscard]] const net::DropCounters& Drops() const { return drops_; }

 private:
  friend class GapBuffer;
  // A scan for the largest releases so many at least, if they are held: streams that hold one packet each
  // must not cost a scan for each packet.
  static constexpr std::size_t kMinShed = 64;

  std::size_t Shed(GapBuffer& holder);

  std::size_t limit_;
  std::size_t held_ = 0;
  std::vector<GapBuffer*> holders_;  // those that hold something
  std::uint64_t shedPackets_ = 0;
  net::DropCounters drops_;
};

// The part of the budget that one transport uses.
struct GapShare {
  GapBudget& budget;
  std::size_t held = 0;
};

// The packets of one stream that came while an earlier one was missing. The missing one may begin a key
// frame, or bring the dependency structure that they refer to. They are held until it arrives or kMaxAge is
// over, within the budget.
class GapBuffer {
 public:
  // What is missing is asked for no longer than that.
  static constexpr Duration kMaxAge = rtp::NackTracker::kMaxAge;
  // All that may be missing between two received packets may also come behind one that is missing.
  static constexpr std::size_t kLimit = rtp::NackTracker::kMaxMissing;
  // Timeouts are at multiples of it: packets that came one by one need not be released one by one.
  static constexpr Duration kGrid = Milliseconds(100);

  explicit GapBuffer(GapShare& share) : share_(share) {}
  ~GapBuffer() { Clear(); }
  GapBuffer(const GapBuffer&) = delete;
  GapBuffer& operator=(const GapBuffer&) = delete;

  struct Held {
    RoutedPacket packet;
    bool published = false;  // consumers have been offered it
  };

  // Holds a copy. False: there is no room for it.
  bool Hold(const RoutedPacket& routed, bool published);
  [[nodiscard]] bool Empty() const { return held_.empty(); }
  // In the order of arrival.
  [[nodiscard]] std::span<Held> Packets() { return held_; }
  // Those whose time is over, the oldest ones.
  [[nodiscard]] std::span<Held> Expired(Instant now);
  // Releases the oldest ones.
  void Release(std::size_t count);
  // Releases those that consumers have been offered.
  void ReleasePublished();
  void Clear() { Release(held_.size()); }

  // When packets expire; nullopt if none are held.
  [[nodiscard]] std::optional<Instant> NextTimeout() const;

 private:
  friend class GapBudget;
  void Return(std::size_t count);

  GapShare& share_;
  std::size_t place_ = 0;  // among the budget's holders, while it holds something
  std::vector<Held> held_;
};

}  // namespace ringcast::rtc
