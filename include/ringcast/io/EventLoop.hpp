#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <uv.h>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/StopDetector.hpp"
#include "ringcast/base/TimerQueue.hpp"

namespace ringcast::io {

// A descriptor watched by the loop. Destroying it ends that; the descriptor is its owner's.
class Watch {
 public:
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // UV_READABLE, UV_WRITABLE or both; 0: nothing for now.
  void Want(int events);

 private:
  friend class EventLoop;
  struct Handle;
  explicit Watch(Handle* handle) : handle_(handle) {}
  Handle* handle_;
};

// The process's one libuv loop, and the only place that reads the clock.
class EventLoop {
 public:
  EventLoop();   // asserts what Check() says
  ~EventLoop();  // every Watch is gone by then
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Error: this process lacks the descriptors or memory for an event loop.
  [[nodiscard]] static Status Check();

  [[nodiscard]] static Instant Now();
  [[nodiscard]] static Duration UnixTime();
  // Wall-clock time of Instant{}: read once, see WallClock.
  [[nodiscard]] static Duration UnixTimeAtOrigin();

  // Until Stop().
  void Run();
  void Stop();

  // Called each time the loop is about to wait: everything that this turn brought has been handled. True: it
  // does not wait, but looks what there is and calls again.
  void OnTurnEnd(std::function<bool(Instant now)> callback) { onTurnEnd_ = std::move(callback); }

  // Called when the process did not run for `length` (see StopDetector), before the sockets are read again
  // and before a timer fires.
  void OnStopped(std::function<void(Duration length, Instant now)> callback) {
    onStopped_ = std::move(callback);
  }

  // How long it has waited for something to happen, since it began to run.
  [[nodiscard]] Duration IdleTime() {
    return Microseconds(static_cast<std::int64_t>(uv_metrics_idle_time(&loop_) / 1000));
  }

  // Error: no descriptor or memory for it.
  [[nodiscard]] Status OnSignal(int signal, std::function<void()> callback);

  // `callback` gets the events that are there; it may destroy the watch. Error: the kernel has no room for
  // one more watch (epoll_ctl(2): ENOMEM, ENOSPC), or the descriptor cannot be watched (EPERM).
  [[nodiscard]] Result<std::unique_ptr<Watch>> WatchDescriptor(int descriptor, int events,
                                                               std::function<void(int events)> callback);

  [[nodiscard]] TimerQueue& Timers() { return timers_; }
  [[nodiscard]] uv_loop_t* Handle() { return &loop_; }

 private:
  void OnPrepare();
  void OnTimer();
  struct Signal;

  uv_loop_t loop_{};
  uv_prepare_t prepare_{};
  uv_idle_t again_{};  // active: the loop does not wait
  uv_timer_t timer_{};
  TimerQueue timers_;
  StopDetector stopDetector_;
  std::function<bool(Instant)> onTurnEnd_;
  std::function<void(Duration, Instant)> onStopped_;
  std::vector<std::unique_ptr<Signal>> signals_;
};

}  // namespace ringcast::io
