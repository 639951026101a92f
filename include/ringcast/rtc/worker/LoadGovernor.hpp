#pragma once

#include <cstdint>

#include "ringcast/base/Time.hpp"

namespace ringcast::rtc {

// How the loop spent a stretch of time.
struct LoadWindow {
  Duration length{};
  Duration idle{};              // waiting for something to do
  std::uint64_t forwarded = 0;  // packets, audio and video
  std::uint64_t wanted = 0;     // packets for all consumers that are not shed
  Duration leastWait{};         // of video from its arrival to its round, at the best moment
  bool anyShed = false;         // some consumers are shed
};

// By how many packets per second the load of video should change.
struct LoadAdjustment {
  std::uint64_t shed = 0;
  std::uint64_t restore = 0;  // consumers may be restored that fit into this; one in any case if restoreOne
  bool restoreOne = false;

  friend bool operator==(const LoadAdjustment&, const LoadAdjustment&) = default;
};

// Decides when the loop is overloaded, and how many packets per second to shed. LoadShedder chooses the
// consumers.
//
// A loop that never idles is not overloaded yet: its rounds become larger, and a packet cheaper. It is
// overloaded when packets waited throughout two consecutive windows: a queue that does not empty is no burst
// (RFC 8289 section 3.1 judges router queues by that). The packets forwarded meanwhile are its capacity; the
// load beyond nine tenths of it is shed. After a tenth to a fifth of the time was idle for a while, as much
// is restored as fits; each time that this was too early, the while doubles.
class LoadGovernor {
 public:
  static constexpr Duration kWindow = Milliseconds(100);

  // To be called at the end of each window.
  [[nodiscard]] LoadAdjustment OnWindow(const LoadWindow& window);

  // Returns the share of the last window in which the loop was busy, 0 to 1.
  [[nodiscard]] double Utilisation() const { return utilisation_; }
  // True if the load is high enough to need LoadWindow::wanted.
  [[nodiscard]] bool Watching() const { return utilisation_ >= kWatch; }
  [[nodiscard]] bool Busy() const { return utilisation_ >= kRelaxed; }

  // Returns how many packets may be forwarded before the loop must read its sockets and pipes again.
  [[nodiscard]] std::size_t SlicePackets() const;

 private:
  static constexpr double kWatch = 0.9;
  static constexpr double kFull = 0.97;  // counts as never idle
  static constexpr Duration kStandingQueue = Milliseconds(10);
  static constexpr int kFullWindows = 2;
  static constexpr double kGoal = 0.9;      // of capacity, after shedding
  static constexpr double kRelaxed = 0.82;  // below it there is room for more
  static constexpr double kRefill = 0.88;   // of capacity, after restoring
  // Below it one consumer is restored even if the figures say that it does not fit.
  static constexpr double kIdle = 0.5;
  static constexpr int kFirstPatience = 10;  // windows below kRelaxed before a restoration
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
