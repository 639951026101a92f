#include "ringcast/base/TimerQueue.hpp"

#include <utility>

#include "ringcast/base/Assert.hpp"

namespace ringcast {

Timer::Timer(TimerQueue& queue, std::function<void(Instant now)> onTimeout)
    : queue_(queue), onTimeout_(std::move(onTimeout)) {}

Timer::~Timer() {
  Disarm();
  if (queue_.firing_ == this) queue_.firing_ = nullptr;
}

void Timer::ArmAt(Instant deadline) {
  Disarm();
  deadline_ = deadline;
  queue_.Insert(*this);
}

void Timer::Disarm() {
  if (Armed()) queue_.Remove(*this);
}

void Timer::Set(std::optional<Instant> deadline) {
  if (!deadline) {
    Disarm();
  } else if (!Armed() || *deadline != deadline_) {
    ArmAt(*deadline);
  }
}

std::optional<Instant> TimerQueue::NextTimeout() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

void TimerQueue::OnTimeout(Instant now) {
  RC_ASSERT(due_.empty());  // must not be called from a timer's callback
  // Remove all due timers from the heap first: a timer that a callback arms, with any deadline, waits for the
  // next call.
  while (!heap_.empty() && heap_.front()->deadline_ <= now) {
    Timer& timer = *heap_.front();
    Remove(timer);
    timer.due_ = true;
    timer.index_ = due_.size();
    due_.push_back(&timer);
  }
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (due_[i] != nullptr) Fire(*due_[i], now);
  }
  due_.clear();
}

void TimerQueue::Fire(Timer& timer, Instant now) {
  Remove(timer);
  // Hold the function here while it runs, because it may destroy its timer, which would destroy the function.
  firing_ = &timer;
  auto onTimeout = std::exchange(timer.onTimeout_, nullptr);
  onTimeout(now);
  if (firing_ != nullptr) firing_->onTimeout_ = std::move(onTimeout);
  firing_ = nullptr;
}

void TimerQueue::Insert(Timer& timer) {
  timer.order_ = ++armings_;
  heap_.push_back(&timer);
  SiftUp(heap_.size() - 1);
}

void TimerQueue::Remove(Timer& timer) {
  const std::size_t index = std::exchange(timer.index_, Timer::kNotQueued);
  if (std::exchange(timer.due_, false)) {
    due_[index] = nullptr;
    return;
  }
  Timer* const last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  Place(last, index);
  SiftUp(index);
  SiftDown(last->index_);
}

bool TimerQueue::Before(const Timer& a, const Timer& b) {
  return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.order_ < b.order_;
}

void TimerQueue::SiftUp(std::size_t index) {
  Timer* const timer = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!Before(*timer, *heap_[parent])) break;
    Place(heap_[parent], index);
    index = parent;
  }
  Place(timer, index);
}

void TimerQueue::SiftDown(std::size_t index) {
  Timer* const timer = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && Before(*heap_[child + 1], *heap_[child])) ++child;
    if (!Before(*heap_[child], *timer)) break;
    Place(heap_[child], index);
    index = child;
  }
  Place(timer, index);
}

void TimerQueue::Place(Timer* timer, std::size_t index) {
  heap_[index] = timer;
  timer->index_ = index;
}

}  // namespace ringcast
