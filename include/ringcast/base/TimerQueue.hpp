#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast {

class TimerQueue;

// One timer of one owner. Destroying it disarms it; re-arming costs no allocation. It stays where it was
// made, since the queue points at it.
class Timer {
 public:
  Timer(TimerQueue& queue, std::function<void(Instant now)> onTimeout);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void ArmAt(Instant deadline);
  void Disarm();
  // Armed at `deadline`, or disarmed where there is none.
  void Set(std::optional<Instant> deadline);
  [[nodiscard]] bool Armed() const { return index_ != kNotQueued; }
  [[nodiscard]] Instant Deadline() const { return deadline_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kNotQueued = static_cast<std::size_t>(-1);

  TimerQueue& queue_;
  std::function<void(Instant)> onTimeout_;
  Instant deadline_{};
  std::uint64_t order_ = 0;         // of arming: equal deadlines fire in it
  std::size_t index_ = kNotQueued;  // in the heap, or in the list of those that are due now
  bool due_ = false;
};

// All timers of a worker over one timer of the event loop: a binary heap by deadline.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  [[nodiscard]] std::optional<Instant> NextTimeout() const;

  // Fires each timer that is due, in the order of their deadlines, equal ones in the order of arming. A timer
  // that re-arms itself for `now` or earlier fires on the next call, so that one owner cannot hold the loop.
  // A callback may arm, disarm and destroy any timer, its own as well.
  void OnTimeout(Instant now);

  [[nodiscard]] std::size_t Size() const { return heap_.size(); }

 private:
  friend class Timer;

  void Insert(Timer& timer);
  void Remove(Timer& timer);
  void SiftUp(std::size_t index);
  void SiftDown(std::size_t index);
  void Place(Timer* timer, std::size_t index);
  void Fire(Timer& timer, Instant now);
  [[nodiscard]] static bool Before(const Timer& a, const Timer& b);

  std::vector<Timer*> heap_;
  std::vector<Timer*> due_;  // being fired now; a timer that is disarmed or destroyed is struck out of it
  Timer* firing_ = nullptr;  // whose callback runs; nullptr again once that destroyed it
  std::uint64_t armings_ = 0;
};

}  // namespace ringcast
