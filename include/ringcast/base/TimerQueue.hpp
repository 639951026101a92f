#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ringcast/base/Time.hpp"

namespace ringcast {

class TimerQueue;

// A timer with one owner. Destroying it disarms it; re-arming does not allocate. It is not movable, since the
// queue points to it.
class Timer {
 public:
  Timer(TimerQueue& queue, std::function<void(Instant now)> onTimeout);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void ArmAt(Instant deadline);
  void Disarm();
  // Arms the timer at `deadline`, or disarms it if there is no deadline.
  void Set(std::optional<Instant> deadline);
  [[nodiscard]] bool Armed() const { return index_ != kNotQueued; }
  [[nodiscard]] Instant Deadline() const { return deadline_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kNotQueued = static_cast<std::size_t>(-1);

  TimerQueue& queue_;
  std::function<void(Instant)> onTimeout_;
  Instant deadline_{};
  std::uint64_t order_ = 0;         // arming sequence number: timers with equal deadlines fire in this order
  std::size_t index_ = kNotQueued;  // in heap_, or in due_ if due_ is true
  bool due_ = false;
};

// All timers of a worker, driven by one timer of the event loop: a binary heap by deadline.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  [[nodiscard]] std::optional<Instant> NextTimeout() const;

  // Fires each timer that is due, in the order of the deadlines; timers with equal deadlines fire in the
  // order of arming. A timer that re-arms itself for `now` or earlier fires on the next call, so that one
  // owner cannot block the loop. A callback may arm, disarm and destroy any timer, including its own.
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
  std::vector<Timer*>
      due_;  // timers of the current OnTimeout call; a timer that is disarmed or destroyed becomes nullptr
  Timer* firing_ =
      nullptr;  // the timer whose callback is running; nullptr again if the callback destroyed it
  std::uint64_t armings_ = 0;
};

}  // namespace ringcast
