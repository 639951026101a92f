#include "ringcast/io/EventLoop.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast::io {

// libuv closes handles in a later loop iteration; the handle must live until then.
struct Watch::Handle {
  uv_poll_t poll{};
  std::function<void(int)> callback;

  void Want(int events) {
    if (events == 0) {
      uv_poll_stop(&poll);
      return;
    }
    uv_poll_start(&poll, events, [](uv_poll_t* handle, int status, int ready) {
      auto* const self = static_cast<Handle*>(handle->data);
      // The next read or write reports the error (for example, a peer that hung up).
      self->callback(status < 0 ? UV_READABLE | UV_WRITABLE : ready);
    });
  }
};

Watch::~Watch() {
  uv_poll_stop(&handle_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

void Watch::Want(int events) { handle_->Want(events); }

struct EventLoop::Signal {
  uv_signal_t handle{};
  std::function<void()> callback;
};

Status EventLoop::Check() {
  const auto failure = [](int error) {
    return GenericError(std::string("cannot create an event loop: ") + uv_strerror(error));
  };
  // The first loop of a process creates a pipe for signals, and libuv aborts if it cannot.
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failure(uv_translate_sys_error(errno));
  close(ends[0]);
  close(ends[1]);
  uv_loop_t loop{};
  if (const int error = uv_loop_init(&loop); error != 0) return failure(error);
  uv_loop_close(&loop);
  return OkStatus();
}

EventLoop::EventLoop() {
  RC_ASSERT(uv_loop_init(&loop_) == 0);
  RC_ASSERT(uv_loop_configure(&loop_, UV_METRICS_IDLE_TIME) == 0);
  RC_ASSERT(uv_idle_init(&loop_, &again_) == 0);
  RC_ASSERT(uv_prepare_init(&loop_, &prepare_) == 0);
  RC_ASSERT(uv_timer_init(&loop_, &timer_) == 0);
  prepare_.data = this;
  timer_.data = this;
}

EventLoop::~EventLoop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&again_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
  for (auto& signal : signals_) uv_close(reinterpret_cast<uv_handle_t*>(&signal->handle), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  RC_ASSERT(uv_loop_close(&loop_) == 0);
}

Instant EventLoop::Now() { return Instant(Microseconds(static_cast<std::int64_t>(uv_hrtime() / 1000))); }

Duration EventLoop::UnixTime() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  return Seconds(wall.tv_sec) + Microseconds(wall.tv_nsec / 1000);
}

Duration EventLoop::UnixTimeAtOrigin() { return UnixTime() - Now().time_since_epoch(); }

void EventLoop::Run() {
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<EventLoop*>(handle->data)->OnPrepare(); });
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_prepare_stop(&prepare_);
  uv_idle_stop(&again_);
}

void EventLoop::Stop() { uv_stop(&loop_); }

Status EventLoop::OnSignal(int signal, std::function<void()> callback) {
  const auto failure = [&](int error) {
    return GenericError("cannot handle signal " + std::to_string(signal) + ": " + uv_strerror(error));
  };
  auto added = std::make_unique<Signal>();
  added->callback = std::move(callback);
  added->handle.data = added.get();
  if (const int error = uv_signal_init(&loop_, &added->handle); error != 0) return failure(error);
  auto& handle = signals_.emplace_back(std::move(added))->handle;  // from here on the loop refers to it
  const int error = uv_signal_start(
      &handle, [](uv_signal_t* fired, int) { static_cast<Signal*>(fired->data)->callback(); }, signal);
  if (error != 0) return failure(error);
  return OkStatus();
}

Result<std::unique_ptr<Watch>> EventLoop::WatchDescriptor(int descriptor, int events,
                                                          std::function<void(int)> callback) {
  auto handle = std::make_unique<Watch::Handle>();
  handle->callback = std::move(callback);
  handle->poll.data = handle.get();
  if (const int error = uv_poll_init(&loop_, &handle->poll, descriptor); error != 0) {
    return GenericError(std::string("cannot watch a descriptor: ") + uv_strerror(error));
  }
  handle->Want(events);
  return std::unique_ptr<Watch>(new Watch(handle.release()));
}

void EventLoop::OnPrepare() {
  const auto now = Now();
  stopDetector_.OnWait(now);
  if (onTurnEnd_ && onTurnEnd_(now)) {
    uv_idle_start(&again_, [](uv_idle_t*) {});
  } else {
    uv_idle_stop(&again_);
  }
  const auto next = timers_.NextTimeout();
  if (!next) {
    uv_timer_stop(&timer_);
    return;
  }
  // libuv counts in whole milliseconds from its own cached time. Rounding up ensures that the timer is due
  // when it fires.
  const auto wait = *next - now;
  const auto waitMs =
      wait <= Duration::zero() ? 0 : static_cast<std::uint64_t>((ToMicroseconds(wait) + 999) / 1000);
  uv_update_time(&loop_);
  uv_timer_start(
      &timer_, [](uv_timer_t* handle) { static_cast<EventLoop*>(handle->data)->OnTimer(); }, waitMs, 0);
}

void EventLoop::OnTimer() {
  const auto now = Now();
  const auto next = timers_.NextTimeout();
  if (!next) return;
  if (const auto stopped = stopDetector_.OnTimer(*next, now)) {
    // OnPrepare re-arms the timer with a delay of 0. The loop polls its sockets before that, so that waiting
    // packets are handled before a timer detects their absence.
    if (onStopped_) onStopped_(*stopped, now);
    return;
  }
  timers_.OnTimeout(now);
}

}  // namespace ringcast::io
