#pragma once

#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtc {

// What a stretch of the loop's time was used for.
struct LoadWindow {
  Duration length{};
  Duration idle{};              // waiting for something to do
  std::uint64_t forwarded = 0;  // packets that were sent on, audio and video
  std::uint64_t wanted = 0;  // packets that all consumers together were to get, but for those that are shed
  Duration leastWait{};      // of video from its arrival until its turn to go out, at the best moment
  bool anyShed = false;      // some consumers are
};

// By how many packets a second the load of video should change.
struct LoadAdjustment {
  std::uint64_t shed = 0;     // so many less
  std::uint64_t restore = 0;  // as many as fit into this may come back; one in any case if restoreOne
  bool restoreOne = false;

  friend bool operator==(const LoadAdjustment&, const LoadAdjustment&) = default;
};

// Decides when the loop has more to do than it can, and how much of it to leave undone. It knows numbers
// alone: who is shed is chosen elsewhere.
//
// A loop that never waits is not overloaded yet: its turns become larger, and a packet cheaper. It is where
// packets wait in all of two windows running: a queue that does not empty is no burst (RFC 8289 section 3.1
// judges the queues of routers so). What it forwarded meanwhile is what it can do; what was wanted beyond
// nine tenths of that goes. Once a tenth or two of its time is free for a while, what fits comes back; after
// each time that this was too early, the while is twice as long.
class LoadGovernor {
 public:
  static constexpr Duration kWindow = Milliseconds(100);

  // At the end of each window.
  [[nodiscard]] LoadAdjustment OnWindow(const LoadWindow& window);

  // Of the last window: the share of time in which the loop was busy, 0 to 1.
  [[nodiscard]] double Utilisation() const { return utilisation_; }
  // Whether it should think about what it leaves undone: what the numbers of `wanted` are needed for.
  [[nodiscard]] bool Watching() const { return utilisation_ >= kWatch; }
  [[nodiscard]] bool Busy() const { return utilisation_ >= kRelaxed; }

  // Packets that take no longer than the loop may be away from its sockets and pipes.
  [[nodiscard]] std::size_t SlicePackets() const;

 private:
  static constexpr double kWatch = 0.9;
  static constexpr double kFull = 0.97;  // what counts as not having waited
  static constexpr Duration kStandingQueue = Milliseconds(10);
  static constexpr int kFullWindows = 2;
  static constexpr double kGoal = 0.9;      // of capacity, after shedding
  static constexpr double kRelaxed = 0.82;  // below it there is room for more
  static constexpr double kRefill = 0.88;   // of capacity, after restoring
  // Below it one comes back even if the figures say that it does not fit.
  static constexpr double kIdle = 0.5;
  static constexpr int kFirstPatience = 10;  // windows below kRelaxed before something comes back
  static constexpr int kLongestPatience = 640;
  static constexpr int kTooEarly = 50;  // windows from a restoration to the next shedding
  static constexpr double kSliceMicroseconds = 2000;

  [[nodiscard]] LoadAdjustment Restore(double capacity, double wanted);

  double utilisation_ = 0;
  double costMicroseconds_ = 3;  // of a packet, smoothed
  int fullWindows_ = 0;
  int relaxedWindows_ = 0;
  int patience_ = kFirstPatience;
  int sinceRestore_ = kTooEarly;
};

}  // namespace ringcast::rtc
