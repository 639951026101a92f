#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <uv.h>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/StopDetector.hpp"
#include "ringcast/base/TimerQueue.hpp"

namespace ringcast::io {

// A descriptor watched by the loop. Destroying the watch stops watching; the owner of the descriptor closes
// it.
class Watch {
 public:
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // UV_READABLE, UV_WRITABLE or both; 0 watches for no events for now.
  void Want(int events);

 private:
  friend class EventLoop;
  struct Handle;
  explicit Watch(Handle* handle) : handle_(handle) {}
  Handle* handle_;
};

// The process's only libuv loop, and the only module that reads the clock.
class EventLoop {
 public:
  EventLoop();   // asserts that Check() would succeed
  ~EventLoop();  // every Watch must have been destroyed
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Error: this process lacks the descriptors or memory for an event loop.
  [[nodiscard]] static Status Check();

  [[nodiscard]] static Instant Now();
  [[nodiscard]] static Duration UnixTime();
  // Wall-clock time of Instant{}. Read it once, see WallClock.
  [[nodiscard]] static Duration UnixTimeAtOrigin();

  // Runs until Stop().
  void Run();
  void Stop();

  // Called each time the loop is about to wait, after all events of this iteration have been handled. If it
  // returns true, the loop does not wait but polls and calls it again.
  void OnTurnEnd(std::function<bool(Instant now)> callback) { onTurnEnd_ = std::move(callback); }

  // Called when the process did not run for `length` (see StopDetector), before the sockets are read again
  // and before any timer fires.
  void OnStopped(std::function<void(Duration length, Instant now)> callback) {
    onStopped_ = std::move(callback);
  }

  // Returns the time that the loop has spent waiting for events since it started.
  [[nodiscard]] Duration IdleTime() {
    return Microseconds(static_cast<std::int64_t>(uv_metrics_idle_time(&loop_) / 1000));
  }

  // Error: there is no descriptor or memory for the handler.
  [[nodiscard]] Status OnSignal(int signal, std::function<void()> callback);

  // `callback` receives the events; it may destroy the watch. Error: the kernel has no room for another watch
  // (epoll_ctl(2): ENOMEM, ENOSPC), or the descriptor cannot be watched (EPERM).
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
  uv_idle_t again_{};  // active while the loop must not wait
  uv_timer_t timer_{};
  TimerQueue timers_;
  StopDetector stopDetector_;
  std::function<bool(Instant)> onTurnEnd_;
  std::function<void(Duration, Instant)> onStopped_;
  std::vector<std::unique_ptr<Signal>> signals_;
};

}  // namespace ringcast::io
